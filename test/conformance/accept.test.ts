import assert from "node:assert/strict";
import { AF_INET, F_GETFD, F_GETFL, FD_CLOEXEC, O_NONBLOCK, SOCK_NONBLOCK, SOCK_STREAM } from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { bytes, isPending, listener, text } from "./sockets.ts";

conformance("accept", (test) => {
  test("accept gives the connection and the address of its other end", {}, async (t) => {
    const { fd, address } = listener(t);
    const client = t.socket(AF_INET, SOCK_STREAM);
    await t.kernel.connect(client, address);
    const accepted = await t.kernel.accept(fd);
    t.own(accepted.fd);
    assert.deepEqual(accepted.address, t.kernel.getsockname(client));
    await t.kernel.send(client, bytes("hello"));
    const buffer = new Uint8Array(16);
    assert.equal(text(buffer, await t.kernel.recv(accepted.fd, buffer)), "hello");
  });

  test("accept waits for a connection", {}, async (t) => {
    const { fd, address } = listener(t);
    const accepting = t.accept(fd);
    assert.ok(await isPending(accepting));
    await t.kernel.connect(t.socket(AF_INET, SOCK_STREAM), address);
    await accepting;
  });

  test("two accepts take the connections in their order", {}, async (t) => {
    const { fd, address } = listener(t);
    const accepting = [t.kernel.accept(fd), t.kernel.accept(fd)];
    const first = t.socket(AF_INET, SOCK_STREAM);
    const second = t.socket(AF_INET, SOCK_STREAM);
    await t.kernel.connect(first, address);
    await t.kernel.connect(second, address);
    const accepted = await Promise.all(accepting);
    for (const { fd: one } of accepted) t.own(one);
    assert.deepEqual(
      accepted.map((one) => one.address),
      [t.kernel.getsockname(first), t.kernel.getsockname(second)],
    );
  });

  test("a listener that was accepted from shows no O_NONBLOCK", {}, async (t) => {
    const { fd, address } = listener(t);
    await t.kernel.connect(t.socket(AF_INET, SOCK_STREAM), address);
    await t.accept(fd);
    assert.equal(t.kernel.fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  });

  test("the flag SOCK_NONBLOCK is the new descriptor's; close-on-exec is every one's", {}, async (t) => {
    const { fd, address } = listener(t);
    await t.kernel.connect(t.socket(AF_INET, SOCK_STREAM), address);
    await t.kernel.connect(t.socket(AF_INET, SOCK_STREAM), address);
    const nonBlocking = t.own((await t.kernel.accept(fd, { flags: SOCK_NONBLOCK })).fd);
    assert.equal(t.kernel.fcntl(nonBlocking, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    const blocking = await t.accept(fd);
    assert.equal(t.kernel.fcntl(blocking, F_GETFL) & O_NONBLOCK, 0);
    for (const one of [nonBlocking, blocking]) assert.equal(t.kernel.fcntl(one, F_GETFD), FD_CLOEXEC);
  });
});
