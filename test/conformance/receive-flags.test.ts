import assert from "node:assert/strict";
import {
  FIONREAD,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SHUT_WR,
  SOCK_DGRAM,
  type Kernel,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, datagramSocket, isPending, receiveAll, rejectsWith, tcpPair, text, unixPair } from "./sockets.ts";

const PAIRS = [
  ["TCP", [], tcpPair],
  ["AF_UNIX", ["unix"], (t: Context) => Promise.resolve(unixPair(t))],
] as const;

/** The calls that receive with flags, made alike: how many bytes came. */
const RECEIVERS: readonly [
  string,
  (kernel: Kernel, fd: number, buffer: Uint8Array, flags: number) => Promise<number>,
][] = [
  ["recv", (kernel, fd, buffer, flags) => kernel.recv(fd, buffer, flags)],
  ["recvfrom", async (kernel, fd, buffer, flags) => (await kernel.recvfrom(fd, buffer, flags)).bytes],
  ["recvmsg", async (kernel, fd, buffer, flags) => (await kernel.recvmsg(fd, { data: buffer }, flags)).bytes],
];

conformance("flags of the calls that receive", (test) => {
  for (const [pair, needs, makePair] of PAIRS) {
    for (const [call, receive] of RECEIVERS) {
      test(`${pair}: ${call} with MSG_PEEK leaves the bytes`, { needs }, async (t) => {
        const [one, other] = await makePair(t);
        await t.kernel.send(one, bytes("peeked"));
        const buffer = new Uint8Array(16);
        assert.equal(text(buffer, await receive(t.kernel, other, buffer.subarray(0, 3), MSG_PEEK)), "pee");
        assert.equal(text(buffer, await receive(t.kernel, other, buffer, MSG_PEEK)), "peeked");
        assert.equal(text(buffer, await receive(t.kernel, other, buffer, 0)), "peeked");
      });

      test(`${pair}: ${call} with MSG_PEEK waits for the first byte`, { needs }, async (t) => {
        const [one, other] = await makePair(t);
        const buffer = new Uint8Array(16);
        const peeking = receive(t.kernel, other, buffer, MSG_PEEK);
        assert.ok(await isPending(peeking));
        await t.kernel.send(one, bytes("x"));
        assert.equal(await peeking, 1);
        assert.equal(t.kernel.ioctl(other, FIONREAD), 1);
      });

      test(`${pair}: ${call} with MSG_WAITALL waits until the buffer is full`, { needs }, async (t) => {
        const [one, other] = await makePair(t);
        const buffer = new Uint8Array(6);
        const receiving = receive(t.kernel, other, buffer, MSG_WAITALL);
        for (const part of ["ab", "cd"]) {
          await t.kernel.send(one, bytes(part));
          assert.ok(await isPending(receiving));
        }
        await t.kernel.send(one, bytes("efgh"));
        assert.equal(text(buffer, await receiving), "abcdef");
        assert.equal(text(await receiveAll(t, other, 2)), "gh");
      });

      test(`${pair}: ${call} with MSG_WAITALL gives what there is at the end`, { needs }, async (t) => {
        const [one, other] = await makePair(t);
        const buffer = new Uint8Array(6);
        const receiving = receive(t.kernel, other, buffer, MSG_WAITALL);
        await t.kernel.send(one, bytes("abc"));
        assert.ok(await isPending(receiving));
        t.kernel.shutdown(one, SHUT_WR);
        assert.equal(text(buffer, await receiving), "abc");
        assert.equal(await receive(t.kernel, other, buffer, MSG_WAITALL), 0);
      });

      test(`${pair}: ${call} with MSG_WAITALL and MSG_DONTWAIT gives what there is`, { needs }, async (t) => {
        const [one, other] = await makePair(t);
        await t.kernel.send(one, bytes("abc"));
        const buffer = new Uint8Array(6);
        assert.equal(await receive(t.kernel, other, buffer, MSG_WAITALL | MSG_DONTWAIT), 3);
        await rejectsWith(receive(t.kernel, other, buffer, MSG_WAITALL | MSG_DONTWAIT), call, "EAGAIN");
      });

      test(`${pair}: ${call} with MSG_DONTWAIT rejects with EAGAIN when there is nothing`, { needs }, async (t) => {
        const [, other] = await makePair(t);
        await rejectsWith(receive(t.kernel, other, new Uint8Array(1), MSG_DONTWAIT), call, "EAGAIN");
      });
    }
  }

  for (const [call, receive] of RECEIVERS) {
    test(`TCP: ${call} with MSG_PEEK and MSG_WAITALL waits for all, and takes nothing`, {}, async (t) => {
      const [one, other] = await tcpPair(t);
      const buffer = new Uint8Array(6);
      const peeking = receive(t.kernel, other, buffer, MSG_PEEK | MSG_WAITALL);
      for (const part of ["ab", "cd"]) {
        await t.kernel.send(one, bytes(part));
        assert.ok(await isPending(peeking));
      }
      await t.kernel.send(one, bytes("efgh"));
      assert.equal(text(buffer, await peeking), "abcdef");
      assert.equal(text(await receiveAll(t, other, 8)), "abcdefgh");
    });
  }

  for (const [call, receive] of RECEIVERS) {
    test(`AF_UNIX: ${call} with MSG_PEEK and MSG_WAITALL gives what there is`, { needs: ["unix"] }, async (t) => {
      const [one, other] = unixPair(t);
      await t.kernel.send(one, bytes("abc"));
      assert.equal(await receive(t.kernel, other, new Uint8Array(6), MSG_PEEK | MSG_WAITALL), 3);
    });
  }

  test("TCP: MSG_PEEK and MSG_WAITALL give what there is at the end", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const buffer = new Uint8Array(6);
    const peeking = t.kernel.recv(other, buffer, MSG_PEEK | MSG_WAITALL);
    await t.kernel.send(one, bytes("abc"));
    assert.ok(await isPending(peeking));
    t.kernel.shutdown(one, SHUT_WR);
    assert.equal(text(buffer, await peeking), "abc");
  });

  test("TCP: MSG_TRUNC throws bytes away without copying them", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    await t.kernel.send(one, bytes("abcdef"));
    const buffer = new Uint8Array(4);
    assert.equal(await t.kernel.recv(other, buffer, MSG_TRUNC | MSG_WAITALL), 4);
    assert.deepEqual(buffer, new Uint8Array(4));
    assert.equal(text(await receiveAll(t, other, 2)), "ef");
  });

  for (const [call, receive] of RECEIVERS.slice(0, 2)) {
    test(`UDP: ${call} cuts a datagram to the buffer; MSG_TRUNC tells its length`, {}, async (t) => {
      const one = datagramSocket(t);
      const other = datagramSocket(t);
      const buffer = new Uint8Array(4);
      await t.kernel.sendto(one.fd, bytes("abcdef"), 0, other.address);
      assert.equal(await receive(t.kernel, other.fd, buffer, MSG_PEEK | MSG_TRUNC), 6);
      assert.equal(await receive(t.kernel, other.fd, buffer, MSG_TRUNC), 6);
      assert.equal(text(buffer), "abcd");
      await t.kernel.sendto(one.fd, bytes("ghijkl"), 0, other.address);
      assert.equal(await receive(t.kernel, other.fd, buffer, 0), 4);
      await rejectsWith(receive(t.kernel, other.fd, buffer, MSG_DONTWAIT), call, "EAGAIN");
    });
  }

  test("UDP: MSG_WAITALL gives one datagram", {}, async (t) => {
    const one = datagramSocket(t);
    const other = datagramSocket(t);
    await t.kernel.sendto(one.fd, bytes("abc"), 0, other.address);
    assert.equal(await t.kernel.recv(other.fd, new Uint8Array(16), MSG_WAITALL), 3);
  });

  test("AF_UNIX datagrams: MSG_TRUNC tells the length", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t, SOCK_DGRAM);
    await t.kernel.send(one, bytes("abcdef"));
    assert.equal(await t.kernel.recv(other, new Uint8Array(2), MSG_TRUNC), 6);
  });
});

