import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { AF_INET, FIONREAD, MSG_WAITALL, POLLIN, SOCK_STREAM, type Kernel, type WaitOptions } from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { bytes, isPending, listener, receiveAll, tcpPair, text, turns, unixPair } from "./sockets.ts";
import { fullListener } from "./full-listener.ts";

/** The calls that receive one byte from a connection. */
const RECEIVES: readonly [string, (kernel: Kernel, fd: number, options: WaitOptions) => Promise<unknown>][] = [
  ["recv", (kernel, fd, options) => kernel.recv(fd, new Uint8Array(1), 0, options)],
  ["recvfrom", (kernel, fd, options) => kernel.recvfrom(fd, new Uint8Array(1), 0, options)],
  ["recvmsg", (kernel, fd, options) => kernel.recvmsg(fd, { data: new Uint8Array(1) }, 0, options)],
  ["recvmmsg", (kernel, fd, options) => kernel.recvmmsg(fd, [{ data: new Uint8Array(1) }], 0, options)],
  ["read", (kernel, fd, options) => kernel.read(fd, new Uint8Array(1), options)],
  ["readv", (kernel, fd, options) => kernel.readv(fd, [new Uint8Array(1)], options)],
  ["poll", (kernel, fd, options) => kernel.poll([{ fd, events: POLLIN }], -1, options)],
  ["select", (kernel, fd, options) => kernel.select([fd], [], [], -1, options)],
];

const BIG = 16 << 20;

/** The calls that send, more than a connection takes without a reader. */
const SENDS: readonly [string, (kernel: Kernel, fd: number, options: WaitOptions) => Promise<number>][] = [
  ["send", (kernel, fd, options) => kernel.send(fd, new Uint8Array(BIG), 0, options)],
  ["sendto", (kernel, fd, options) => kernel.sendto(fd, new Uint8Array(BIG), 0, undefined, options)],
  ["sendmsg", (kernel, fd, options) => kernel.sendmsg(fd, { data: new Uint8Array(BIG) }, 0, options)],
  ["write", (kernel, fd, options) => kernel.write(fd, new Uint8Array(BIG), options)],
  ["writev", (kernel, fd, options) => kernel.writev(fd, [new Uint8Array(BIG)], options)],
];

async function isAborted(promise: Promise<unknown>, reason: unknown): Promise<void> {
  await assert.rejects(promise, (error: Error & { code: string }) => {
    assert.equal(error.name, "AbortError");
    assert.equal(error.code, "ABORT_ERR");
    assert.equal(error.cause, reason);
    return true;
  });
}

