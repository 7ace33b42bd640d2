import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { FIONREAD, MSG_DONTWAIT, SHUT_RD, type Flow } from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { record } from "./flows.ts";
import {
  bytes,
  isPending,
  receiveAll,
  rejectsWith,
  reset,
  tcpPair,
  text,
  throwsWith,
  turns,
  unixPair,
} from "./sockets.ts";

const PAIRS = [
  ["TCP", [], tcpPair],
  ["AF_UNIX", ["unix"], (t: Context) => Promise.resolve(unixPair(t))],
] as const;

/** Writes until the flow says that it is above its mark; how much. */
function fill(flow: Flow, piece: number): number {
  let written = 0;
  for (;;) {
    written += piece;
    if (!flow.write(new Uint8Array(piece).fill(written / piece))) return written;
  }
}

const digest = (of: Uint8Array): string => createHash("sha256").update(of).digest("hex");

/** Bytes that do not repeat where buffers do. */
function pattern(length: number): Uint8Array {
  const data = new Uint8Array(length);
  for (let index = 0, value = 1; index < length; index += 1) {
    value = (value * 1103515245 + 12345) & 0x7fffffff;
    data[index] = value >>> 16;
  }
  return data;
}

conformance("what a flow writes", (test) => {
  for (const [what, needs, makePair] of PAIRS) {
    test(`${what}: a write that fits leaves at once`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const { flow } = record(t, other);
      assert.equal(flow.write(bytes("now")), true);
      assert.deepEqual([flow.bytesWritten, flow.bytesQueued], [3, 0]);
      const buffer = new Uint8Array(8);
      await t.kernel.poll([{ fd: one, events: 1 }]);
      assert.equal(text(buffer, await t.kernel.recv(one, buffer, MSG_DONTWAIT)), "now");
    });

    test(`${what}: above the mark write tells false, drain tells when all has left, in order`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const recorded = record(t, other, {}, { highWaterMark: 1000 });
      const { flow } = recorded;
      const written = fill(flow, 100_000);
      assert.ok(flow.bytesQueued >= 1000);
      assert.equal(flow.bytesWritten + flow.bytesQueued, written);
      assert.equal(flow.write(bytes("more")), false, "the queue takes on");
      assert.ok(await isPending(recorded.next("drain")));
      const got = await receiveAll(t, one, written + 4);
      assert.equal(text(got.subarray(written)), "more");
      for (let at = 0; at < written; at += 100_000) {
        const value = (at / 100_000 + 1) & 0xff;
        assert.ok(got.subarray(at, at + 100_000).every((byte) => byte === value));
      }
      while (!recorded.told.includes("drain")) await turns();
      assert.deepEqual([flow.bytesWritten, flow.bytesQueued], [written + 4, 0]);
      assert.deepEqual(recorded.told, ["drain"]);
    });

    test(`${what}: the memory is the caller's again when write returns`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const { flow } = record(t, other);
      const before = fill(flow, 1 << 20);
      const small = bytes("small");
      const large = new Uint8Array(100_000).fill(7);
      flow.write(small);
      flow.write(large);
      small.fill(0);
      large.fill(0);
      const got = await receiveAll(t, one, before + 100_005);
      assert.equal(text(got.subarray(before, before + 5)), "small");
      assert.ok(got.subarray(before + 5).every((byte) => byte === 7));
    });

    test(`${what}: owned memory is sent, too`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const { flow } = record(t, other);
      const before = fill(flow, 1 << 20);
      flow.write(bytes("mine"), true);
      flow.write(new Uint8Array(100_000).fill(9), true);
      const got = await receiveAll(t, one, before + 100_004);
      assert.equal(text(got.subarray(before, before + 4)), "mine");
      assert.ok(got.subarray(before + 4).every((byte) => byte === 9));
    });

    test(`${what}: cork holds writes back, uncork sends them together`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const { flow } = record(t, other);
      flow.cork();
      flow.write(bytes("one "));
      flow.write(bytes("two "));
      await turns();
      assert.equal(t.kernel.ioctl(one, FIONREAD), 0);
      assert.equal(flow.bytesQueued, 8);
      flow.uncork();
      assert.equal(flow.bytesQueued, 0);
      flow.write(bytes("three"));
      assert.equal(text(await receiveAll(t, one, 13)), "one two three");
    });

    test(`${what}: end sends what is queued first, corked or not`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const recorded = record(t, other);
      const written = fill(recorded.flow, 1 << 20);
      recorded.flow.cork();
      recorded.flow.write(bytes("corked"));
      recorded.flow.end();
      const got = await receiveAll(t, one);
      assert.equal(got.length, written + 6);
      assert.equal(text(got.subarray(written)), "corked");
      t.kernel.close(one);
      assert.equal(await recorded.closed, undefined);
      assert.equal(recorded.flow.bytesWritten, written + 6);
    });

    test(`${what}: write after end and after close throws EPIPE`, { needs }, async (t) => {
      const [, other] = await makePair(t);
      const { flow } = record(t, other);
      flow.end();
      flow.end();
      throwsWith(() => flow.write(bytes("x")), "write", "EPIPE");
      flow.close();
      throwsWith(() => flow.write(bytes("x")), "write", "EPIPE");
    });

    test(`${what}: a write inside each handler`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const recorded = record(t, other, {
        data: (chunk, flow) => void flow.write(chunk),
        end(flow) {
          flow.write(bytes(" end"));
          flow.end();
        },
      });
      await t.kernel.send(one, bytes("echo"));
      await recorded.next("data");
      t.kernel.shutdown(one, 1);
      assert.equal(text(await receiveAll(t, one)), "echo end");
      await recorded.closed;
    });

    test(`${what}: writing on at each drain`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      let left = 5;
      const recorded = record(t, other, {
        drain(flow) {
          left -= 1;
          if (left === 0) flow.end();
          else fill(flow, 1 << 20);
        },
      });
      fill(recorded.flow, 1 << 20);
      const got = await receiveAll(t, one);
      assert.equal(got.length, recorded.flow.bytesWritten);
      assert.equal(recorded.told.filter((what) => what === "drain").length, 5);
    });

    test(`${what}: an end inside drain, a drain handler that throws`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const thrown = new Error("from drain");
      const recorded = record(t, other, {
        drain() {
          throw thrown;
        },
      });
      fill(recorded.flow, 1 << 20);
      void receiveAll(t, one).catch(() => undefined);
      assert.equal(await recorded.closed, thrown);
    });

    test(`${what}: close drops what is queued`, { needs }, async (t) => {
      const [, other] = await makePair(t);
      const recorded = record(t, other);
      fill(recorded.flow, 1 << 20);
      recorded.flow.close();
      assert.equal(await recorded.closed, undefined);
      assert.equal(recorded.flow.bytesQueued, 0);
    });
  }

  test("TCP: writing to a peer that has reset closes with ECONNRESET, not inside write", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const recorded = record(t, other, {}, { paused: true });
    reset(t, one);
    await t.kernel.poll([{ fd: other, events: 0 }]);
    recorded.flow.write(bytes("x"));
    assert.deepEqual(recorded.told, []);
    const error = (await recorded.closed) as Error & { code: string };
    assert.equal(error.code, "ECONNRESET");
  });

  test("AF_UNIX: writing to a peer that is gone closes with EPIPE", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const recorded = record(t, other, {}, { paused: true });
    t.kernel.shutdown(one, SHUT_RD);
    assert.equal(recorded.flow.write(bytes("x")), false);
    const error = (await recorded.closed) as Error & { code: string; syscall: string };
    assert.deepEqual([error.code, error.syscall], ["EPIPE", "write"]);
  });
});

