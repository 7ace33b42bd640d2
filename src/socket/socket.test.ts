import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  AF_INET,
  AF_UNIX,
  IPPROTO_TCP,
  MSG_PEEK,
  POLLIN,
  SHUT_WR,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_NODELAY,
} from "../api/constants.ts";
import { host } from "../calls.ts";
import { expectNoDescriptorLeft } from "../../test/open-descriptors.ts";
import { Socket } from "./socket.ts";

expectNoDescriptorLeft();

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

function listening(): Socket {
  const server = new Socket(host, AF_INET, SOCK_STREAM);
  server.bind({ family: AF_INET, address: "127.0.0.1", port: 0 });
  server.listen();
  return server;
}

test("the textbook's calls are its methods", async () => {
  await using server = listening();
  await using client = new Socket(host, AF_INET, SOCK_STREAM);
  await client.connect(server.localAddress);
  const { socket, address } = await server.accept();
  await using connection = socket;
  assert.deepEqual(address, client.localAddress);
  assert.deepEqual(connection.remoteAddress, client.localAddress);
  assert.equal(client.remotePort, server.localPort);
  assert.equal(connection.family, AF_INET);
  assert.equal(connection.type, SOCK_STREAM);

  assert.equal(await client.send(bytes("hello")), 5);
  assert.equal(text(await connection.recvExactly(5)), "hello");
  client.shutdown(SHUT_WR);
  assert.equal(await connection.recv(new Uint8Array(8)), 0);
  assert.equal((await connection.recv(8)).length, 0);
  assert.equal(client.bytesWritten, 5);
  assert.equal(connection.bytesRead, 5);
});

test("options are typed and settable before bind", () => {
  using socket = new Socket(host, AF_INET, SOCK_STREAM);
  socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
  const noDelay: boolean = socket.getsockopt(IPPROTO_TCP, TCP_NODELAY);
  assert.equal(noDelay, true);
});

test("datagrams go to an address and come from one", async () => {
  using receiver = new Socket(host, AF_INET, SOCK_DGRAM);
  using sender = new Socket(host, AF_INET, SOCK_DGRAM);
  receiver.bind({ family: AF_INET, address: "127.0.0.1", port: 0 });
  sender.bind({ family: AF_INET, address: "127.0.0.1", port: 0 });
  await sender.sendto(bytes("one"), 0, receiver.localAddress);
  await sender.sendmsg({ data: [bytes("t"), bytes("wo")], address: receiver.localAddress });
  const buffer = new Uint8Array(10);
  assert.deepEqual(await receiver.recvfrom(buffer), { bytes: 3, address: sender.localAddress });
  const message = await receiver.recvmsg({ data: buffer });
  assert.equal(text(buffer.subarray(0, message.bytes)), "two");
  assert.deepEqual(message.address, sender.localAddress);
});

test("recv with a number gives memory of its own", async () => {
  const [first, second] = Socket.pair(host);
  using a = first;
  using b = second;
  await a.send(bytes("abcdef"));
  const short = await b.recv(3);
  const rest = await b.recv(1000);
  assert.equal(text(short) + text(rest), "abcdef");
  assert.equal(rest.buffer.byteLength, 3);
});

test("recvExactly waits for all, and loses nothing when it is cut short", async () => {
  const [first, second] = Socket.pair(host);
  using a = first;
  using b = second;
  const whole = b.recvExactly(6);
  await a.send(bytes("abc"));
  await a.send(bytes("def"));
  assert.equal(text(await whole), "abcdef");

  const controller = new AbortController();
  await a.send(bytes("xyz"));
  const cancelled = b.recvExactly(6, { signal: controller.signal });
  controller.abort();
  await assert.rejects(cancelled, { name: "AbortError" });
  assert.equal(text(await b.recv(2, MSG_PEEK)), "xy");
  assert.equal(text(await b.recv(2)), "xy");

  await a.send(bytes("!"));
  a.close();
  await assert.rejects(b.recvExactly(new Uint8Array(6)), { code: "ENODATA", syscall: "recv" });
  assert.equal(text(await b.recvExactly(2)), "z!");
  assert.equal((await b.recv(1)).length, 0);
  assert.equal(b.bytesRead, 10);
});

test("sendAll goes on after short sends of a non-blocking descriptor", async () => {
  const [first, second] = Socket.pair(host, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK);
  using a = first;
  using b = second;
  a.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
  await assert.rejects(b.recv(1), { code: "EAGAIN" });
  assert.equal(a.type, SOCK_STREAM);
  const data = new Uint8Array(200_000).map((_, index) => index);
  const short = await a.send(data);
  assert.ok(short < data.length, "a single send is short");
  const sending = a.sendAll(data);
  let received = 0;
  while (received < short + data.length) {
    await host.poll([{ fd: b.fd, events: POLLIN }]);
    received += (await b.recv(65536)).length;
  }
  await sending;
  await assert.rejects(b.recv(1), { code: "EAGAIN" }, "nothing was sent twice");
});

