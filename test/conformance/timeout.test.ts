import assert from "node:assert/strict";
import {
  AF_INET,
  AF_UNIX,
  MSG_PEEK,
  MSG_WAITALL,
  POLLOUT,
  SO_ERROR,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOCK_STREAM,
  SOL_SOCKET,
  type BlockingCalls,
  type Kernel,
} from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { fullListener } from "./full-listener.ts";
import { bytes, isPending, listener, receiveAll, rejectsWith, tcpPair, throwsWith } from "./sockets.ts";

/** A socket's timeout in these tests, milliseconds: how long they take, and nothing else. */
const SHORT = 20;

const RECEIVES: readonly [
  string,
  (kernel: Kernel, fd: number) => Promise<unknown>,
  (kernel: BlockingCalls, fd: number) => unknown,
][] = [
  ["recv", (kernel, fd) => kernel.recv(fd, new Uint8Array(1)), (kernel, fd) => kernel.recvSync(fd, new Uint8Array(1))],
  [
    "recvfrom",
    (kernel, fd) => kernel.recvfrom(fd, new Uint8Array(1)),
    (kernel, fd) => kernel.recvfromSync(fd, new Uint8Array(1)),
  ],
  [
    "recvmsg",
    (kernel, fd) => kernel.recvmsg(fd, { data: new Uint8Array(1) }),
    (kernel, fd) => kernel.recvmsgSync(fd, { data: new Uint8Array(1) }),
  ],
  [
    "recvmmsg",
    (kernel, fd) => kernel.recvmmsg(fd, [{ data: new Uint8Array(1) }]),
    (kernel, fd) => kernel.recvmmsgSync(fd, [{ data: new Uint8Array(1) }]),
  ],
  ["read", (kernel, fd) => kernel.read(fd, new Uint8Array(1)), (kernel, fd) => kernel.readSync(fd, new Uint8Array(1))],
  [
    "readv",
    (kernel, fd) => kernel.readv(fd, [new Uint8Array(1)]),
    (kernel, fd) => kernel.readvSync(fd, [new Uint8Array(1)]),
  ],
];

const BIG = new Uint8Array(16 << 20);

const SENDS: readonly [
  string,
  (kernel: Kernel, fd: number) => Promise<number>,
  (kernel: BlockingCalls, fd: number) => number,
][] = [
  ["send", (kernel, fd) => kernel.send(fd, BIG), (kernel, fd) => kernel.sendSync(fd, BIG)],
  [
    "sendto",
    (kernel, fd) => kernel.sendto(fd, BIG, 0, undefined),
    (kernel, fd) => kernel.sendtoSync(fd, BIG, 0, undefined),
  ],
  ["sendmsg", (kernel, fd) => kernel.sendmsg(fd, { data: BIG }), (kernel, fd) => kernel.sendmsgSync(fd, { data: BIG })],
  ["write", (kernel, fd) => kernel.write(fd, BIG), (kernel, fd) => kernel.writeSync(fd, BIG)],
  ["writev", (kernel, fd) => kernel.writev(fd, [BIG]), (kernel, fd) => kernel.writevSync(fd, [BIG])],
];

