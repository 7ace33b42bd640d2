import assert from "node:assert/strict";
import {
  AF_INET,
  AF_UNSPEC,
  FIONREAD,
  MSG_DONTWAIT,
  POLLERR,
  POLLIN,
  SO_ERROR,
  SOCK_DGRAM,
  SOL_SOCKET,
  type SocketAddress,
} from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { ANY_PORT, bytes, datagramSocket, isPending, portOf, rejectsWith, text, unixPair } from "./sockets.ts";

/** An address where no socket is. */
function nobody(t: Context): SocketAddress {
  const { fd, address } = datagramSocket(t);
  t.kernel.close(fd);
  return address;
}

conformance("UDP", (test) => {
  test("datagrams keep their bounds and tell their sender", {}, async (t) => {
    const one = datagramSocket(t);
    const other = datagramSocket(t);
    assert.equal(await t.kernel.sendto(one.fd, bytes("first"), 0, other.address), 5);
    assert.equal(await t.kernel.sendto(one.fd, bytes("second"), 0, other.address), 6);
    const buffer = new Uint8Array(64);
    assert.deepEqual(await t.kernel.recvfrom(other.fd, buffer), { bytes: 5, address: one.address });
    assert.equal(text(buffer, 5), "first");
    assert.equal(text(buffer, await t.kernel.recv(other.fd, buffer)), "second");
  });

  test("a datagram without bytes arrives", {}, async (t) => {
    const one = datagramSocket(t);
    const other = datagramSocket(t);
    assert.equal(await t.kernel.sendto(one.fd, new Uint8Array(0), 0, other.address), 0);
    assert.deepEqual(await t.kernel.recvfrom(other.fd, new Uint8Array(4)), { bytes: 0, address: one.address });
    await rejectsWith(t.kernel.recv(other.fd, new Uint8Array(4), MSG_DONTWAIT), "recv", "EAGAIN");
  });

  test("a datagram without bytes arrives at a connected AF_UNIX socket", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t, SOCK_DGRAM);
    const receiving = t.kernel.recv(other, new Uint8Array(4));
    assert.ok(await isPending(receiving));
    assert.equal(await t.kernel.send(one, new Uint8Array(0)), 0);
    assert.equal(await receiving, 0);
  });

  test("a receive into no memory takes a datagram", {}, async (t) => {
    const one = datagramSocket(t);
    const other = datagramSocket(t);
    await t.kernel.sendto(one.fd, bytes("x"), 0, other.address);
    assert.equal(await t.kernel.recv(other.fd, new Uint8Array(0)), 0);
    await rejectsWith(t.kernel.recv(other.fd, new Uint8Array(4), MSG_DONTWAIT), "recv", "EAGAIN");
  });

  test("a connect that fails leaves the connection that there was", {}, async (t) => {
    const one = datagramSocket(t);
    const other = datagramSocket(t);
    const stranger = datagramSocket(t);
    await t.kernel.connect(one.fd, other.address);
    const everybody = { family: AF_INET, address: "255.255.255.255", port: 9 } as const;
    // Without SO_BROADCAST.
    await rejectsWith(t.kernel.connect(one.fd, everybody), "connect", "EACCES");
    assert.deepEqual(t.kernel.getpeername(one.fd), other.address);
    assert.deepEqual(t.kernel.getsockname(one.fd), one.address);
    await t.kernel.sendto(stranger.fd, bytes("unheard"), 0, one.address);
    await rejectsWith(t.kernel.recv(one.fd, new Uint8Array(9), MSG_DONTWAIT), "recv", "EAGAIN");
    await t.kernel.send(one.fd, bytes("heard"));
    await t.kernel.sendto(other.fd, bytes("heard"), 0, one.address);
    assert.equal(await t.kernel.recv(other.fd, new Uint8Array(9)), 5);
    assert.equal(await t.kernel.recv(one.fd, new Uint8Array(9)), 5);
  });

  test("the first sendto binds the sender", {}, async (t) => {
    const other = datagramSocket(t);
    const one = t.socket(AF_INET, SOCK_DGRAM);
    assert.equal(portOf(t.kernel.getsockname(one)), 0);
    await t.kernel.sendto(one, bytes("x"), 0, other.address);
    const { address } = await t.kernel.recvfrom(other.fd, new Uint8Array(4));
    assert.deepEqual(address, { ...ANY_PORT, port: portOf(t.kernel.getsockname(one)) });
  });

  test("the longest datagram has 65507 bytes", {}, async (t) => {
    const one = datagramSocket(t);
    const other = datagramSocket(t);
    assert.equal(await t.kernel.sendto(one.fd, new Uint8Array(65507), 0, other.address), 65507);
    assert.equal(await t.kernel.recv(other.fd, new Uint8Array(65536)), 65507);
    await rejectsWith(t.kernel.sendto(one.fd, new Uint8Array(65508), 0, other.address), "sendto", "EMSGSIZE");
  });

  test("a receive takes no more than its own datagram", {}, async (t) => {
    const one = datagramSocket(t);
    const other = datagramSocket(t);
    await t.kernel.sendto(one.fd, bytes("a"), 0, other.address);
    await t.kernel.sendto(one.fd, bytes("bc"), 0, other.address);
    assert.equal(await t.kernel.recv(other.fd, new Uint8Array(16)), 1);
    assert.equal(t.kernel.ioctl(other.fd, FIONREAD), 2);
  });
});

