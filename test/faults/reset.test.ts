import assert from "node:assert/strict";
import { MSG_DONTWAIT, SO_LINGER, SOL_SOCKET, type SystemError } from "../../src/index.ts";
import { conformance, type Context } from "../conformance/conformance.ts";
import { bytes, isError, isPending, rejectsWith, tcpPair, text } from "../conformance/sockets.ts";

const MUCH = new Uint8Array(16 << 20);

/** Closes a connection so that its other end gets a RST. */
function reset(t: Context, fd: number): void {
  t.kernel.setsockopt(fd, SOL_SOCKET, SO_LINGER, { onoff: true, linger: 0 });
  t.kernel.close(fd);
}

/** Sends until the kernel takes no more; the bytes that it took. */
async function fill(t: Context, fd: number): Promise<number> {
  const chunk = MUCH.subarray(0, 1 << 16);
  for (let sent = 0; ;) {
    try {
      sent += await t.kernel.send(fd, chunk, MSG_DONTWAIT);
    } catch (error) {
      assert.equal((error as SystemError).code, "EAGAIN");
      return sent;
    }
  }
}

conformance("a reset by the peer", (test) => {
  test("ends a send in its middle with the bytes that were taken, and the next one with ECONNRESET", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const sending = t.kernel.send(client, MUCH);
    assert.ok(await isPending(sending));
    reset(t, server);
    const sent = await sending;
    assert.ok(sent > 0 && sent < MUCH.length, `${sent} bytes`);
    await rejectsWith(t.kernel.send(client, bytes("more")), "send", "ECONNRESET");
    await rejectsWith(t.kernel.send(client, bytes("more")), "send", "EPIPE");
    assert.equal(await t.kernel.recv(client, new Uint8Array(1)), 0);
  });

  test("ends a send that had sent nothing yet with ECONNRESET", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    await fill(t, client);
    const sending = t.kernel.send(client, bytes("more"));
    assert.ok(await isPending(sending));
    reset(t, server);
    await rejectsWith(sending, "send", "ECONNRESET");
    await rejectsWith(t.kernel.send(client, bytes("more")), "send", "EPIPE");
  });

  test("ends a recv that waits with ECONNRESET, then the stream has ended", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const receiving = t.kernel.recv(client, new Uint8Array(8));
    assert.ok(await isPending(receiving));
    reset(t, server);
    await rejectsWith(receiving, "recv", "ECONNRESET");
    assert.equal(await t.kernel.recv(client, new Uint8Array(8)), 0);
  });

  test("ends every call that waits: the first is told the reset", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    await fill(t, client);
    const waiting = [
      t.kernel.recv(client, new Uint8Array(8)),
      t.kernel.recv(client, new Uint8Array(8)),
      t.kernel.send(client, bytes("one")),
      t.kernel.send(client, bytes("two")),
    ];
    reset(t, server);
    const settled = await Promise.allSettled(waiting);
    assert.deepEqual(
      settled.map((one) => (one.status === "fulfilled" ? one.value : (one.reason as SystemError).code)),
      ["ECONNRESET", 0, "EPIPE", "EPIPE"],
    );
  });

  test("closes a flow that has bytes queued, with ECONNRESET, once", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const closed: (Error | undefined)[] = [];
    await new Promise<void>((resolve) => {
      const flow = t.kernel.flow(client, {
        data: () => undefined,
        close(error) {
          closed.push(error);
          setImmediate(resolve);
        },
      });
      assert.equal(flow.write(MUCH), false);
      assert.ok(flow.bytesQueued > 0);
      reset(t, server);
      t.after(() => {
        assert.equal(flow.fd, -1);
        assert.equal(flow.bytesQueued, 0);
        assert.throws(() => flow.write(bytes("more")), { code: "EPIPE" });
      });
    });
    assert.equal(closed.length, 1);
    isError(closed[0], "read", "ECONNRESET");
  });

  test("comes after the bytes that were received before it, in a flow that has bytes queued", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const seen: unknown[] = [];
    await new Promise<void>((resolve) => {
      const flow = t.kernel.flow(
        client,
        {
          data: (chunk) => void seen.push(text(chunk)),
          close(error) {
            seen.push((error as SystemError).code);
            resolve();
          },
        },
        { paused: true },
      );
      flow.write(MUCH);
      void t.kernel.send(server, bytes("last words")).then(() => {
        reset(t, server);
        flow.resume();
      });
    });
    assert.deepEqual(seen, ["last words", "ECONNRESET"]);
  });

  test("is told once to a flow that writes in its data handler", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    await t.kernel.send(server, bytes("question"));
    const closed = new Promise<unknown[]>((resolve) => {
      t.kernel.flow(client, {
        data(_chunk, flow) {
          reset(t, server);
          flow.write(bytes("answer"));
          assert.equal(flow.write(bytes("again")), false);
        },
        close: (...arguments_) => resolve([(arguments_[0] as SystemError).code, arguments_[1].fd]),
      });
    });
    assert.deepEqual(await closed, ["ECONNRESET", -1]);
  });

  test("closes a flow that waits for bytes, with ECONNRESET", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const closed = new Promise((resolve) => t.kernel.flow(client, { data: () => undefined, close: resolve }));
    reset(t, server);
    isError(await closed, "read", "ECONNRESET");
  });

  test("is told to a paused flow, too", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const closed = new Promise((resolve) => {
      const flow = t.kernel.flow(client, { data: () => undefined, close: resolve }, { paused: true });
      flow.write(MUCH);
    });
    reset(t, server);
    const error = (await closed) as SystemError;
    assert.equal(error.code, "ECONNRESET");
  });

  test("comes of a flow's reset, whatever was queued", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const receiving = t.kernel.recv(server, new Uint8Array(8));
    const reason = new Error("enough");
    const closed = new Promise((resolve) => {
      const flow = t.kernel.flow(client, { data: () => undefined, close: resolve });
      flow.reset(reason);
    });
    assert.equal(await closed, reason);
    await rejectsWith(receiving, "recv", "ECONNRESET");
  });
});
