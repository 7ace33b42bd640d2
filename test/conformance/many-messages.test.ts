import assert from "node:assert/strict";
import {
  AF_INET,
  MSG_DONTWAIT,
  MSG_TRUNC,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { bytes, datagramSocket, isPending, receiveAll, rejectsWith, tcpPair, text, unixPair } from "./sockets.ts";

function room(count: number, length = 16): { data: Uint8Array }[] {
  return Array.from({ length: count }, () => ({ data: new Uint8Array(length) }));
}

conformance("several messages in one call", (test) => {
  test("sendmmsg sends to several addresses, recvmmsg tells where each message came from", {}, async (t) => {
    const one = datagramSocket(t);
    const other = datagramSocket(t);
    const sent = await t.kernel.sendmmsg(one.fd, [
      { data: bytes("first"), address: other.address },
      { data: [bytes("to "), bytes("itself")], address: one.address },
      { data: bytes("second"), address: other.address },
    ]);
    assert.equal(sent, 3);
    const messages = room(5);
    const received = await t.kernel.recvmmsg(other.fd, messages);
    assert.deepEqual(received, [
      { bytes: 5, address: one.address, control: [], flags: 0 },
      { bytes: 6, address: one.address, control: [], flags: 0 },
    ]);
    assert.deepEqual(
      received.map((message, index) => text((messages[index] as { data: Uint8Array }).data, message.bytes)),
      ["first", "second"],
    );
    const [own] = await t.kernel.recvmmsg(one.fd, room(1));
    assert.deepEqual([own?.bytes, own?.address], [9, one.address]);
  });

  test("recvmmsg waits for one message, and takes what else is there", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const sender = t.socket(AF_INET, SOCK_DGRAM);
    const receiving = t.kernel.recvmmsg(fd, room(8));
    assert.ok(await isPending(receiving));
    await t.kernel.sendto(sender, bytes("alone"), 0, address);
    assert.equal((await receiving).length, 1);
    for (const word of ["a", "b", "c"]) await t.kernel.sendto(sender, bytes(word), 0, address);
    assert.equal((await t.kernel.recvmmsg(fd, room(2))).length, 2);
    assert.equal((await t.kernel.recvmmsg(fd, room(8))).length, 1);
    await rejectsWith(t.kernel.recvmmsg(fd, room(1), MSG_DONTWAIT), "recvmmsg", "EAGAIN");
  });

  test("each message has its own length and flags", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const sender = t.socket(AF_INET, SOCK_DGRAM);
    const data = ["", "12345", "1234567890"].map((text) => ({ data: bytes(text), address }));
    assert.equal(await t.kernel.sendmmsg(sender, data), 3);
    const received = await t.kernel.recvmmsg(fd, room(3, 5));
    assert.deepEqual(
      received.map((message) => [message.bytes, message.flags]),
      [
        [0, 0],
        [5, 0],
        [5, MSG_TRUNC],
      ],
    );
  });

  test("sendmmsg gives the number that left before an error; alone, the error", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const tooLong = { data: new Uint8Array(70_000), address };
    assert.equal(await t.kernel.sendmmsg(fd, [{ data: bytes("good"), address }, tooLong]), 1);
    await rejectsWith(t.kernel.sendmmsg(fd, [tooLong, { data: bytes("never"), address }]), "sendmmsg", "EMSGSIZE");
    assert.equal((await t.kernel.recvmmsg(fd, room(4))).length, 1, "what stands behind the error was not sent");
  });

  test("no messages are no work", {}, async (t) => {
    const { fd } = datagramSocket(t);
    assert.equal(await t.kernel.sendmmsg(fd, []), 0);
    assert.deepEqual(await t.kernel.recvmmsg(fd, []), []);
  });

  test("sendmmsg waits until all messages have left", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t, SOCK_SEQPACKET);
    t.kernel.setsockopt(one, SOL_SOCKET, SO_SNDBUF, 8192);
    const messages = Array.from({ length: 60 }, (_, index) => ({ data: new Uint8Array(1500).fill(index) }));
    const sending = t.kernel.sendmmsg(one, messages);
    assert.ok(await isPending(sending), "the buffer is smaller than the messages");
    for (let index = 0; index < 60;) {
      const buffers = room(7, 2000);
      const received = await t.kernel.recvmmsg(other, buffers);
      for (const [at, message] of received.entries()) {
        assert.equal(message.bytes, 1500);
        assert.equal(buffers[at]?.data[1499], index + at);
      }
      index += received.length;
    }
    assert.equal(await sending, 60);
  });

  test("sendmmsg with MSG_DONTWAIT gives the number that left", { needs: ["unix"] }, async (t) => {
    const [one] = unixPair(t, SOCK_SEQPACKET);
    t.kernel.setsockopt(one, SOL_SOCKET, SO_SNDBUF, 8192);
    const messages = Array.from({ length: 60 }, () => ({ data: new Uint8Array(1500) }));
    const sent = await t.kernel.sendmmsg(one, messages, MSG_DONTWAIT);
    assert.ok(sent > 0 && sent < 60, `${sent} of 60`);
    await rejectsWith(t.kernel.sendmmsg(one, messages, MSG_DONTWAIT), "sendmmsg", "EAGAIN");
  });

  test("aborted, sendmmsg gives the number that left", { needs: ["unix"] }, async (t) => {
    const [one] = unixPair(t, SOCK_SEQPACKET);
    t.kernel.setsockopt(one, SOL_SOCKET, SO_SNDBUF, 8192);
    const messages = Array.from({ length: 60 }, () => ({ data: new Uint8Array(1500) }));
    const abort = new AbortController();
    const sending = t.kernel.sendmmsg(one, messages, 0, { signal: abort.signal });
    assert.ok(await isPending(sending));
    abort.abort();
    const sent = await sending;
    assert.ok(sent > 0 && sent < 60, `${sent} of 60`);
  });

  test("on a stream no byte is lost where a message did not leave whole", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const messages = Array.from({ length: 40 }, (_, index) => ({
      data: [new Uint8Array(300_000).fill(index), Uint8Array.of(255, index)],
    }));
    const whole = Buffer.concat(messages.flatMap(({ data }) => data));
    const [sent, received] = await Promise.all([
      t.kernel.sendmmsg(client, messages),
      receiveAll(t, server, whole.length),
    ]);
    assert.equal(sent, 40);
    assert.ok(whole.equals(received), "the bytes are those that were sent");
  });

  test("recvmmsg of a stream gives what is there", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t, SOCK_STREAM);
    await t.kernel.send(one, bytes("abcdef"));
    const messages = room(4, 4);
    const received = await t.kernel.recvmmsg(other, messages);
    assert.deepEqual(
      received.map((message) => message.bytes),
      [4, 2],
    );
  });

  test("the blocking twins do the same", { needs: ["blocking"] }, (t) => {
    const { fd, address } = datagramSocket(t);
    const words = ["one", "two", "three"].map((word) => ({ data: bytes(word), address }));
    assert.equal(t.blocking.sendmmsgSync(fd, words), 3);
    const received = t.blocking.recvmmsgSync(fd, room(8));
    assert.deepEqual(
      received.map((message) => message.bytes),
      [3, 3, 5],
    );
  });

  test("1,024 messages are taken, one more is refused before the call", { needs: ["unix"] }, async (t) => {
    const [one] = unixPair(t, SOCK_DGRAM);
    await assert.rejects(t.kernel.sendmmsg(one, room(1025, 1)), { code: "ERR_OUT_OF_RANGE", message: /"messages/ });
    await assert.rejects(t.kernel.recvmmsg(one, room(1025, 1)), { code: "ERR_OUT_OF_RANGE", message: /"messages/ });
    await assert.rejects(t.kernel.recvmmsg(one, [{ data: new Uint8Array(1) }, {} as { data: Uint8Array }]), {
      code: "ERR_INVALID_ARG_TYPE",
      message: /"messages\[1\]\.data"/,
    });
  });
});
