import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  AF_INET,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import {
  ANY_PORT,
  bytes,
  datagramSocket,
  isPending,
  receiveAll,
  rejectsWith,
  tcpPair,
  text,
  unixPair,
} from "./sockets.ts";

/** The collector, at once and whole. */
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Arrays so small that they begin their life on the heap of JavaScript, where the collector moves them. */
function smallArrays(count: number, length: number): Uint8Array[] {
  return Array.from({ length: count }, () => new Uint8Array(length));
}

function numbered(count: number, length: number, round: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => new Uint8Array(length).fill(round * 7 + index));
}

conformance("buffers of a message", (test) => {
  test("sendmsg sends its buffers as one datagram, recvmsg fills its own in order", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const sender = datagramSocket(t);
    const data = [bytes("one "), new Uint8Array(), bytes("two "), bytes("three")];
    assert.equal(await t.kernel.sendmsg(sender.fd, { data, address }), 13);
    const buffers = [new Uint8Array(5), new Uint8Array(0), new Uint8Array(3), new Uint8Array(20)];
    const { bytes: count, address: from, control, flags } = await t.kernel.recvmsg(fd, { data: buffers });
    assert.deepEqual({ count, from, control, flags }, { count: 13, from: sender.address, control: [], flags: 0 });
    assert.equal(text(Buffer.concat(buffers), 13), "one two three");
  });

  test("a single array and no array at all are buffers, too", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t, SOCK_DGRAM);
    assert.equal(await t.kernel.sendmsg(one, { data: bytes("x") }), 1);
    assert.equal(await t.kernel.sendmsg(one, { data: [] }), 0);
    const buffer = new Uint8Array(1);
    assert.equal((await t.kernel.recvmsg(other, { data: buffer })).bytes, 1);
    assert.equal(text(buffer), "x");
    assert.equal((await t.kernel.recvmsg(other, { data: [] })).bytes, 0);
  });

  test("a datagram longer than the buffers has MSG_TRUNC", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const sender = t.socket(AF_INET, SOCK_DGRAM);
    await t.kernel.sendmsg(sender, { data: bytes("0123456789"), address });
    await t.kernel.sendmsg(sender, { data: bytes("0123456789"), address });
    const data = [new Uint8Array(3), new Uint8Array(3)];
    const cut = await t.kernel.recvmsg(fd, { data });
    assert.deepEqual([cut.bytes, cut.flags], [6, MSG_TRUNC]);
    const whole = await t.kernel.recvmsg(fd, { data }, MSG_TRUNC);
    assert.deepEqual([whole.bytes, whole.flags], [10, MSG_TRUNC], "asked for, the length is the datagram's own");
  });

  test("MSG_PEEK leaves the message", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    await t.kernel.sendmsg(t.socket(AF_INET, SOCK_DGRAM), { data: bytes("stay"), address });
    for (const flags of [MSG_PEEK, MSG_PEEK, 0]) {
      const buffer = new Uint8Array(8);
      assert.equal(text(buffer, (await t.kernel.recvmsg(fd, { data: buffer }, flags)).bytes), "stay");
    }
    await rejectsWith(t.kernel.recvmsg(fd, { data: new Uint8Array(1) }, MSG_DONTWAIT), "recvmsg", "EAGAIN");
  });

  test("the end of a stream is a message of no bytes, without address", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    t.kernel.shutdown(client, SHUT_WR);
    const end = await t.kernel.recvmsg(server, { data: [new Uint8Array(4)] });
    assert.deepEqual(end, { bytes: 0, address: undefined, control: [], flags: 0 });
  });

  test("recvmsg with MSG_WAITALL on a stream waits until all buffers are full", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const data = [new Uint8Array(3), new Uint8Array(4)];
    const receiving = t.kernel.recvmsg(server, { data }, MSG_WAITALL);
    await t.kernel.send(client, bytes("ab"));
    assert.ok(await isPending(receiving));
    await t.kernel.send(client, bytes("cde"));
    assert.ok(await isPending(receiving));
    await t.kernel.send(client, bytes("fghi"));
    assert.equal((await receiving).bytes, 7);
    assert.equal(text(Buffer.concat(data)), "abcdefg");
    assert.equal(text(await receiveAll(t, server, 2)), "hi");
  });

  test("recvfrom with MSG_WAITALL on a stream waits until the buffer is full", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const buffer = new Uint8Array(5);
    const receiving = t.kernel.recvfrom(server, buffer, MSG_WAITALL);
    await t.kernel.send(client, bytes("ab"));
    assert.ok(await isPending(receiving));
    await t.kernel.send(client, bytes("cdef"));
    assert.deepEqual(await receiving, { bytes: 5, address: undefined });
    assert.equal(text(buffer), "abcde");
  });

  test("MSG_WAITALL gives what there was when the stream ends", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const data = [new Uint8Array(3), new Uint8Array(4)];
    const receiving = t.kernel.recvmsg(server, { data }, MSG_WAITALL);
    await t.kernel.send(client, bytes("abcd"));
    t.kernel.shutdown(client, SHUT_WR);
    assert.equal((await receiving).bytes, 4);
    const rest = await t.kernel.recvfrom(server, new Uint8Array(5), MSG_WAITALL);
    assert.equal(rest.bytes, 0);
  });

  test("MSG_WAITALL does not join datagrams", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const sender = t.socket(AF_INET, SOCK_DGRAM);
    for (const word of ["ab", "cd"]) await t.kernel.sendto(sender, bytes(word), 0, address);
    assert.equal((await t.kernel.recvmsg(fd, { data: new Uint8Array(4) }, MSG_WAITALL)).bytes, 2);
    assert.equal((await t.kernel.recvfrom(fd, new Uint8Array(4), MSG_WAITALL)).bytes, 2);
  });

  test("recvmsgSync with MSG_WAITALL blocks until all buffers are full", { needs: ["blocking"] }, async (t) => {
    const [client, server] = await tcpPair(t);
    await t.kernel.send(client, bytes("abcdef"));
    const data = [new Uint8Array(2), new Uint8Array(4)];
    assert.equal(t.blocking.recvmsgSync(server, { data }, MSG_WAITALL).bytes, 6);
    assert.equal(text(Buffer.concat(data)), "abcdef");
  });

  for (const type of [SOCK_STREAM, SOCK_SEQPACKET]) {
    const name = type === SOCK_STREAM ? "stream" : "sequenced-packet";
    test(`readv and writev move several buffers over a ${name} socket`, { needs: ["unix"] }, async (t) => {
      const [one, other] = unixPair(t, type);
      assert.equal(await t.kernel.writev(one, [bytes("scatter"), bytes("/"), bytes("gather")]), 14);
      const buffers = [new Uint8Array(7), new Uint8Array(1), new Uint8Array(99)];
      assert.equal(await t.kernel.readv(other, buffers), 14);
      assert.equal(text(buffers[0] as Uint8Array), "scatter");
      assert.equal(text(buffers[2] as Uint8Array, 6), "gather");
    });
  }

  test("sendmsg of more than a stream's buffer holds goes on, over the borders of its buffers", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const pieces = Array.from({ length: 33 }, (_, index) => new Uint8Array(250_007 + index).fill(index));
    const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const [sent, received] = await Promise.all([
      t.kernel.sendmsg(client, { data: pieces }),
      receiveAll(t, server, total),
    ]);
    assert.equal(sent, total);
    assert.ok(Buffer.concat(pieces).equals(received), "the bytes are those that were sent");
  });

  test("1,024 buffers are taken, one more is refused before the call", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t, SOCK_DGRAM);
    assert.equal(await t.kernel.sendmsg(one, { data: numbered(1024, 1, 0) }), 1024);
    const data = smallArrays(1024, 1);
    assert.equal((await t.kernel.recvmsg(other, { data })).bytes, 1024);
    assert.deepEqual(data, numbered(1024, 1, 0));
    await assert.rejects(t.kernel.sendmsg(one, { data: smallArrays(1025, 1) }), {
      code: "ERR_OUT_OF_RANGE",
      message: /"message\.data\.length"/,
    });
  });

  test("small arrays stay where the kernel was told that they are", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t, SOCK_DGRAM);
    for (let round = 0; round < 50; round += 1) {
      const data = smallArrays(32, 8);
      const receiving = t.kernel.recvmsg(other, { data });
      if (round % 10 === 0) collect();
      await t.kernel.sendmsg(one, { data: numbered(32, 8, round) });
      if (round % 10 === 5) collect();
      assert.equal((await receiving).bytes, 256);
      assert.deepEqual(data, numbered(32, 8, round));
    }
  });

  test("addresses and control memory outlive collections during a wait", {}, async (t) => {
    const { fd, address } = datagramSocket(t);
    const sender = datagramSocket(t);
    const receiving = Array.from({ length: 20 }, (_, index) => {
      const data = smallArrays(3, 1 + index);
      return t.kernel.recvmsg(fd, { data }).then((message) => ({ message, data }));
    });
    let garbage: unknown[] = [];
    for (let index = 0; index < 20; index += 1) {
      garbage = smallArrays(500, 16);
      collect();
      await t.kernel.sendmsg(sender.fd, { data: numbered(3, 1 + index, index), address });
    }
    assert.equal(garbage.length, 500);
    for (const [index, { message, data }] of (await Promise.all(receiving)).entries()) {
      assert.deepEqual(message.address, sender.address);
      assert.deepEqual(data, numbered(3, 1 + index, index));
    }
  });

  test("a buffer that was detached while the call waited is nobody's memory", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t, SOCK_DGRAM);
    const kept = new Uint8Array(4);
    const given = new Uint8Array(4);
    const receiving = t.kernel.recvmsg(other, { data: [given, kept] });
    const moved = structuredClone(given.buffer, { transfer: [given.buffer] });
    await t.kernel.send(one, bytes("abcd"));
    assert.equal((await receiving).bytes, 4);
    assert.equal(text(kept), "abcd");
    assert.deepEqual(new Uint8Array(moved), new Uint8Array(4));
  });

  test("a buffer that was detached while recv waited ends the call with EFAULT", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t, SOCK_STREAM);
    const given = new Uint8Array(4);
    const receiving = t.kernel.recv(other, given);
    structuredClone(given.buffer, { transfer: [given.buffer] });
    await t.kernel.send(one, bytes("abcd"));
    await rejectsWith(receiving, "recv", "EFAULT");
    assert.equal(text(await receiveAll(t, other, 4)), "abcd", "no byte is lost");
  });

  test("a list of buffers may change once the call is made", { needs: ["unix"] }, async (t) => {
    for (const receive of [
      (fd: number, data: Uint8Array[]) => t.kernel.recvmsg(fd, { data }).then(({ bytes: count }) => count),
      (fd: number, data: Uint8Array[]) => t.kernel.readv(fd, data),
    ]) {
      const [one, other] = unixPair(t, SOCK_DGRAM);
      const kept = [new Uint8Array(2), new Uint8Array(2)] as const;
      const list: Uint8Array[] = [...kept];
      const receiving = receive(other, list);
      list.splice(0, 2, "no memory" as unknown as Uint8Array);
      await t.kernel.send(one, bytes("abcd"));
      assert.equal(await receiving, 4);
      assert.deepEqual(
        kept.map((piece) => text(piece)),
        ["ab", "cd"],
      );
    }
  });

  test(
    "a buffer that was shortened while the call waited is filled as far as it goes",
    { needs: ["unix"] },
    async (t) => {
      const [one, other] = unixPair(t, SOCK_DGRAM);
      const Resizable = ArrayBuffer as unknown as new (
        bytes: number,
        options: { maxByteLength: number },
      ) => ArrayBuffer & {
        resize(bytes: number): void;
      };
      const buffer = new Resizable(100_000, { maxByteLength: 100_000 });
      const after = new Uint8Array(2);
      const receiving = t.kernel.recvmsg(other, { data: [new Uint8Array(buffer), after] });
      buffer.resize(3);
      await t.kernel.send(one, bytes("abcde"));
      assert.equal((await receiving).bytes, 5);
      assert.equal(text(new Uint8Array(buffer)), "abc");
      assert.equal(text(after), "de");
    },
  );

  test("views of one buffer, shared buffers and Buffers are filled in place", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t, SOCK_DGRAM);
    const whole = new Uint8Array(8);
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    const pooled = Buffer.from("....");
    await t.kernel.sendmsg(one, { data: [bytes("abcdefgh"), bytes("ijklmnop")] });
    await t.kernel.recvmsg(other, { data: [whole.subarray(4, 8), whole.subarray(0, 4), shared, pooled] });
    assert.equal(text(whole), "efghabcd");
    assert.equal(Buffer.from(shared).toString(), "ijkl");
    assert.equal(pooled.toString(), "mnop");
  });

  test("wrong messages are refused before the call, and the error names what is wrong", {}, async (t) => {
    const { fd } = datagramSocket(t, ANY_PORT);
    const wrong: readonly (readonly [message: unknown, argument: RegExp])[] = [
      [undefined, /"message"/],
      [bytes("x"), /"message\.data"/],
      [{}, /"message\.data"/],
      [{ data: "text" }, /"message\.data"/],
      [{ data: [bytes("x"), [1]] }, /"message\.data\[1\]"/],
      [{ data: bytes("x"), control: 1 }, /"message\.control"/],
      [{ data: bytes("x"), address: 1 }, /"address"/],
    ];
    for (const [message, argument] of wrong) {
      await assert.rejects(t.kernel.sendmsg(fd, message as { data: Uint8Array }), {
        code: "ERR_INVALID_ARG_TYPE",
        message: argument,
      });
    }
    for (const controlBytes of [-1, 65_537, 0.5]) {
      await assert.rejects(t.kernel.recvmsg(fd, { data: new Uint8Array(1), controlBytes }), {
        code: "ERR_OUT_OF_RANGE",
        message: /"message\.controlBytes"/,
      });
    }
  });
});