test("after close no call touches the number, whoever has it then", async () => {
  const [first, second] = Socket.pair(host);
  const number = first.fd;
  const waiting = first.recv(1);
  first.close();
  first.close();
  await assert.rejects(waiting, { code: "EBADF" });
  assert.equal(first.closed, true);
  assert.equal(first.fd, -1);

  // The lowest free number is given next: the recycled one.
  const [other, peer] = Socket.pair(host);
  assert.equal(other.fd, number);
  const gone = { code: "EBADF" };
  assert.throws(() => first.localAddress, gone);
  assert.throws(() => first.bind({ family: AF_UNIX, path: "" }), gone);
  assert.throws(() => first.listen(), gone);
  assert.throws(() => first.shutdown(SHUT_WR), gone);
  assert.throws(() => first.getsockopt(SOL_SOCKET, SO_RCVBUF), gone);
  assert.throws(() => first.setsockopt(SOL_SOCKET, SO_RCVBUF, 1), gone);
  assert.throws(() => first.ref(), gone);
  assert.throws(() => first.unref(), gone);
  assert.throws(() => first.detach(), gone);
  assert.throws(() => first.toDuplex(), gone);
  assert.throws(() => first.toWeb(), gone);
  const one = new Uint8Array(1);
  for (const call of [
    () => first.accept(),
    () => first.connect({ family: AF_UNIX, path: "\0nobody" }),
    () => first.send(one),
    () => first.sendAll(one),
    () => first.recv(one),
    () => first.recv(1),
    () => first.recvExactly(1),
    () => first.sendto(one, 0, undefined),
    () => first.recvfrom(one),
    () => first.sendmsg({ data: one }),
    () => first.recvmsg({ data: one }),
    () => first.connections().next(),
    () => first.chunks().next(),
    () => first.datagrams().next(),
  ]) {
    await assert.rejects(call, gone, call.toString());
  }
  assert.equal(first.remoteAddress, undefined);
  await peer.send(one);
  assert.equal((await other.recv(1)).length, 1, "the other socket was not touched");
  for (const socket of [second, other, peer]) socket.close();
});

test("detach gives the descriptor away, unless calls wait on it", async () => {
  const [first, second] = Socket.pair(host);
  const waiting = first.recv(1);
  assert.throws(() => first.detach(), { code: "EBUSY" });
  assert.throws(() => first.toDuplex(), { code: "EBUSY" });
  await second.send(bytes("x"));
  assert.equal(text(await waiting), "x");
  const fd = first.detach();
  assert.ok(fd >= 0);
  assert.equal(first.closed, true);
  await assert.rejects(first.recv(1), { code: "EBADF", message: /detached/ });
  first.close();
  using taken = Socket.from(host, fd);
  assert.equal(taken.family, AF_UNIX);
  await taken.send(bytes("y"));
  assert.equal(text(await second.recv(1)), "y");
  second.close();
});

test("from refuses what is no socket", () => {
  assert.throws(() => Socket.from(host, 0x7fffffff), { code: "EBADF" });
});

test("the signal closes the socket and ends its waits with an AbortError", async () => {
  const controller = new AbortController();
  const [first, second] = Socket.pair(host, AF_UNIX, SOCK_STREAM, { signal: controller.signal });
  const waits = [first.recv(1), second.recvExactly(3)];
  controller.abort();
  for (const wait of waits) await assert.rejects(wait, { name: "AbortError" });
  assert.ok(first.closed && second.closed);
  await assert.rejects(first.send(bytes("x")), { name: "AbortError" });
  assert.throws(() => new Socket(host, AF_INET, SOCK_STREAM, { signal: controller.signal }), { name: "AbortError" });
});

test("a signal that is aborted after the close changes nothing", () => {
  const controller = new AbortController();
  const socket = new Socket(host, AF_INET, SOCK_STREAM, { signal: controller.signal });
  socket.close();
  const next = new Socket(host, AF_INET, SOCK_STREAM);
  controller.abort();
  assert.equal(next.localPort, 0);
  next.close();
});

test("an accept that is cancelled loses no connection", async () => {
  await using server = listening();
  const controller = new AbortController();
  const cancelled = server.accept({ signal: controller.signal });
  controller.abort();
  await assert.rejects(cancelled, { name: "AbortError" });
  await using client = new Socket(host, AF_INET, SOCK_STREAM);
  await client.connect(server.localAddress);
  const { socket } = await server.accept();
  socket.close();
});

test("errors are the calls' own", async () => {
  await using server = listening();
  const address = server.localAddress;
  server.close();
  await using client = new Socket(host, AF_INET, SOCK_STREAM);
  await assert.rejects(client.connect(address), { code: "ECONNREFUSED", syscall: "connect", address: "127.0.0.1" });
  assert.throws(() => new Socket(host, 9999, SOCK_STREAM), { code: "EAFNOSUPPORT", syscall: "socket" });
});

test("printed, it shows its state", async () => {
  await using server = listening();
  const shown = inspect(server);
  assert.match(shown, /^Socket \{/);
  assert.match(shown, /family: 'AF_INET'/);
  assert.match(shown, new RegExp(`local: '127\\.0\\.0\\.1:${server.localPort}'`));
  server.close();
  assert.match(inspect(server), /closed: true/);
});
