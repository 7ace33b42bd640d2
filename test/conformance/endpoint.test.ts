import assert from "node:assert/strict";
import {
  AF_INET,
  F_GETFD,
  F_GETFL,
  FD_CLOEXEC,
  IPPROTO_TCP,
  IPPROTO_UDP,
  O_NONBLOCK,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_PROTOCOL,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  sockaddrEncode,
} from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { ANY_PORT, bytes, listener, portOf, receiveAll, tcpPair, text, throwsWith, nobody } from "./sockets.ts";

conformance("socket, bind, listen, connect", (test) => {
  test("socket gives the lowest number that is free", {}, (t) => {
    const first = t.socket(AF_INET, SOCK_STREAM);
    const second = t.socket(AF_INET, SOCK_STREAM);
    assert.ok(second > first);
    t.kernel.close(first);
    assert.equal(t.socket(AF_INET, SOCK_STREAM), first);
  });

  test("a socket is of the family, type and protocol that were asked for", {}, (t) => {
    const tcp = t.socket(AF_INET, SOCK_STREAM);
    const udp = t.socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    assert.equal(t.kernel.getsockopt(tcp, SOL_SOCKET, SO_DOMAIN), AF_INET);
    assert.equal(t.kernel.getsockopt(tcp, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    assert.equal(t.kernel.getsockopt(tcp, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
    assert.equal(t.kernel.getsockopt(udp, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
    assert.equal(t.kernel.getsockopt(udp, SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDP);
  });

  test("a socket is closed on exec, whether asked for or not", {}, (t) => {
    assert.equal(t.kernel.fcntl(t.socket(AF_INET, SOCK_STREAM), F_GETFD), FD_CLOEXEC);
    assert.equal(t.kernel.fcntl(t.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC), F_GETFD), FD_CLOEXEC);
  });

  test("SOCK_NONBLOCK in the type sets O_NONBLOCK", {}, (t) => {
    assert.equal(t.kernel.fcntl(t.socket(AF_INET, SOCK_STREAM), F_GETFL) & O_NONBLOCK, 0);
    const fd = t.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
    assert.equal(t.kernel.fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  });

  test("bind to port 0 takes a free port", {}, (t) => {
    const fd = t.socket(AF_INET, SOCK_STREAM);
    assert.deepEqual(t.kernel.getsockname(fd), { family: AF_INET, address: "0.0.0.0", port: 0 });
    t.kernel.bind(fd, ANY_PORT);
    const name = t.kernel.getsockname(fd);
    assert.deepEqual(name, { ...ANY_PORT, port: portOf(name) });
    assert.ok(portOf(name) > 0);
  });

  test("bind takes the bytes of a sockaddr", {}, (t) => {
    const fd = t.socket(AF_INET, SOCK_STREAM);
    t.kernel.bind(fd, sockaddrEncode({ family: AF_INET, address: "127.0.0.9", port: 0 }));
    const name = t.kernel.getsockname(fd);
    assert.deepEqual(name, { family: AF_INET, address: "127.0.0.9", port: portOf(name) });
  });

  test("a second bind to the same address fails with EADDRINUSE", {}, (t) => {
    const { address } = listener(t);
    const other = t.socket(AF_INET, SOCK_STREAM);
    throwsWith(() => t.kernel.bind(other, address), "bind", "EADDRINUSE");
  });

  test("listen without bind listens on a free port of all addresses", {}, async (t) => {
    const fd = t.socket(AF_INET, SOCK_STREAM);
    t.kernel.listen(fd);
    assert.equal(t.kernel.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN), true);
    const name = t.kernel.getsockname(fd);
    assert.deepEqual(name, { family: AF_INET, address: "0.0.0.0", port: portOf(name) });
    await t.kernel.connect(t.socket(AF_INET, SOCK_STREAM), { ...ANY_PORT, port: portOf(name) });
  });

  test("listen again changes the backlog of a socket that listens", {}, (t) => {
    const { fd } = listener(t);
    t.kernel.listen(fd, 0);
    t.kernel.listen(fd, 128);
  });

  test("connect gives both ends their names", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const [mine, theirs] = [t.kernel.getsockname(client), t.kernel.getpeername(client)];
    assert.deepEqual(t.kernel.getsockname(server), theirs);
    assert.deepEqual(t.kernel.getpeername(server), mine);
    assert.notEqual(portOf(mine), portOf(theirs));
  });

  test("connect from a bound address keeps it", {}, async (t) => {
    const { address } = listener(t);
    const client = t.socket(AF_INET, SOCK_STREAM);
    t.kernel.bind(client, { family: AF_INET, address: "127.0.0.2", port: 0 });
    const bound = t.kernel.getsockname(client);
    await t.kernel.connect(client, address);
    assert.deepEqual(t.kernel.getsockname(client), bound);
  });

  test("bytes go both ways", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    assert.equal(await t.kernel.send(client, bytes("ping")), 4);
    assert.equal(text(await receiveAll(t, server, 4)), "ping");
    assert.equal(await t.kernel.send(server, bytes("pong!")), 5);
    assert.equal(text(await receiveAll(t, client, 5)), "pong!");
  });

  test("a socket that was refused can connect again", {}, async (t) => {
    const address = nobody(t);
    const client = t.socket(AF_INET, SOCK_STREAM);
    await assert.rejects(t.kernel.connect(client, address), { code: "ECONNREFUSED", syscall: "connect" });
    const { address: open } = listener(t);
    await t.kernel.connect(client, open);
    assert.deepEqual(t.kernel.getpeername(client), open);
  });

  test("a socket can connect to itself", {}, async (t) => {
    const fd = t.socket(AF_INET, SOCK_STREAM);
    t.kernel.bind(fd, ANY_PORT);
    await t.kernel.connect(fd, t.kernel.getsockname(fd));
    await t.kernel.send(fd, bytes("me"));
    assert.equal(text(await receiveAll(t, fd, 2)), "me");
  });
});

conformance("close and dup", (test) => {
  test("close ends the connection: the other end receives the rest, then the end", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    await t.kernel.send(client, bytes("last words"));
    t.kernel.close(client);
    assert.equal(text(await receiveAll(t, server)), "last words");
    assert.equal(await t.kernel.recv(server, new Uint8Array(1)), 0);
  });

  test("close with unread bytes resets the connection", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    await t.kernel.send(client, bytes("unread"));
    await t.kernel.recv(server, new Uint8Array(1));
    t.kernel.close(server);
    await assert.rejects(t.kernel.recv(client, new Uint8Array(1)), { code: "ECONNRESET", syscall: "recv" });
  });

  test("a closed number is no descriptor", {}, (t) => {
    const fd = t.socket(AF_INET, SOCK_STREAM);
    t.kernel.close(fd);
    throwsWith(() => t.kernel.close(fd), "close", "EBADF");
    throwsWith(() => t.kernel.getsockname(fd), "getsockname", "EBADF");
  });

  test("dup is a second number for the same socket, which lives until both are closed", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const copy = t.own(t.kernel.dup(client));
    assert.notEqual(copy, client);
    assert.deepEqual(t.kernel.getsockname(copy), t.kernel.getsockname(client));
    t.kernel.close(client);
    await t.kernel.send(copy, bytes("still here"));
    assert.equal(text(await receiveAll(t, server, 10)), "still here");
    t.kernel.close(copy);
    assert.equal(await t.kernel.recv(server, new Uint8Array(1)), 0);
  });

  test("a wait on one number goes on when its duplicate is closed", {}, async (t) => {
    const [client, server] = await tcpPair(t);
    const copy = t.own(t.kernel.dup(client));
    const buffer = new Uint8Array(8);
    const receiving = t.kernel.recv(client, buffer);
    const receivingToo = t.kernel.recv(copy, new Uint8Array(8));
    t.kernel.close(copy);
    await assert.rejects(receivingToo, { code: "EBADF" });
    await t.kernel.send(server, bytes("here"));
    assert.equal(text(buffer, await receiving), "here");
  });

  test("a duplicate is closed on exec", {}, (t) => {
    const copy = t.own(t.kernel.dup(t.socket(AF_INET, SOCK_STREAM)));
    assert.equal(t.kernel.fcntl(copy, F_GETFD), FD_CLOEXEC);
  });
});