conformance("SO_RCVTIMEO and SO_SNDTIMEO", (test) => {
  for (const [call, receive, receiveSync] of RECEIVES) {
    test(`SO_RCVTIMEO ends a ${call} with EAGAIN, and no byte is lost`, {}, async (t) => {
      const [one, other] = await tcpPair(t);
      t.kernel.setsockopt(other, SOL_SOCKET, SO_RCVTIMEO, SHORT);
      await rejectsWith(receive(t.kernel, other), call, "EAGAIN");
      await t.kernel.send(one, bytes("x"));
      await t.kernel.poll([{ fd: other, events: 1 }]);
      await receive(t.kernel, other);
    });

    test(`SO_RCVTIMEO ends a ${call}Sync with EAGAIN`, { needs: ["blocking"] }, async (t) => {
      const [, other] = await tcpPair(t);
      t.kernel.setsockopt(other, SOL_SOCKET, SO_RCVTIMEO, SHORT);
      throwsWith(() => receiveSync(t.blocking, other), call, "EAGAIN");
    });
  }

  for (const [call, send, sendSync] of SENDS) {
    test(`SO_SNDTIMEO ends a ${call}: the part that left, then EAGAIN`, {}, async (t) => {
      const [one, other] = await tcpPair(t);
      t.kernel.setsockopt(one, SOL_SOCKET, SO_SNDTIMEO, SHORT);
      let sent = await send(t.kernel, one);
      assert.ok(sent > 0 && sent < BIG.length, `${sent} bytes`);
      // Linux may find room for a little more, but not for ever.
      const again = async (): Promise<never> => {
        for (;;) sent += await send(t.kernel, one);
      };
      await rejectsWith(again(), call, "EAGAIN");
      t.kernel.close(one);
      assert.equal((await receiveAll(t, other)).length, sent);
    });

    test(`SO_SNDTIMEO ends a ${call}Sync: the part that left, then EAGAIN`, { needs: ["blocking"] }, async (t) => {
      const [one, other] = await tcpPair(t);
      t.kernel.setsockopt(one, SOL_SOCKET, SO_SNDTIMEO, SHORT);
      let sent = sendSync(t.blocking, one);
      assert.ok(sent > 0 && sent < BIG.length, `${sent} bytes`);
      const again = (): never => {
        for (;;) sent += sendSync(t.blocking, one);
      };
      throwsWith(again, call, "EAGAIN");
      t.kernel.close(one);
      assert.equal((await receiveAll(t, other)).length, sent);
    });
  }

  test("SO_RCVTIMEO ends an accept with EAGAIN, and no connection is lost", {}, async (t) => {
    const { fd, address } = listener(t);
    t.kernel.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, SHORT);
    await rejectsWith(t.kernel.accept(fd), "accept", "EAGAIN");
    await t.kernel.connect(t.socket(AF_INET, SOCK_STREAM), address);
    await t.accept(fd);
  });

  test("SO_RCVTIMEO ends an acceptSync with EAGAIN", { needs: ["blocking"] }, (t) => {
    const { fd } = listener(t);
    t.kernel.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, SHORT);
    throwsWith(() => t.blocking.acceptSync(fd), "accept", "EAGAIN");
  });

  test("SO_SNDTIMEO ends a connect with EINPROGRESS; the connect itself goes on", {}, async (t) => {
    const { fd, address } = await fullListener(t);
    const client = t.socket(AF_INET, SOCK_STREAM);
    t.kernel.setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, SHORT);
    await rejectsWith(t.kernel.connect(client, address), "connect", "EINPROGRESS");
    await t.accept(fd);
    assert.equal(await t.kernel.poll([{ fd: client, events: POLLOUT }]), 1);
    assert.equal(t.kernel.getsockopt(client, SOL_SOCKET, SO_ERROR), 0);
    assert.deepEqual(t.kernel.getpeername(client), address);
    await t.accept(fd);
  });

  test(
    "SO_SNDTIMEO ends a connectSync with EINPROGRESS; the connect itself goes on",
    { needs: ["blocking"] },
    async (t) => {
      const { fd, address } = await fullListener(t);
      const client = t.socket(AF_INET, SOCK_STREAM);
      t.kernel.setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, SHORT);
      throwsWith(() => t.blocking.connectSync(client, address), "connect", "EINPROGRESS");
      await t.accept(fd);
      assert.equal(await t.kernel.poll([{ fd: client, events: POLLOUT }]), 1);
      assert.deepEqual(t.kernel.getpeername(client), address);
      await t.accept(fd);
    },
  );

  test(
    "SO_SNDTIMEO ends a connect to a full AF_UNIX backlog with EAGAIN",
    { needs: ["unix", "blocking"] },
    async (t) => {
      const { address } = listener(t, { family: AF_UNIX, path: `\0${t.directory()}` }, 0);
      await t.kernel.connect(t.socket(AF_UNIX, SOCK_STREAM), address);
      const client = t.socket(AF_UNIX, SOCK_STREAM);
      t.kernel.setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, SHORT);
      await rejectsWith(t.kernel.connect(client, address), "connect", "EAGAIN");
      throwsWith(() => t.blocking.connectSync(client, address), "connect", "EAGAIN");
    },
  );

  test("SO_RCVTIMEO ends a receive that waits for all: what there is", { needs: ["blocking"] }, async (t) => {
    const [one, other] = await tcpPair(t);
    t.kernel.setsockopt(other, SOL_SOCKET, SO_RCVTIMEO, SHORT);
    await t.kernel.send(one, bytes("abc"));
    const buffer = new Uint8Array(8);
    assert.equal(await t.kernel.recv(other, buffer, MSG_PEEK | MSG_WAITALL), 3);
    assert.equal(t.blocking.recvSync(other, buffer, MSG_PEEK | MSG_WAITALL), 3);
    assert.equal(await t.kernel.recv(other, buffer, MSG_WAITALL), 3);
    await t.kernel.send(one, bytes("abc"));
    assert.equal(t.blocking.recvSync(other, buffer, MSG_WAITALL), 3);
  });

  test("a timeout of 0 is none", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    t.kernel.setsockopt(other, SOL_SOCKET, SO_RCVTIMEO, SHORT);
    await rejectsWith(t.kernel.recv(other, new Uint8Array(1)), "recv", "EAGAIN");
    t.kernel.setsockopt(other, SOL_SOCKET, SO_RCVTIMEO, 0);
    const receiving = t.kernel.recv(other, new Uint8Array(1));
    t.kernel.setsockopt(one, SOL_SOCKET, SO_RCVTIMEO, SHORT);
    // As long again as the timeout was.
    await rejectsWith(t.kernel.recv(one, new Uint8Array(1)), "recv", "EAGAIN");
    assert.ok(await isPending(receiving));
    await t.kernel.send(one, bytes("x"));
    assert.equal(await receiving, 1);
  });

  test("the timeout is the socket's, through whichever of its numbers it is set", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const copy = t.own(t.kernel.dup(other));
    const receiving = t.kernel.recv(copy, new Uint8Array(1));
    await t.kernel.send(one, bytes("x"));
    await receiving;
    t.kernel.setsockopt(other, SOL_SOCKET, SO_RCVTIMEO, SHORT);
    await rejectsWith(t.kernel.recv(copy, new Uint8Array(1)), "recv", "EAGAIN");
  });
});
