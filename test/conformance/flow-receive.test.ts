import assert from "node:assert/strict";
import { FIONREAD, MSG_OOB, SCM_RIGHTS, SHUT_WR, SOL_SOCKET } from "../../src/index.ts";
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

conformance("what a flow tells", (test) => {
  for (const [what, needs, makePair] of PAIRS) {
    test(`${what}: data as it comes, the end, the close`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const flow = record(t, other);
      assert.equal(flow.flow.fd, other);
      await t.kernel.send(one, bytes("first"));
      await flow.next("data");
      await t.kernel.send(one, bytes("second"));
      await flow.next("data");
      assert.equal(flow.flow.bytesRead, 11);
      t.kernel.shutdown(one, SHUT_WR);
      await flow.next("end");
      assert.ok(await isPending(flow.closed));
      flow.flow.end();
      assert.equal(await flow.closed, undefined);
      assert.equal(flow.flow.fd, -1);
      assert.deepEqual(flow.told, ["data first", "data second", "end", "close"]);
      assert.equal(await t.kernel.recv(one, new Uint8Array(1)), 0);
    });

    test(`${what}: what had arrived before`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      await t.kernel.send(one, bytes("early"));
      t.kernel.shutdown(one, SHUT_WR);
      await t.kernel.poll([{ fd: other, events: 0x2000 }]);
      const flow = record(t, other);
      await flow.next("end");
      assert.deepEqual(flow.told, ["data early", "end"]);
      flow.flow.close();
      await flow.closed;
    });

    test(`${what}: nothing before the call that makes the flow has returned`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      await t.kernel.send(one, bytes("early"));
      const flow = record(t, other);
      assert.deepEqual(flow.told, []);
      await flow.next("data");
    });

    test(`${what}: without an end handler the flow answers the end with its own`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const flow = record(t, other, {}, {}, false);
      flow.flow.write(bytes("answer"));
      t.kernel.shutdown(one, SHUT_WR);
      assert.equal(text(await receiveAll(t, one)), "answer");
      assert.equal(await flow.closed, undefined);
      assert.deepEqual(flow.told, ["close"]);
    });

    test(`${what}: after this end's end the peer may go on`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const flow = record(t, other);
      flow.flow.write(bytes("question"));
      flow.flow.end();
      assert.equal(text(await receiveAll(t, one)), "question");
      await t.kernel.send(one, bytes("long answer"));
      await flow.next("data");
      assert.ok(await isPending(flow.closed));
      t.kernel.close(one);
      assert.equal(await flow.closed, undefined);
      assert.deepEqual(flow.told, ["data long answer", "end", "close"]);
    });

    test(`${what}: while paused nothing, after resume all`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const flow = record(t, other, {}, { paused: true });
      await t.kernel.send(one, bytes("held"));
      t.kernel.shutdown(one, SHUT_WR);
      await turns();
      assert.deepEqual(flow.told, []);
      assert.equal(t.kernel.ioctl(other, FIONREAD), 4);
      flow.flow.resume();
      assert.deepEqual(flow.told, [], "not inside resume");
      await flow.next("end");
      assert.deepEqual(flow.told, ["data held", "end"]);
    });

    test(`${what}: pause inside the handler holds at the next chunk`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const flow = record(t, other, {
        data: (_chunk, self) => self.pause(),
        allocate: () => new Uint8Array(2),
      });
      await t.kernel.send(one, bytes("aabbcc"));
      for (const count of [1, 2, 3]) {
        await flow.next("data");
        await turns();
        assert.equal(flow.told.length, count);
        flow.flow.resume();
      }
      assert.deepEqual(flow.told, ["data aa", "data bb", "data cc"]);
    });

    test(`${what}: backpressure: the peer's send waits while the flow is paused`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const flow = record(t, other, {}, { paused: true });
      const size = 16 << 20;
      const sending = t.kernel.send(one, new Uint8Array(size));
      assert.ok(await isPending(sending));
      flow.flow.resume();
      assert.equal(await sending, size);
      while (flow.flow.bytesRead < size) await flow.next("data");
    });

    test(`${what}: with allocate the chunks are the handler's to keep`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const kept: Uint8Array[] = [];
      const memory: Uint8Array[] = [];
      const flow = record(t, other, {
        allocate() {
          const room = new Uint8Array(4);
          memory.push(room);
          return room;
        },
        data: (chunk) => void kept.push(chunk),
      });
      await t.kernel.send(one, bytes("12345678"));
      while (flow.flow.bytesRead < 8) await flow.next("data");
      assert.equal(text(Buffer.concat(kept)), "12345678");
      for (const chunk of kept) assert.ok(memory.some(({ buffer }) => buffer === chunk.buffer));
    });

    test(`${what}: an empty array of allocate means the kernel's own memory`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const flow = record(t, other, { allocate: () => new Uint8Array(0) });
      await t.kernel.send(one, bytes("mine"));
      await flow.next("data");
      assert.deepEqual(flow.told, ["data mine"]);
    });
  }
});

