import assert from "node:assert/strict";
import { AF_INET, SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_STREAM } from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, isPending, listener, receiveAll, rejectsWith, tcpPair, text, throwsWith, unixPair } from "./sockets.ts";

const PAIRS = [
  ["TCP", [], tcpPair],
  ["AF_UNIX", ["unix"], (t: Context) => Promise.resolve(unixPair(t))],
] as const;

conformance("shutdown", (test) => {
  for (const [what, needs, makePair] of PAIRS) {
    test(`${what}: SHUT_WR sends the end; the other direction goes on`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      await t.kernel.send(one, bytes("bye"));
      t.kernel.shutdown(one, SHUT_WR);
      assert.equal(text(await receiveAll(t, other)), "bye");
      await t.kernel.send(other, bytes("answer"));
      t.kernel.shutdown(other, SHUT_WR);
      assert.equal(text(await receiveAll(t, one)), "answer");
    });

    test(`${what}: sending after SHUT_WR fails with EPIPE`, { needs }, async (t) => {
      const [one] = await makePair(t);
      t.kernel.shutdown(one, SHUT_WR);
      await rejectsWith(t.kernel.send(one, bytes("x")), "send", "EPIPE");
      await rejectsWith(t.kernel.write(one, bytes("x")), "write", "EPIPE");
    });

    test(`${what}: SHUT_RD ends a receive that waits`, { needs }, async (t) => {
      const [one] = await makePair(t);
      const receiving = t.kernel.recv(one, new Uint8Array(1));
      assert.ok(await isPending(receiving));
      t.kernel.shutdown(one, SHUT_RD);
      assert.equal(await receiving, 0);
    });

    test(`${what}: SHUT_WR ends a send that waits`, { needs }, async (t) => {
      const [one] = await makePair(t);
      const data = new Uint8Array(16 << 20);
      const sending = t.kernel.send(one, data);
      assert.ok(await isPending(sending));
      t.kernel.shutdown(one, SHUT_WR);
      const sent = await sending;
      assert.ok(sent > 0 && sent < data.length, "the part that left");
      await rejectsWith(t.kernel.send(one, data), "send", "EPIPE");
    });

    test(`${what}: what a shut-down sender has still to say to itself is not lost`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      const sending = t.kernel.send(one, new Uint8Array(16 << 20));
      assert.ok(await isPending(sending));
      t.kernel.shutdown(one, SHUT_WR);
      await sending;
      // Linux reports EPIPE to senders alone: a receiver is not told.
      await t.kernel.send(other, bytes("reply"));
      assert.equal(text(await receiveAll(t, one, 5)), "reply");
    });

    test(`${what}: SHUT_RDWR ends both directions`, { needs }, async (t) => {
      const [one, other] = await makePair(t);
      t.kernel.shutdown(one, SHUT_RDWR);
      assert.equal(await t.kernel.recv(one, new Uint8Array(1)), 0);
      assert.equal(await t.kernel.recv(other, new Uint8Array(1)), 0);
      await rejectsWith(t.kernel.send(one, bytes("x")), "send", "EPIPE");
    });
  }

  test("shutdown of a listener ends the accepts that wait with EINVAL", {}, async (t) => {
    const { fd } = listener(t);
    const accepting = t.kernel.accept(fd);
    t.kernel.shutdown(fd, SHUT_RD);
    await rejectsWith(accepting, "accept", "EINVAL");
  });

  test("shutdown of a socket that is not connected fails with ENOTCONN", {}, (t) => {
    throwsWith(() => t.kernel.shutdown(t.socket(AF_INET, SOCK_STREAM), SHUT_WR), "shutdown", "ENOTCONN");
  });
});
