import assert from "node:assert/strict";
import { AF_INET, SHUT_RD, SO_RCVBUF, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET, type Kernel } from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, isPending, listener, receiveAll, rejectsWith, reset, unixPair } from "./sockets.ts";

const SIZE = 4 << 20;
const DATA: Uint8Array = Buffer.alloc(SIZE, "all of it, in order; ");

const SENDS: readonly [string, (kernel: Kernel, fd: number) => Promise<number>][] = [
  ["send", (kernel, fd) => kernel.send(fd, DATA)],
  ["sendto", (kernel, fd) => kernel.sendto(fd, DATA, 0, undefined)],
  ["sendmsg", (kernel, fd) => kernel.sendmsg(fd, { data: [DATA.subarray(0, 99_999), DATA.subarray(99_999)] })],
  ["write", (kernel, fd) => kernel.write(fd, DATA)],
  [
    "writev",
    (kernel, fd) => kernel.writev(fd, [DATA.subarray(0, 1), DATA.subarray(1, 500_000), DATA.subarray(500_000)]),
  ],
];

/** A connection with small buffers. */
async function narrowPair(t: Context): Promise<[number, number]> {
  const { fd, address } = listener(t);
  t.kernel.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, 8192);
  const client = t.socket(AF_INET, SOCK_STREAM);
  t.kernel.setsockopt(client, SOL_SOCKET, SO_SNDBUF, 8192);
  await t.kernel.connect(client, address);
  const server = await t.accept(fd);
  t.kernel.close(fd);
  return [client, server];
}

conformance("a send of more than the buffers hold", (test) => {
  for (const [call, send] of SENDS) {
    test(`${call} waits until all has left`, {}, async (t) => {
      const [one, other] = await narrowPair(t);
      const sending = send(t.kernel, one);
      assert.ok(await isPending(sending));
      assert.ok(Buffer.from(await receiveAll(t, other, SIZE)).equals(DATA));
      assert.equal(await sending, SIZE);
    });

    test(`${call} that is reset tells how much had left, the next call tells the reset`, {}, async (t) => {
      const [one, other] = await narrowPair(t);
      const sending = send(t.kernel, one);
      assert.ok(await isPending(sending));
      await receiveAll(t, other, 100_000);
      reset(t, other);
      const sent = await sending;
      assert.ok(sent >= 100_000 && sent < SIZE, `${sent} bytes`);
      await rejectsWith(send(t.kernel, one), call, "ECONNRESET");
      await rejectsWith(send(t.kernel, one), call, "EPIPE");
    });
  }

  test("the reset after a part is told to a receive, too", {}, async (t) => {
    const [one, other] = await narrowPair(t);
    const sending = t.kernel.send(one, DATA);
    assert.ok(await isPending(sending));
    reset(t, other);
    assert.ok((await sending) > 0);
    await rejectsWith(t.kernel.recv(one, new Uint8Array(1)), "recv", "ECONNRESET");
    assert.equal(await t.kernel.recv(one, new Uint8Array(1)), 0);
  });

  test("a send that waits behind another is reset without a part", {}, async (t) => {
    const [one, other] = await narrowPair(t);
    const first = t.kernel.send(one, DATA);
    const second = t.kernel.send(one, bytes("x"));
    assert.ok(await isPending(Promise.race([first, second])));
    reset(t, other);
    assert.ok((await first) < SIZE);
    await assert.rejects(second, (error: { code: string }) => ["ECONNRESET", "EPIPE"].includes(error.code));
  });

  test("a stream of Unix is sent whole, and its end is told as EPIPE", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const sending = t.kernel.send(one, DATA);
    assert.ok(Buffer.from(await receiveAll(t, other, SIZE)).equals(DATA));
    assert.equal(await sending, SIZE);
    const again = t.kernel.send(one, DATA);
    assert.ok(await isPending(again));
    t.kernel.close(other);
    const sent = await again;
    assert.ok(sent > 0 && sent < SIZE);
    await rejectsWith(t.kernel.send(one, bytes("x")), "send", "EPIPE");
  });

  test("a Unix send that waits ends when the peer will receive no more", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const sending = t.kernel.send(one, DATA);
    assert.ok(await isPending(sending));
    t.kernel.shutdown(other, SHUT_RD);
    const sent = await sending;
    assert.ok(sent > 0 && sent < SIZE);
    await rejectsWith(t.kernel.send(one, bytes("x")), "send", "EPIPE");
  });

  test("the data may be changed when the send has ended, and not a byte before", {}, async (t) => {
    const [one, other] = await narrowPair(t);
    const data = new Uint8Array(1 << 20).fill(1);
    const sending = t.kernel.send(one, data);
    const receiving = receiveAll(t, other, 2 * data.length);
    await sending;
    data.fill(2);
    await t.kernel.send(one, data);
    const got = await receiving;
    assert.ok(got.subarray(0, data.length).every((byte) => byte === 1));
    assert.ok(got.subarray(data.length).every((byte) => byte === 2));
  });
});
