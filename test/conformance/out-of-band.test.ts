import assert from "node:assert/strict";
import {
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_PEEK,
  POLLIN,
  POLLPRI,
  SIOCATMARK,
  SO_OOBINLINE,
  SOCK_DGRAM,
  AF_INET,
  SOL_SOCKET,
} from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { bytes, datagramSocket, isPending, rejectsWith, tcpPair, text } from "./sockets.ts";

conformance("urgent data", (test) => {
  test("the urgent byte is received with MSG_OOB, beside the stream", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const buffer = new Uint8Array(8);
    await t.kernel.send(one, bytes("ab"));
    await t.kernel.send(one, bytes("!"), MSG_OOB);
    assert.equal(text(buffer, await t.kernel.recv(other, buffer, MSG_OOB)), "!");
    await t.kernel.send(one, bytes("cd"));
    assert.equal(text(buffer, await t.kernel.recv(other, buffer)), "ab");
    assert.equal(text(buffer, await t.kernel.recv(other, buffer)), "cd");
  });

  test("the last byte of an urgent send is the urgent one", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const buffer = new Uint8Array(8);
    await t.kernel.send(one, bytes("abc"), MSG_OOB);
    assert.equal(text(buffer, await t.kernel.recv(other, buffer)), "ab");
    assert.equal(text(buffer, await t.kernel.recv(other, buffer, MSG_OOB)), "c");
  });

  test("MSG_OOB with MSG_PEEK leaves the urgent byte", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const buffer = new Uint8Array(8);
    await t.kernel.send(one, bytes("!"), MSG_OOB);
    assert.equal(await t.kernel.recv(other, buffer, MSG_OOB | MSG_PEEK), 1);
    assert.equal(await t.kernel.recv(other, buffer, MSG_OOB), 1);
    await rejectsWith(t.kernel.recv(other, buffer, MSG_OOB), "recv", "EINVAL");
  });

  test("without urgent data MSG_OOB fails with EINVAL", {}, async (t) => {
    const [, other] = await tcpPair(t);
    await rejectsWith(t.kernel.recv(other, new Uint8Array(1), MSG_OOB), "recv", "EINVAL");
  });

  test("SO_OOBINLINE leaves the urgent byte in the stream; a receive stops before it", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    t.kernel.setsockopt(other, SOL_SOCKET, SO_OOBINLINE, true);
    const buffer = new Uint8Array(8);
    await t.kernel.send(one, bytes("ab"));
    await t.kernel.send(one, bytes("!"), MSG_OOB);
    await t.kernel.poll([{ fd: other, events: POLLPRI }]);
    assert.equal(t.kernel.ioctl(other, SIOCATMARK), 0);
    assert.equal(text(buffer, await t.kernel.recv(other, buffer)), "ab");
    assert.equal(t.kernel.ioctl(other, SIOCATMARK), 1);
    assert.equal(text(buffer, await t.kernel.recv(other, buffer)), "!");
    assert.equal(t.kernel.ioctl(other, SIOCATMARK), 0);
    await rejectsWith(t.kernel.recv(other, buffer, MSG_OOB), "recv", "EINVAL");
  });

  test("poll tells urgent data with POLLPRI, select with its third set", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const entry = { fd: other, events: POLLPRI | POLLIN, revents: 0 };
    const polling = t.kernel.poll([{ ...entry, events: POLLPRI }]);
    const selecting = t.kernel.select([], [], [other]);
    assert.ok(await isPending(Promise.race([polling, selecting])));
    await t.kernel.send(one, bytes("!"), MSG_OOB);
    assert.equal(await polling, 1);
    assert.deepEqual(await selecting, { read: [], write: [], except: [other] });
    assert.equal(await t.kernel.poll([entry]), 1);
    assert.equal(entry.revents, POLLPRI);
  });

  test("a receive takes what follows urgent data, though no further event tells of it", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const buffer = new Uint8Array(8);
    const waiting = t.kernel.recv(other, buffer);
    assert.ok(await isPending(waiting));
    await t.kernel.send(one, bytes("x"));
    assert.equal(text(buffer, await waiting), "x");
    await t.kernel.send(one, bytes("ab"));
    await t.kernel.send(one, bytes("!"), MSG_OOB);
    await t.kernel.send(one, bytes("cd"));
    assert.equal(text(buffer, await t.kernel.recv(other, buffer)), "ab");
    assert.equal(text(buffer, await t.kernel.recv(other, buffer)), "cd");
  });

  test("a receive waits on while only urgent data comes", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const buffer = new Uint8Array(8);
    const receiving = t.kernel.recv(other, buffer);
    await t.kernel.send(one, bytes("!"), MSG_OOB);
    assert.ok(await isPending(receiving));
    await t.kernel.send(one, bytes("x"));
    assert.equal(text(buffer, await receiving), "x");
    // The stream was read past it.
    await rejectsWith(t.kernel.recv(other, buffer, MSG_OOB), "recv", "EINVAL");
  });

  test("datagrams have no urgent data", {}, async (t) => {
    const { address } = datagramSocket(t);
    const one = t.socket(AF_INET, SOCK_DGRAM);
    await rejectsWith(t.kernel.sendto(one, bytes("x"), MSG_OOB, address), "sendto", "EOPNOTSUPP");
    await rejectsWith(t.kernel.recv(one, new Uint8Array(1), MSG_OOB | MSG_DONTWAIT), "recv", "EAGAIN");
  });
});
