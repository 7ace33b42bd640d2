import assert from "node:assert/strict";
import { AF_INET, POLLIN, POLLNVAL, SOCK_DGRAM, SOCK_STREAM, type Kernel } from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { fullListener } from "./full-listener.ts";
import { pipe } from "./pipe.ts";
import { bytes, isPending, listener, receiveAll, rejectsWith, tcpPair, text, turns } from "./sockets.ts";

const WAITS: readonly [string, (kernel: Kernel, fd: number) => Promise<unknown>][] = [
  ["recv", (kernel, fd) => kernel.recv(fd, new Uint8Array(1))],
  ["recvfrom", (kernel, fd) => kernel.recvfrom(fd, new Uint8Array(1))],
  ["recvmsg", (kernel, fd) => kernel.recvmsg(fd, { data: new Uint8Array(1) })],
  ["recvmmsg", (kernel, fd) => kernel.recvmmsg(fd, [{ data: new Uint8Array(1) }])],
  ["read", (kernel, fd) => kernel.read(fd, new Uint8Array(1))],
  ["readv", (kernel, fd) => kernel.readv(fd, [new Uint8Array(1)])],
  ["select", (kernel, fd) => kernel.select([fd], [], [])],
];

conformance("close while calls wait", (test) => {
  for (const [call, wait] of WAITS) {
    test(`${call} rejects with EBADF`, {}, async (t) => {
      const [one] = await tcpPair(t);
      const waiting = wait(t.kernel, one);
      assert.ok(await isPending(waiting));
      t.kernel.close(one);
      await rejectsWith(waiting, call, "EBADF");
    });
  }

  test("accept rejects with EBADF", {}, async (t) => {
    const { fd } = listener(t);
    const waiting = [t.kernel.accept(fd), t.kernel.accept(fd)];
    assert.ok(await isPending(Promise.race(waiting)));
    t.kernel.close(fd);
    for (const one of waiting) await rejectsWith(one, "accept", "EBADF");
  });

  test("connect rejects with EBADF", {}, async (t) => {
    const { address } = await fullListener(t);
    const fd = t.socket(AF_INET, SOCK_STREAM);
    const connecting = t.kernel.connect(fd, address);
    assert.ok(await isPending(connecting));
    t.kernel.close(fd);
    await rejectsWith(connecting, "connect", "EBADF");
  });

  test("send rejects with EBADF", {}, async (t) => {
    const [one] = await tcpPair(t);
    const sending = [t.kernel.send(one, new Uint8Array(16 << 20)), t.kernel.send(one, bytes("x"))];
    assert.ok(await isPending(Promise.race(sending)));
    t.kernel.close(one);
    for (const send of sending) await rejectsWith(send, "send", "EBADF");
  });

  test("poll tells POLLNVAL", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const entries = [
      { fd: one, events: POLLIN, revents: 0 },
      { fd: other, events: POLLIN, revents: 0 },
    ];
    const polling = t.kernel.poll(entries);
    assert.ok(await isPending(polling));
    // The other end's close would be an event of its own.
    const copy = t.own(t.kernel.dup(one));
    t.kernel.close(one);
    assert.equal(await polling, 1);
    assert.deepEqual(
      entries.map(({ revents }) => revents),
      [POLLNVAL, 0],
    );
    t.kernel.close(copy);
  });

  test("all the waits of one descriptor end, those of others go on", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const [third, fourth] = await tcpPair(t);
    const ending = [t.kernel.recv(one, new Uint8Array(1)), t.kernel.recv(one, new Uint8Array(1))];
    const staying = t.kernel.recv(third, new Uint8Array(1));
    t.kernel.close(one);
    for (const wait of ending) await rejectsWith(wait, "recv", "EBADF");
    assert.ok(await isPending(staying));
    await t.kernel.send(fourth, bytes("x"));
    assert.equal(await staying, 1);
    assert.equal(await t.kernel.recv(other, new Uint8Array(1)), 0);
  });

  test("a read of a pipe rejects with EBADF", { needs: ["files"] }, async (t) => {
    const [reader] = pipe(t);
    const reading = t.kernel.read(reader, new Uint8Array(1));
    assert.ok(await isPending(reading));
    t.kernel.close(reader);
    await rejectsWith(reading, "read", "EBADF");
  });
});

/** Opens sockets until one has the number. */
function openAgain(t: Context, number: number, type: number): number {
  for (let count = 0; count < 1000; count += 1) {
    const fd = t.socket(AF_INET, type);
    if (fd === number) return fd;
  }
  throw new assert.AssertionError({ message: `${number} is not used again` });
}

conformance("a number that is used again", (test) => {
  test("a wait that close ended takes no byte of the socket that has its number", {}, async (t) => {
    const [one] = await tcpPair(t);
    const ended = rejectsWith(t.kernel.recv(one, new Uint8Array(16)), "recv", "EBADF");
    t.kernel.close(one);
    const fd = openAgain(t, one, SOCK_STREAM);
    t.kernel.listen(fd);
    const address = t.kernel.getsockname(fd);
    const client = t.socket(AF_INET, SOCK_STREAM);
    await t.kernel.connect(client, address);
    await ended;
    await t.accept(fd);
  });

  test("events of the closed socket do not reach the new one", {}, async (t) => {
    for (let round = 0; round < 20; round += 1) {
      const [one, other] = await tcpPair(t);
      const ended = rejectsWith(t.kernel.recv(one, new Uint8Array(16)), "recv", "EBADF");
      // The event is under way when the descriptor is closed.
      const sent = t.kernel.send(other, bytes("old"));
      t.kernel.close(one);
      const fd = openAgain(t, one, SOCK_DGRAM);
      t.kernel.bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
      const buffer = new Uint8Array(16);
      const waiting = t.kernel.recv(fd, buffer);
      await ended;
      await sent;
      assert.ok(await isPending(waiting));
      await t.kernel.sendto(fd, bytes("new"), 0, t.kernel.getsockname(fd));
      assert.equal(text(buffer, await waiting), "new");
      t.kernel.close(fd);
      t.kernel.close(other);
    }
  });

  test("a signal that is aborted after close and reuse harms nothing", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const abort = new AbortController();
    const receiving = t.kernel.recv(one, new Uint8Array(1), 0, { signal: abort.signal });
    t.kernel.close(one);
    t.kernel.close(other);
    await rejectsWith(receiving, "recv", "EBADF");
    const [three, four] = await tcpPair(t);
    assert.ok([three, four].includes(one));
    const again = t.kernel.recv(three, new Uint8Array(4));
    abort.abort();
    assert.ok(await isPending(again));
    await t.kernel.send(four, bytes("x"));
    assert.equal(await again, 1);
  });

  test("a cancelled connect whose number was used again does not break the new socket", {}, async (t) => {
    const { address } = await fullListener(t);
    const fd = t.socket(AF_INET, SOCK_STREAM);
    const abort = new AbortController();
    const connecting = t.kernel.connect(fd, address, { signal: abort.signal });
    t.kernel.close(fd);
    await rejectsWith(connecting, "connect", "EBADF");
    const again = openAgain(t, fd, SOCK_STREAM);
    t.kernel.listen(again);
    const client = t.socket(AF_INET, SOCK_STREAM);
    await t.kernel.connect(client, t.kernel.getsockname(again));
    abort.abort();
    await turns();
    const server = await t.accept(again);
    await t.kernel.send(client, bytes("fine"));
    assert.equal(text(await receiveAll(t, server, 4)), "fine");
  });
});
