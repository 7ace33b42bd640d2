import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { AF_INET, AF_UNIX, host, POLLIN, SOCK_DGRAM, SOCK_STREAM, type WaitOptions } from "../../src/index.ts";
import { conformance, type Context } from "../conformance/conformance.ts";
import { bytes, listener, tcpPair, text } from "../conformance/sockets.ts";

const CALLS = 2000;

/** Nothing waits any more, in this thread's engine and table. */
function nothingWaits(before: Record<string, unknown>): void {
  const { waits, waitingCalls } = host.inspect();
  assert.deepEqual({ waits, waitingCalls }, { waits: before["waits"], waitingCalls: before["waitingCalls"] });
}

const ignore = (): undefined => undefined;

interface Wait {
  call(options: WaitOptions): Promise<unknown>;
  /** Ends what waits without the signal. */
  end(): void;
}

/** A call that waits, of each kind: it can be made again and again. */
const WAITS: Record<string, (t: Context) => Wait> = {
  recv: (t) => onPair(t, SOCK_STREAM, (fd, options) => t.kernel.recv(fd, new Uint8Array(8), 0, options)),
  recvmsg: (t) => onPair(t, SOCK_DGRAM, (fd, options) => t.kernel.recvmsg(fd, { data: new Uint8Array(8) }, 0, options)),
  accept(t) {
    const { fd } = listener(t);
    return { call: (options) => t.kernel.accept(fd, options), end: () => t.kernel.close(fd) };
  },
  poll: (t) => onPair(t, SOCK_STREAM, (fd, options) => t.kernel.poll([{ fd, events: POLLIN }], 60_000, options)),
  select: (t) => onPair(t, SOCK_STREAM, (fd, options) => t.kernel.select([fd], [], [fd], -1, options)),
};

function onPair(t: Context, type: number, call: (fd: number, options: WaitOptions) => Promise<unknown>): Wait {
  const [fd] = t.socketpair(AF_UNIX, type);
  return { call: (options) => call(fd, options), end: () => t.kernel.close(fd) };
}

conformance("a storm of aborts", (test) => {
  for (const [name, prepare] of [
    ...Object.entries(WAITS),
    [
      "getaddrinfo",
      (t: Context): Wait => ({ call: (options) => t.kernel.getaddrinfo("::1", 7, options), end: ignore }),
    ],
    // waits for: the abort
    ["sleep", (t: Context): Wait => ({ call: (options) => t.kernel.clock.sleep(60_000, options), end: ignore })],
  ] as const) {
    test(`ends thousands of ${name} of one signal, and leaves no listener`, {}, async (t) => {
      const before = host.inspect();
      const { call } = prepare(t);
      const controller = new AbortController();
      const warnings: Error[] = [];
      const warned = (warning: Error): void => void warnings.push(warning);
      process.on("warning", warned);
      const waiting = Array.from({ length: CALLS }, () => call({ signal: controller.signal }));
      controller.abort(new Error("storm"));
      for (const one of await Promise.allSettled(waiting)) {
        assert.equal(one.status, "rejected");
        const { name: error, cause } = one.reason as Error;
        assert.equal(error, "AbortError");
        assert.equal(cause, controller.signal.reason);
      }
      assert.equal(getEventListeners(controller.signal, "abort").length, 0);
      await new Promise((resolve) => setImmediate(resolve));
      process.off("warning", warned);
      assert.deepEqual(warnings, []);
      nothingWaits(before);
    });
  }

  for (const [name, prepare] of Object.entries(WAITS)) {
    test(`a signal that outlives thousands of ${name} keeps no listener`, {}, async (t) => {
      const before = host.inspect();
      const { call, end } = prepare(t);
      const { signal } = new AbortController();
      const waiting = Array.from({ length: CALLS }, () => call({ signal }));
      assert.ok(getEventListeners(signal, "abort").length > 0);
      end();
      await Promise.allSettled(waiting);
      assert.equal(getEventListeners(signal, "abort").length, 0);
      nothingWaits(before);
    });
  }

  test("a recv that was aborted loses no byte", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const sent: string[] = [];
    let received = "";
    const buffer = new Uint8Array(8);
    for (let round = 0; round < 500; round += 1) {
      const controller = new AbortController();
      const receiving = t.kernel.recv(server, buffer, 0, { signal: controller.signal });
      const piece = `${round};`;
      sent.push(piece);
      await t.kernel.send(client, bytes(piece));
      // Now the bytes are there, or on their way, and the call still waits, or does not.
      if (round % 3 > 0) await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
      received += await receiving.then(
        (count) => text(buffer, count),
        () => "",
      );
    }
    t.kernel.close(client);
    for (let count; (count = await t.kernel.recv(server, buffer)) > 0;) received += text(buffer, count);
    assert.equal(received, sent.join(""));
  });

  test("an accept that was aborted loses no connection", {}, async (t) => {
    const { fd, address } = listener(t);
    let accepted = 0;
    let aborted = 0;
    for (let round = 0; round < 200; round += 1) {
      const controller = new AbortController();
      const accepting = t.kernel.accept(fd, { signal: controller.signal });
      const client = t.socket(AF_INET, SOCK_STREAM);
      const connecting = t.kernel.connect(client, address);
      if (round % 3 > 0) await connecting;
      controller.abort();
      await accepting.then(
        (one) => {
          accepted += 1;
          t.kernel.close(one.fd);
        },
        () => (aborted += 1),
      );
      await connecting;
      t.kernel.close(client);
    }
    assert.ok(accepted > 0 && aborted > 0, `${accepted} accepted, ${aborted} aborted`);
    // Those that were not accepted wait in the backlog.
    for (let left = 200 - accepted; left > 0; left -= 1) t.kernel.close((await t.kernel.accept(fd)).fd);
    const controller = new AbortController();
    const accepting = t.kernel.accept(fd, { signal: controller.signal });
    controller.abort();
    await assert.rejects(accepting, { name: "AbortError" });
  });

  test("a connect that was aborted can be made again, thousands of times", {}, async (t) => {
    const { fd, address } = listener(t, undefined, 1);
    const before = host.inspect();
    // A full backlog, so that a further connect waits.
    for (let index = 0; index < 2; index += 1) await t.kernel.connect(t.socket(AF_INET, SOCK_STREAM), address);
    const late = t.socket(AF_INET, SOCK_STREAM);
    for (let round = 0; round < CALLS; round += 1) {
      const controller = new AbortController();
      const connecting = t.kernel.connect(late, address, { signal: controller.signal });
      controller.abort();
      await assert.rejects(connecting, { name: "AbortError" });
      assert.equal(getEventListeners(controller.signal, "abort").length, 0);
    }
    nothingWaits(before);
    for (let index = 0; index < 2; index += 1) await t.accept(fd);
    await t.kernel.connect(late, address);
    const { fd: connection, address: from } = await t.kernel.accept(fd);
    t.own(connection);
    assert.deepEqual(from, t.kernel.getsockname(late));
  });
});