conformance("how a flow ends", (test) => {
  test("a peer's reset closes with ECONNRESET", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const flow = record(t, other);
    reset(t, one);
    const error = (await flow.closed) as Error & { code: string; syscall: string; errno: number };
    assert.deepEqual([error.code, error.syscall, error.errno], ["ECONNRESET", "read", -104]);
    assert.deepEqual(flow.told, ["close ECONNRESET"]);
  });

  test("bytes that came before the reset are told first", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const flow = record(t, other, {}, { paused: true });
    await t.kernel.send(one, bytes("before"));
    reset(t, one);
    await turns();
    flow.flow.resume();
    await flow.closed;
    assert.deepEqual(flow.told, ["data before", "close ECONNRESET"]);
  });

  test("a reset while bytes are queued is no end: it closes with ECONNRESET", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const flow = record(t, other);
    while (flow.flow.write(new Uint8Array(1 << 20)));
    reset(t, one);
    await flow.closed;
    assert.deepEqual(flow.told, ["close ECONNRESET"]);
    assert.equal(flow.flow.bytesQueued, 0);
  });

  test("close inside each handler is the last that is told", { needs: ["unix"] }, async (t) => {
    for (const name of ["data", "end"] as const) {
      const [one, other] = unixPair(t);
      const flow = record(t, other, { [name]: (...of: unknown[]) => (of.at(-1) as { close(): void }).close() });
      await t.kernel.send(one, bytes("x"));
      t.kernel.shutdown(one, SHUT_WR);
      assert.equal(await flow.closed, undefined);
      assert.equal(flow.told.at(-1), "close");
      assert.equal(flow.told.filter((what) => what.startsWith("close")).length, 1);
    }
  });

  test("a handler that throws closes its flow with that error", { needs: ["unix"] }, async (t) => {
    for (const name of ["data", "end"] as const) {
      const [one, other] = unixPair(t);
      const thrown = new Error(`from ${name}`);
      const flow = record(t, other, {
        [name]() {
          throw thrown;
        },
      });
      await t.kernel.send(one, bytes("x"));
      t.kernel.shutdown(one, SHUT_WR);
      assert.equal(await flow.closed, thrown);
      throwsWith(() => t.kernel.getsockname(other), "getsockname", "EBADF");
    }
  });

  test("an allocate that throws closes its flow with that error", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const thrown = new Error("no memory");
    const flow = record(t, other, {
      allocate() {
        throw thrown;
      },
    });
    await t.kernel.send(one, bytes("x"));
    assert.equal(await flow.closed, thrown);
  });

  test("close with an error tells that error; a second close does nothing", { needs: ["unix"] }, async (t) => {
    const [, other] = unixPair(t);
    const flow = record(t, other);
    const why = new Error("why");
    flow.flow.close(why);
    flow.flow.close(new Error("again"));
    flow.flow.reset();
    assert.equal(await flow.closed, why);
    assert.deepEqual(flow.told, ["close why"]);
  });

  test("reset lets the peer see ECONNRESET", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const flow = record(t, other);
    flow.flow.reset();
    await flow.closed;
    await rejectsWith(t.kernel.recv(one, new Uint8Array(1)), "recv", "ECONNRESET");
  });

  test("kernel.close of a flow's descriptor closes the flow", { needs: ["unix"] }, async (t) => {
    const [, other] = unixPair(t);
    const flow = record(t, other);
    t.kernel.close(other);
    assert.equal(await flow.closed, undefined);
    assert.equal(flow.flow.fd, -1);
    flow.flow.close();
  });

  test("a closed flow's number may be another's, which it never touches", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const flow = record(t, other);
    flow.flow.close();
    const [three, four] = unixPair(t);
    assert.ok(three === other || four === other);
    flow.flow.close();
    flow.flow.end();
    flow.flow.resume();
    assert.throws(() => flow.flow.detach(), { code: "EBADF" });
    await t.kernel.send(three, bytes("x"));
    assert.equal(await t.kernel.recv(four, new Uint8Array(4)), 1);
    assert.deepEqual(flow.told, ["close"]);
    t.kernel.close(one);
  });

  test("TCP: what follows urgent data comes without a further event", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    await t.kernel.send(one, bytes("ab"));
    await t.kernel.send(one, bytes("!"), MSG_OOB);
    await t.kernel.send(one, bytes("cd"));
    const flow = record(t, other);
    await flow.next("data");
    await flow.next("data");
    assert.deepEqual(flow.told, ["data ab", "data cd"]);
    flow.flow.close();
    await flow.closed;
  });

  test("AF_UNIX: what follows passed descriptors comes without a further event", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    await t.kernel.sendmsg(one, {
      data: bytes("ab"),
      control: [{ level: SOL_SOCKET, type: SCM_RIGHTS, value: [one] }],
    });
    await t.kernel.send(one, bytes("cd"));
    const flow = record(t, other);
    await flow.next("data");
    await flow.next("data");
    assert.deepEqual(flow.told, ["data ab", "data cd"]);
    flow.flow.close();
    await flow.closed;
  });
});