conformance("flags of the calls that send", (test) => {
  test(
    "a send to a connection that is gone fails with EPIPE, with and without MSG_NOSIGNAL",
    { needs: ["unix"] },
    async (t) => {
      const [one, other] = unixPair(t);
      t.kernel.close(other);
      await rejectsWith(t.kernel.send(one, bytes("x")), "send", "EPIPE");
      await rejectsWith(t.kernel.send(one, bytes("x"), MSG_NOSIGNAL), "send", "EPIPE");
      await rejectsWith(t.kernel.sendto(one, bytes("x"), 0, undefined), "sendto", "EPIPE");
      await rejectsWith(t.kernel.sendmsg(one, { data: bytes("x") }), "sendmsg", "EPIPE");
      await rejectsWith(t.kernel.write(one, bytes("x")), "write", "EPIPE");
      await rejectsWith(t.kernel.writev(one, [bytes("x")]), "writev", "EPIPE");
    },
  );

  test("MSG_DONTWAIT sends the part that fits, then rejects with EAGAIN", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const data = new Uint8Array(32 << 20);
    let sent = await t.kernel.send(one, data, MSG_DONTWAIT);
    assert.ok(sent > 0 && sent < data.length);
    for (;;) {
      const more = await t.kernel.send(one, data, MSG_DONTWAIT).catch((error: { code: string }) => error.code);
      if (more === "EAGAIN") break;
      sent += more as number;
    }
    t.kernel.shutdown(one, SHUT_WR);
    assert.equal((await receiveAll(t, other)).length, sent);
  });
});
