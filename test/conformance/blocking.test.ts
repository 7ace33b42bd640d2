import assert from "node:assert/strict";
import {
  AF_INET,
  F_SETFL,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_WAITALL,
  O_NONBLOCK,
  SOCK_DGRAM,
  SOCK_STREAM,
  type BlockingCalls,
} from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { pipe } from "./pipe.ts";
import { bytes, datagramSocket, listener, receiveAll, tcpPair, text, throwsWith, unixPair, nobody } from "./sockets.ts";

type Send = (kernel: BlockingCalls, fd: number, data: Uint8Array) => number;
type Receive = (kernel: BlockingCalls, fd: number, buffer: Uint8Array) => number;

/** Each call that sends beside the one that receives. */
const PAIRS: readonly [string, Send, string, Receive][] = [
  [
    "send",
    (kernel, fd, data) => kernel.sendSync(fd, data),
    "recv",
    (kernel, fd, buffer) => kernel.recvSync(fd, buffer),
  ],
  [
    "sendto",
    (kernel, fd, data) => kernel.sendtoSync(fd, data, 0, undefined),
    "recvfrom",
    (kernel, fd, buffer) => kernel.recvfromSync(fd, buffer).bytes,
  ],
  [
    "sendmsg",
    (kernel, fd, data) => kernel.sendmsgSync(fd, { data: [data.subarray(0, 1), data.subarray(1)] }),
    "recvmsg",
    (kernel, fd, buffer) => kernel.recvmsgSync(fd, { data: [buffer.subarray(0, 2), buffer.subarray(2)] }).bytes,
  ],
  [
    "sendmmsg",
    (kernel, fd, data) => kernel.sendmmsgSync(fd, [{ data }]) * data.length,
    "recvmmsg",
    (kernel, fd, buffer) => kernel.recvmmsgSync(fd, [{ data: buffer }])[0]?.bytes ?? -1,
  ],
  [
    "write",
    (kernel, fd, data) => kernel.writeSync(fd, data),
    "read",
    (kernel, fd, buffer) => kernel.readSync(fd, buffer),
  ],
  [
    "writev",
    (kernel, fd, data) => kernel.writevSync(fd, [data.subarray(0, 3), data.subarray(3)]),
    "readv",
    (kernel, fd, buffer) => kernel.readvSync(fd, [buffer.subarray(0, 1), buffer.subarray(1)]),
  ],
];