conformance("cancelling", (test) => {
  for (const [call, receive] of RECEIVES) {
    test(`a ${call} that is cancelled takes no byte`, {}, async (t) => {
      const [one, other] = await tcpPair(t);
      const abort = new AbortController();
      const receiving = receive(t.kernel, other, { signal: abort.signal });
      assert.ok(await isPending(receiving));
      const reason = new Error("enough");
      abort.abort(reason);
      await isAborted(receiving, reason);
      await t.kernel.send(one, bytes("kept"));
      await turns();
      assert.equal(t.kernel.ioctl(other, FIONREAD), 4);
      assert.equal(text(await receiveAll(t, other, 4)), "kept");
    });

    test(`a ${call} whose signal was aborted before does nothing, though bytes are there`, {}, async (t) => {
      const [one, other] = await tcpPair(t);
      await t.kernel.send(one, bytes("kept"));
      const reason = new Error("never mind");
      await isAborted(receive(t.kernel, other, { signal: AbortSignal.abort(reason) }), reason);
      assert.equal(t.kernel.ioctl(other, FIONREAD), 4);
    });
  }

  for (const [call, send] of SENDS) {
    test(`a ${call} that is cancelled tells how much has left`, {}, async (t) => {
      const [one, other] = await tcpPair(t);
      const abort = new AbortController();
      const sending = send(t.kernel, one, { signal: abort.signal });
      assert.ok(await isPending(sending));
      abort.abort();
      const sent = await sending;
      assert.ok(sent > 0 && sent < BIG, `${sent} bytes`);
      t.kernel.shutdown(one, 1);
      assert.equal((await receiveAll(t, other)).length, sent);
    });

    test(`a ${call} that is cancelled before its first byte rejects`, {}, async (t) => {
      const [one, other] = await tcpPair(t);
      const first = t.kernel.send(one, new Uint8Array(BIG));
      const abort = new AbortController();
      const sending = send(t.kernel, one, { signal: abort.signal });
      assert.ok(await isPending(Promise.race([first, sending])));
      abort.abort("no");
      await isAborted(sending, "no");
      t.after(() => first);
      assert.equal((await receiveAll(t, other, BIG)).length, BIG);
      assert.equal(t.kernel.ioctl(other, FIONREAD), 0);
    });
  }

  test("a receive with MSG_WAITALL that is cancelled gives what it has", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const abort = new AbortController();
    const buffer = new Uint8Array(8);
    const receiving = t.kernel.recv(other, buffer, MSG_WAITALL, { signal: abort.signal });
    await t.kernel.send(one, bytes("half"));
    assert.ok(await isPending(receiving));
    abort.abort();
    assert.equal(text(buffer, await receiving), "half");
  });

  test("a receive that is cancelled leaves its place to the next", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const abort = new AbortController();
    const first = t.kernel.recv(other, new Uint8Array(4), 0, { signal: abort.signal });
    const buffer = new Uint8Array(4);
    const second = t.kernel.recv(other, buffer);
    abort.abort();
    await isAborted(first, abort.signal.reason);
    await t.kernel.send(one, bytes("next"));
    assert.equal(text(buffer, await second), "next");
  });

  test("an accept that is cancelled loses no connection", {}, async (t) => {
    const { fd, address } = listener(t);
    const abort = new AbortController();
    const accepting = t.kernel.accept(fd, { signal: abort.signal });
    assert.ok(await isPending(accepting));
    abort.abort();
    await isAborted(accepting, abort.signal.reason);
    const client = t.socket(AF_INET, SOCK_STREAM);
    await t.kernel.connect(client, address);
    await isAborted(t.kernel.accept(fd, { signal: abort.signal }), abort.signal.reason);
    const accepted = await t.kernel.accept(fd);
    t.own(accepted.fd);
    assert.deepEqual(accepted.address, t.kernel.getsockname(client));
  });

  test("a connect that is cancelled leaves a socket that can connect", {}, async (t) => {
    const { address } = await fullListener(t);
    const client = t.socket(AF_INET, SOCK_STREAM);
    const abort = new AbortController();
    const connecting = t.kernel.connect(client, address, { signal: abort.signal });
    assert.ok(await isPending(connecting));
    abort.abort();
    await isAborted(connecting, abort.signal.reason);
    const [open] = [listener(t)];
    await t.kernel.connect(client, open.address);
    assert.deepEqual(t.kernel.getpeername(client), open.address);
  });

  test("a connect to a full AF_UNIX backlog that is cancelled never arrives", { needs: ["unix"] }, async (t) => {
    const { fd, address } = listener(t, { family: 1, path: `\0${t.directory()}` }, 0);
    await t.kernel.connect(t.socket(1, SOCK_STREAM), address);
    const abort = new AbortController();
    const connecting = t.kernel.connect(t.socket(1, SOCK_STREAM), address, { signal: abort.signal });
    assert.ok(await isPending(connecting));
    abort.abort();
    await isAborted(connecting, abort.signal.reason);
    await t.accept(fd);
    assert.ok(await isPending(t.kernel.poll([{ fd, events: POLLIN }], 100)));
  });

  test("one signal ends many waits, and keeps nothing of them", {}, async (t) => {
    const warnings: Error[] = [];
    const warn = (warning: Error): unknown => warnings.push(warning);
    process.on("warning", warn);
    t.after(() => process.off("warning", warn));
    const abort = new AbortController();
    const pairs = await Promise.all(Array.from({ length: 50 }, () => tcpPair(t)));
    const waits = pairs.map(([one]) => t.kernel.recv(one, new Uint8Array(1), 0, { signal: abort.signal }));
    assert.ok(await isPending(Promise.race(waits)));
    abort.abort();
    for (const wait of waits) await isAborted(wait, abort.signal.reason);
    for (const [one, other] of pairs) {
      await t.kernel.send(other, bytes("x"));
      assert.equal(await t.kernel.recv(one, new Uint8Array(4)), 1);
    }
    assert.deepEqual(warnings, []);
  });

  test("a signal that is aborted after the call does nothing", { needs: ["unix"] }, async (t) => {
    const [one, other] = unixPair(t);
    const abort = new AbortController();
    const receiving = t.kernel.recv(other, new Uint8Array(4), 0, { signal: abort.signal });
    await t.kernel.send(one, bytes("x"));
    assert.equal(await receiving, 1);
    assert.deepEqual(getEventListeners(abort.signal, "abort"), [], "nothing of the call is left in the signal");
    abort.abort();
    await t.kernel.send(one, bytes("y"));
    assert.equal(await t.kernel.recv(other, new Uint8Array(4)), 1);
  });
});
