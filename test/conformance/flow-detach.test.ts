import assert from "node:assert/strict";
import { AF_INET, MSG_DONTWAIT, SHUT_WR, SOCK_STREAM } from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { record } from "./flows.ts";
import { bytes, isPending, receiveAll, rejectsWith, tcpPair, text, throwsWith, turns, unixPair } from "./sockets.ts";

conformance("pulled or pushed, never both", (test) => {
  test("pull calls on a flow's descriptor fail with EBUSY", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const flow = record(t, other);
    await rejectsWith(t.kernel.recv(other, new Uint8Array(1)), "recv", "EBUSY");
    await rejectsWith(t.kernel.recv(other, new Uint8Array(1), MSG_DONTWAIT), "recv", "EBUSY");
    await rejectsWith(t.kernel.send(other, bytes("x")), "send", "EBUSY");
    await rejectsWith(t.kernel.read(other, new Uint8Array(1)), "read", "EBUSY");
    throwsWith(() => t.kernel.flow(other, { data() {} }), "flow", "EBUSY");
    t.kernel.getsockname(other);
    await t.kernel.send(one, bytes("x"));
    await flow.next("data");
  });

  test("a descriptor that a call waits on cannot become a flow", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const receiving = t.kernel.recv(other, new Uint8Array(1));
    throwsWith(() => t.kernel.flow(other, { data() {} }), "flow", "EBUSY");
    await t.kernel.send(one, bytes("x"));
    assert.equal(await receiving, 1);
    record(t, other).flow.close();
  });

  test("detach gives the descriptor back, and no byte is lost", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const flow = record(t, other, { allocate: () => new Uint8Array(3), data: (_chunk, self) => void self.detach() });
    await t.kernel.send(one, bytes("123456789"));
    await flow.next("data");
    await turns();
    assert.deepEqual(flow.told, ["data 123"]);
    assert.equal(flow.flow.fd, -1);
    assert.equal(text(await receiveAll(t, other, 6)), "456789");
    await t.kernel.send(other, bytes("pulled"));
    assert.equal(text(await receiveAll(t, one, 6)), "pulled");
    const waiting = t.kernel.recv(other, new Uint8Array(4));
    assert.ok(await isPending(waiting));
    await t.kernel.send(one, bytes("more"));
    assert.equal(await waiting, 4);
  });

  test("detach while bytes are queued fails with EBUSY; after drain it works", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const flow = record(t, other);
    let written = 0;
    do written += 1 << 20;
    while (flow.flow.write(new Uint8Array(1 << 20)));
    throwsWith(() => flow.flow.detach(), "detach", "EBUSY");
    await receiveAll(t, one, written);
    await flow.next("drain");
    assert.equal(flow.flow.detach(), other);
    throwsWith(() => flow.flow.write(bytes("x")), "write", "EPIPE");
    assert.equal(await t.kernel.send(other, bytes("x")), 1);
  });

  test("a handler that detaches in the middle of what came leaves the rest in order", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    // More than a kernel that receives ahead takes at once.
    const sent = Uint8Array.from({ length: 120_000 }, (_byte, at) => at % 251);
    const sending = t.kernel.send(one, sent);
    await turns();
    const flow = record(
      t,
      other,
      { allocate: () => new Uint8Array(1000), data: (_chunk, self) => void (self.fd >= 0 && self.detach()) },
      { readsAhead: true },
    );
    await flow.next("data");
    await turns();
    const pushed = Buffer.concat(flow.chunks);
    const pulled = await receiveAll(t, other, sent.length - pushed.length);
    assert.equal(await sending, sent.length);
    assert.ok(Buffer.concat([pushed, pulled]).equals(sent));
  });

  test("what a handler writes when it is told the rest, at detach, is sent", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const sending = t.kernel.send(one, new Uint8Array(120_000));
    await turns();
    const answer = new Uint8Array(8 << 20).fill(7);
    let pauses = true;
    const flow = record(t, other, {
      data(_chunk, self) {
        if (pauses) self.pause();
        else self.write(answer);
        pauses = false;
      },
    });
    await flow.next("data");
    await turns();
    let refused: unknown;
    try {
      flow.flow.detach();
    } catch (error) {
      refused = error;
    }
    // Where the kernel had received ahead, the handler was told, and its answer waits for room.
    if (flow.told.length > 1) {
      assert.equal((refused as { code?: string } | undefined)?.code, "EBUSY");
      assert.deepEqual((await receiveAll(t, one, answer.length)).length, answer.length);
      flow.flow.close();
      return;
    }
    assert.equal(refused, undefined);
    const left = 120_000 - flow.flow.bytesRead;
    assert.equal((await receiveAll(t, other, left)).length, left);
    assert.equal(await sending, 120_000);
  });

  test("after detach a recv knows of what the flow was told, and did not take", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const buffer = new Uint8Array(16);
    const waiting = t.kernel.recv(other, buffer);
    assert.ok(await isPending(waiting));
    await t.kernel.send(one, bytes("ab"));
    // Less than was asked for: all there was.
    assert.equal(await waiting, 2);
    for (const end of [false, true]) {
      const flow = record(t, other, {}, { paused: true });
      await t.kernel.send(one, bytes("cd"));
      if (end) t.kernel.shutdown(one, SHUT_WR);
      await turns();
      assert.equal(flow.flow.detach(), other);
      const pushed = Buffer.concat(flow.chunks).toString();
      assert.equal(pushed + text(await receiveAll(t, other, 2 - pushed.length)), "cd");
    }
    assert.equal(await t.kernel.recv(other, buffer), 0);
  });

  test("a descriptor goes from flow to pull and back, many times", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    for (let round = 0; round < 10; round += 1) {
      const flow = record(t, other);
      await t.kernel.send(one, bytes("pushed"));
      await flow.next("data");
      assert.equal(flow.flow.detach(), other);
      await t.kernel.send(one, bytes("pulled"));
      assert.equal(text(await receiveAll(t, other, 6)), "pulled");
      assert.deepEqual(flow.told, ["data pushed"]);
    }
  });

  test("a flow needs a connected stream", {}, async (t) => {
    const fd = t.socket(AF_INET, SOCK_STREAM);
    const told: string[] = [];
    await new Promise<void>((resolve, reject) => {
      try {
        t.kernel.flow(fd, {
          data: () => void told.push("data"),
          close(error) {
            told.push((error as { code?: string } | undefined)?.code ?? "closed");
            resolve();
          },
        });
      } catch (error) {
        told.push((error as { code: string }).code);
        resolve();
      }
      t.after(() => reject(new Error("nothing was told")));
    });
    assert.deepEqual(told, ["ENOTCONN"]);
  });
});