conformance("the blocking twins", (test) => {
  test("acceptSync and connectSync make a connection", { needs: ["blocking"] }, (t) => {
    const { fd, address } = listener(t);
    const client = t.socket(AF_INET, SOCK_STREAM);
    assert.equal(t.blocking.connectSync(client, address), undefined);
    const accepted = t.blocking.acceptSync(fd);
    t.own(accepted.fd);
    assert.deepEqual(accepted.address, t.kernel.getsockname(client));
    t.blocking.sendSync(accepted.fd, bytes("hello"));
    const buffer = new Uint8Array(5);
    assert.equal(text(buffer, t.blocking.recvSync(client, buffer, MSG_WAITALL)), "hello");
  });

  for (const [send, sendSync, receive, receiveSync] of PAIRS) {
    test(`${send}Sync and ${receive}Sync move bytes`, { needs: ["blocking"] }, async (t) => {
      const [one, other] = await tcpPair(t);
      assert.equal(sendSync(t.blocking, one, bytes("blocking")), 8);
      const buffer = new Uint8Array(16);
      assert.equal(text(buffer, receiveSync(t.blocking, other, buffer)), "blocking");
      t.kernel.close(one);
      assert.equal(receiveSync(t.blocking, other, buffer), 0);
    });

    test(
      `${receive}Sync and ${send}Sync on non-blocking descriptors throw EAGAIN`,
      { needs: ["blocking"] },
      async (t) => {
        const [one, other] = await tcpPair(t);
        t.kernel.fcntl(one, F_SETFL, O_NONBLOCK);
        throwsWith(() => receiveSync(t.blocking, one, new Uint8Array(1)), receive, "EAGAIN");
        const data = new Uint8Array(16 << 20);
        let sent = t.blocking.sendSync(one, data);
        assert.ok(sent > 0 && sent < data.length, "the part that fits");
        // There may be room again, as long as segments are on their way to the other end's own buffer.
        const more = (): void => {
          for (;;) sent += sendSync(t.blocking, one, data);
        };
        throwsWith(more, send, "EAGAIN");
        t.kernel.close(one);
        assert.equal((await receiveAll(t, other)).length, sent);
      },
    );
  }

  test("datagrams tell their senders", { needs: ["blocking"] }, (t) => {
    const [one, other] = [datagramSocket(t), datagramSocket(t)];
    t.blocking.sendtoSync(one.fd, bytes("a"), 0, other.address);
    t.blocking.sendmsgSync(one.fd, { data: bytes("bc"), address: other.address });
    const buffer = new Uint8Array(4);
    assert.deepEqual(t.blocking.recvfromSync(other.fd, buffer), { bytes: 1, address: one.address });
    const { bytes: count, address } = t.blocking.recvmsgSync(other.fd, { data: buffer });
    assert.deepEqual([count, address], [2, one.address]);
  });

  test("flags do as with the promise forms", { needs: ["blocking"] }, async (t) => {
    const [one, other] = await tcpPair(t);
    throwsWith(() => t.blocking.recvSync(other, new Uint8Array(1), MSG_DONTWAIT), "recv", "EAGAIN");
    throwsWith(() => t.blocking.recvfromSync(other, new Uint8Array(1), MSG_DONTWAIT), "recvfrom", "EAGAIN");
    throwsWith(() => t.blocking.recvmsgSync(other, { data: new Uint8Array(1) }, MSG_DONTWAIT), "recvmsg", "EAGAIN");
    t.blocking.sendSync(one, bytes("x"));
    const buffer = new Uint8Array(4);
    assert.equal(t.blocking.recvSync(other, buffer, MSG_PEEK), 1);
    assert.equal(t.blocking.recvSync(other, buffer), 1);
  });

  test("acceptSync works after accept, and accept after acceptSync", { needs: ["blocking"] }, async (t) => {
    const { fd, address } = listener(t);
    for (const accept of [
      async () => (await t.kernel.accept(fd)).fd,
      () => t.blocking.acceptSync(fd).fd,
      async () => (await t.kernel.accept(fd)).fd,
    ]) {
      const client = t.socket(AF_INET, SOCK_STREAM);
      t.blocking.connectSync(client, address);
      const server = t.own(await accept());
      assert.deepEqual(t.kernel.getpeername(server), t.kernel.getsockname(client));
    }
  });

  test("a connectSync that is refused leaves a socket that can connect", { needs: ["blocking"] }, (t) => {
    const address = nobody(t);
    const client = t.socket(AF_INET, SOCK_STREAM);
    throwsWith(() => t.blocking.connectSync(client, address), "connect", "ECONNREFUSED");
    t.blocking.connectSync(client, listener(t).address);
    throwsWith(() => t.blocking.connectSync(client, address), "connect", "EISCONN");
  });

  test("connectSync gives a datagram socket its peer", { needs: ["blocking"] }, (t) => {
    const { address } = datagramSocket(t);
    const fd = t.socket(AF_INET, SOCK_DGRAM);
    t.blocking.connectSync(fd, address);
    assert.deepEqual(t.kernel.getpeername(fd), address);
  });

  test("readSync and writeSync work on pipes", { needs: ["blocking", "files"] }, (t) => {
    const [reader, writer] = pipe(t);
    assert.equal(t.blocking.writeSync(writer, bytes("pipe")), 4);
    const buffer = new Uint8Array(8);
    assert.equal(text(buffer, t.blocking.readSync(reader, buffer)), "pipe");
    assert.equal(t.blocking.writevSync(writer, [bytes("a"), bytes("b")]), 2);
    assert.equal(t.blocking.readvSync(reader, [buffer.subarray(0, 1), buffer.subarray(1)]), 2);
    t.kernel.close(writer);
    assert.equal(t.blocking.readSync(reader, buffer), 0);
  });

  test(
    "a Unix stream whose end is gone tells EPIPE to senders, ECONNRESET once to receivers",
    {
      needs: ["blocking", "unix"],
    },
    (t) => {
      const [one, other] = unixPair(t);
      t.blocking.sendSync(one, bytes("unread"));
      t.kernel.close(other);
      throwsWith(() => t.blocking.sendSync(one, new Uint8Array(1)), "send", "EPIPE");
      throwsWith(() => t.blocking.recvSync(one, new Uint8Array(1)), "recv", "ECONNRESET");
      assert.equal(t.blocking.recvSync(one, new Uint8Array(1)), 0);
      throwsWith(() => t.blocking.sendSync(one, new Uint8Array(1)), "send", "EPIPE");
    },
  );
});