conformance("connected UDP", (test) => {
  test("send goes to the peer, and only its datagrams are received", {}, async (t) => {
    const [one, peer, stranger] = [datagramSocket(t), datagramSocket(t), datagramSocket(t)];
    await t.kernel.connect(one.fd, peer.address);
    assert.deepEqual(t.kernel.getpeername(one.fd), peer.address);
    await t.kernel.send(one.fd, bytes("to peer"));
    assert.equal(await t.kernel.recv(peer.fd, new Uint8Array(16)), 7);
    await t.kernel.sendto(stranger.fd, bytes("spam"), 0, one.address);
    await t.kernel.sendto(peer.fd, bytes("ham"), 0, one.address);
    const buffer = new Uint8Array(16);
    assert.deepEqual(await t.kernel.recvfrom(one.fd, buffer), { bytes: 3, address: peer.address });
    await rejectsWith(t.kernel.recv(one.fd, buffer, MSG_DONTWAIT), "recv", "EAGAIN");
  });

  test("connect again changes the peer; AF_UNSPEC takes it away", {}, async (t) => {
    const [one, first, second] = [datagramSocket(t), datagramSocket(t), datagramSocket(t)];
    await t.kernel.connect(one.fd, first.address);
    await t.kernel.connect(one.fd, second.address);
    assert.deepEqual(t.kernel.getpeername(one.fd), second.address);
    await t.kernel.connect(one.fd, { family: AF_UNSPEC, data: new Uint8Array(14) });
    assert.throws(() => t.kernel.getpeername(one.fd), { code: "ENOTCONN", syscall: "getpeername" });
    await rejectsWith(t.kernel.send(one.fd, bytes("x")), "send", "EDESTADDRREQ");
  });

  test("a connected socket may still send to another address", {}, async (t) => {
    const [one, first, second] = [datagramSocket(t), datagramSocket(t), datagramSocket(t)];
    await t.kernel.connect(one.fd, first.address);
    await t.kernel.sendto(one.fd, bytes("x"), 0, second.address);
    assert.equal(await t.kernel.recv(second.fd, new Uint8Array(4)), 1);
  });

  test("nobody there: a receive that waits is refused", {}, async (t) => {
    const one = datagramSocket(t);
    await t.kernel.connect(one.fd, nobody(t));
    const receiving = t.kernel.recv(one.fd, new Uint8Array(4));
    const [sent] = await Promise.all([
      t.kernel.send(one.fd, bytes("anyone?")),
      rejectsWith(receiving, "recv", "ECONNREFUSED"),
    ]);
    assert.equal(sent, 7);
  });

  test("nobody there: the error is told once, by the next call or by SO_ERROR", {}, async (t) => {
    const one = datagramSocket(t);
    await t.kernel.connect(one.fd, nobody(t));
    const entry = { fd: one.fd, events: POLLIN, revents: 0 };
    await t.kernel.send(one.fd, bytes("anyone?"));
    assert.equal(await t.kernel.poll([entry]), 1);
    assert.equal(entry.revents, POLLERR);
    await rejectsWith(t.kernel.send(one.fd, bytes("again")), "send", "ECONNREFUSED");
    await t.kernel.send(one.fd, bytes("again"));
    await t.kernel.poll([entry]);
    assert.equal(t.kernel.getsockopt(one.fd, SOL_SOCKET, SO_ERROR), 111);
    await rejectsWith(t.kernel.recv(one.fd, new Uint8Array(4), MSG_DONTWAIT), "recv", "EAGAIN");
  });

  test("an unconnected socket is not told", {}, async (t) => {
    const one = datagramSocket(t);
    await t.kernel.sendto(one.fd, bytes("anyone?"), 0, nobody(t));
    const receiving = t.kernel.recv(one.fd, new Uint8Array(4));
    assert.ok(await isPending(receiving));
    await t.kernel.sendto(one.fd, bytes("me"), 0, one.address);
    assert.equal(await receiving, 2);
  });
});
