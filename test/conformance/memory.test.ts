import assert from "node:assert/strict";
import { FIONREAD } from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { record } from "./flows.ts";
import { bytes, isPending, receiveAll, tcpPair, text, unixPair } from "./sockets.ts";

function transfer(memory: Uint8Array): void {
  structuredClone(memory.buffer, { transfer: [memory.buffer as ArrayBuffer] });
}

conformance("memory that is sent and received into", (test) => {
  test("only the part that a view shows is touched", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const memory = new Uint8Array(16).fill(1);
    await t.kernel.send(one, bytes("abcdefgh").subarray(2, 6));
    assert.equal(await t.kernel.recv(other, memory.subarray(4, 12)), 4);
    assert.deepEqual([...memory], [1, 1, 1, 1, 99, 100, 101, 102, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  test("Buffers and views of shared memory are memory too", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    await t.kernel.send(one, Buffer.from("buffer"));
    assert.equal(await t.kernel.recv(other, shared), 6);
    await t.kernel.send(one, shared.subarray(0, 6));
    const buffer = Buffer.alloc(8);
    assert.equal(buffer.toString("latin1", 0, await t.kernel.recv(other, buffer)), "buffer");
  });

  test("a receive whose memory is transferred while it waits rejects, and takes no byte", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const memory = new Uint8Array(4096);
    const receiving = t.kernel.recv(other, memory);
    assert.ok(await isPending(receiving));
    transfer(memory);
    const refused = assert.rejects(receiving, { code: "EFAULT", syscall: "recv" });
    await t.kernel.send(one, bytes("kept"));
    await refused;
    assert.equal(t.kernel.ioctl(other, FIONREAD), 4);
    assert.equal(text(await receiveAll(t, other, 4)), "kept");
  });

  test("a send whose memory is transferred while it waits tells the part that has left", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const memory = new Uint8Array(16 << 20).fill(5);
    const sending = t.kernel.send(one, memory);
    assert.ok(await isPending(sending));
    transfer(memory);
    const received = receiveAll(t, other);
    const sent = await sending;
    assert.ok(sent > 0 && sent < 16 << 20);
    t.kernel.shutdown(one, 1);
    const got = await received;
    assert.equal(got.length, sent);
    assert.ok(got.every((byte) => byte === 5));
  });

  test("collecting garbage moves no memory that a call waits with", { needs: ["unix"] }, async (t) => {
    const pairs = Array.from({ length: 50 }, () => unixPair(t));
    const receiving = pairs.map(([, other]) => {
      const memory = new Uint8Array(16);
      return t.kernel.recv(other, memory).then((count) => text(memory, count));
    });
    assert.ok(await isPending(Promise.race(receiving)));
    // Enough that what is young is moved or collected.
    let garbage: Uint8Array[] = [];
    for (let round = 0; round < 200_000; round += 1) {
      garbage.push(new Uint8Array(32));
      if (garbage.length > 10_000) garbage = [];
    }
    for (const [index, [one]] of pairs.entries()) await t.kernel.send(one, bytes(`${index}`));
    assert.deepEqual(await Promise.all(receiving), [...pairs.keys()].map(String));
  });

  test("a flow that another's handler closes in the same turn is told nothing more", { needs: ["unix"] }, async (t) => {
    const [first, second] = [unixPair(t), unixPair(t)];
    const flows = [first, second].map(([, other], index) =>
      record(t, other, { data: () => flows[1 - index]?.flow.close() }),
    );
    await Promise.all([t.kernel.send(first[0], bytes("a")), t.kernel.send(second[0], bytes("b"))]);
    await Promise.race(flows.map(({ closed }) => closed));
    const told = flows.map((one) => one.told.join(", ")).sort();
    assert.deepEqual(told.filter((what) => what.startsWith("data")).length, 1);
    assert.ok(told.includes("close"));
  });
});