conformance("bulk", (test) => {
  for (const [megabytes, what, needs, makePair] of [
    [1, "TCP", [], tcpPair],
    [1, "AF_UNIX", ["unix"], (t: Context) => Promise.resolve(unixPair(t))],
    [50, "TCP", [], tcpPair],
    [50, "AF_UNIX", ["unix"], (t: Context) => Promise.resolve(unixPair(t))],
  ] as const) {
    test(`${megabytes} MB over ${what} from flow to flow`, { needs, timeoutMs: 60_000 }, async (t) => {
      const [one, other] = await makePair(t);
      const piece = pattern(100_003);
      const total = megabytes * 1e6;
      const sent = createHash("sha256");
      let at = 0;
      const pump = (flow: Flow): void => {
        for (;;) {
          const chunk = piece.subarray(0, Math.min(piece.length, total - at));
          at += chunk.length;
          sent.update(chunk);
          const goOn = flow.write(chunk);
          if (at === total) return flow.end();
          if (!goOn) return;
        }
      };
      const received = createHash("sha256");
      const closed = new Promise<Error | undefined>((resolve) => {
        t.kernel.flow(other, { data: (chunk) => void received.update(chunk), close: resolve });
      });
      const sender = t.kernel.flow(one, { data() {}, drain: pump });
      pump(sender);
      assert.equal(await closed, undefined);
      assert.equal(received.digest("hex"), sent.digest("hex"));
      assert.equal(sender.bytesWritten, total);
    });

    test(`${megabytes} MB over ${what} from send to recv`, { needs, timeoutMs: 60_000 }, async (t) => {
      const [one, other] = await makePair(t);
      const data = pattern(1_000_000);
      const sending = (async () => {
        for (let count = 0; count < megabytes; count += 1) assert.equal(await t.kernel.send(one, data), data.length);
        t.kernel.close(one);
      })();
      const expected = createHash("sha256");
      for (let count = 0; count < megabytes; count += 1) expected.update(data);
      assert.equal(digest(await receiveAll(t, other)), expected.digest("hex"));
      await sending;
    });
  }

  test("an echo of 1 MB, pushed back as it comes", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    t.kernel.flow(other, {
      data(chunk, flow) {
        if (!flow.write(chunk)) flow.pause();
      },
      drain: (flow) => flow.resume(),
    });
    const data = pattern(1_000_000);
    const sending = t.kernel.send(one, data).then(() => t.kernel.shutdown(one, 1));
    assert.equal(digest(await receiveAll(t, one)), digest(data));
    await sending;
    await rejectsWith(t.kernel.send(one, bytes("x")), "send", "EPIPE");
  });
});
