import assert from "node:assert/strict";
import { AF_INET, MSG_DONTWAIT, MSG_PEEK, POLLIN, SOCK_DGRAM, SOCK_STREAM } from "../../src/index.ts";
import { conformance } from "./conformance.ts";
import { bytes, datagramSocket, isPending, listener, receiveAll, tcpPair, text, unixPair } from "./sockets.ts";

conformance("many waits", (test) => {
  test("one call reads while another writes on the same descriptor", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const buffer = new Uint8Array(4);
    const data = new Uint8Array(8 << 20).fill(7);
    const reading = t.kernel.recv(one, buffer);
    const writing = t.kernel.send(one, data);
    assert.ok(await isPending(Promise.race([reading, writing])));
    await t.kernel.send(other, bytes("read"));
    assert.equal(text(buffer, await reading), "read");
    assert.ok(await isPending(writing));
    assert.deepEqual(Buffer.from(await receiveAll(t, other, data.length)), Buffer.from(data));
    assert.equal(await writing, data.length);
  });

  test("receives that wait are served in their order", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const buffers = Array.from({ length: 20 }, () => new Uint8Array(2));
    const receiving = buffers.map((buffer) => t.kernel.recv(other, buffer));
    await t.kernel.send(one, bytes("00010203040506070809"));
    await t.kernel.send(one, bytes("10111213141516171819"));
    assert.deepEqual(
      await Promise.all(receiving),
      buffers.map(() => 2),
    );
    assert.deepEqual(
      buffers.map((buffer) => Number(text(buffer))),
      buffers.map((_, index) => index),
    );
  });

  test("sends that wait leave in their order, none inside another", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const size = 3 << 20;
    const sending = [1, 2, 3].map((value) => t.kernel.send(one, new Uint8Array(size).fill(value)));
    assert.ok(await isPending(Promise.race(sending.slice(1))));
    const got = await receiveAll(t, other, 3 * size);
    for (const [index, value] of [1, 2, 3].entries()) {
      assert.ok(got.subarray(index * size, (index + 1) * size).every((byte) => byte === value));
    }
    assert.deepEqual(await Promise.all(sending), [size, size, size]);
  });

  test("a call that needs not wait does not overtake one that waits", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const [first, second] = [new Uint8Array(1), new Uint8Array(1)];
    const receiving = t.kernel.recv(other, first);
    assert.ok(await isPending(receiving));
    const sent = t.kernel.send(one, bytes("12"));
    // The bytes are there, the event loop has not told yet.
    const receivingToo = t.kernel.recv(other, second);
    await Promise.all([receiving, receivingToo, sent]);
    assert.deepEqual([text(first), text(second)], ["1", "2"]);
  });

  test("hundreds of descriptors wait at once", {}, async (t) => {
    const count = 300;
    const { fd, address } = listener(t, undefined, count);
    const pairs = await Promise.all(
      Array.from({ length: count }, async () => {
        const client = t.socket(AF_INET, SOCK_STREAM);
        await t.kernel.connect(client, address);
        return client;
      }),
    );
    const servers = await Promise.all(pairs.map(() => t.accept(fd)));
    const buffers = servers.map(() => new Uint8Array(8));
    const receiving = servers.map((server, index) => t.kernel.recv(server, buffers[index] as Uint8Array));
    assert.ok(await isPending(Promise.race(receiving)));
    await Promise.all(pairs.map((client) => t.kernel.send(client, bytes(String(client)))));
    const counts = await Promise.all(receiving);
    const got = buffers.map((buffer, index) => text(buffer, counts[index])).sort();
    assert.deepEqual(got, pairs.map(String).sort());
  });

  test("waits on a descriptor and its duplicate both end", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const copy = t.own(t.kernel.dup(other));
    const buffer = new Uint8Array(1);
    const receiving = [t.kernel.recv(other, buffer), t.kernel.recv(copy, buffer)];
    assert.ok(await isPending(Promise.race(receiving)));
    await t.kernel.send(one, bytes("ab"));
    assert.deepEqual(await Promise.all(receiving), [1, 1]);
  });

  test("accept, receive and poll wait side by side", {}, async (t) => {
    const { fd, address } = listener(t);
    const datagrams = datagramSocket(t);
    const accepting = t.accept(fd);
    const receiving = t.kernel.recv(datagrams.fd, new Uint8Array(4));
    const polling = t.kernel.poll([
      { fd, events: POLLIN },
      { fd: datagrams.fd, events: POLLIN },
    ]);
    assert.ok(await isPending(Promise.race([accepting, receiving, polling])));
    await t.kernel.sendto(t.socket(AF_INET, SOCK_DGRAM), bytes("x"), 0, datagrams.address);
    assert.equal(await receiving, 1);
    await t.kernel.connect(t.socket(AF_INET, SOCK_STREAM), address);
    await accepting;
    // Who comes first is the kernel's to say; in the end the datagram is gone, and so is the connection.
    if (await isPending(polling)) await t.kernel.sendto(datagrams.fd, bytes("x"), 0, datagrams.address);
    assert.ok((await polling) > 0);
  });
});

conformance("the calls of others have their turn", (test) => {
  const ROUNDS = 3000;

  test("a loop of receives on a descriptor that is always ready lets timers run", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    await t.kernel.send(one, bytes("x"));
    const timers = { fired: 0 };
    const timer = setInterval(() => (timers.fired += 1), 0);
    t.after(() => clearInterval(timer));
    for (let round = 0; timers.fired === 0 && round < 1e6; round += 1) {
      await t.kernel.recv(other, new Uint8Array(1), MSG_PEEK);
    }
    assert.ok(timers.fired > 0);
  });

  test("a loop of sends lets timers run", {}, async (t) => {
    const one = datagramSocket(t);
    const timers = { fired: 0 };
    const timer = setInterval(() => (timers.fired += 1), 0);
    t.after(() => clearInterval(timer));
    for (let round = 0; timers.fired === 0 && round < 1e6; round += 1) {
      await t.kernel.sendto(one.fd, bytes("x"), 0, one.address);
    }
    assert.ok(timers.fired > 0);
  });

  test("a loop of polls that do not wait lets timers and other waits run", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const idle = datagramSocket(t);
    const waited = { received: false };
    const receiving = t.kernel.recv(other, new Uint8Array(1)).then(() => (waited.received = true));
    await t.kernel.send(one, bytes("x"));
    for (let round = 0; !waited.received && round < 1e6; round += 1) {
      await t.kernel.poll([{ fd: idle.fd, events: POLLIN }], 0);
    }
    assert.ok(waited.received);
    await receiving;
  });

  test("a loop of calls that reject with EAGAIN lets other waits run", {}, async (t) => {
    const [one, other] = await tcpPair(t);
    const idle = datagramSocket(t);
    const waited = { received: false };
    const receiving = t.kernel.recv(other, new Uint8Array(1)).then(() => (waited.received = true));
    await t.kernel.send(one, bytes("x"));
    for (let round = 0; !waited.received && round < 1e5; round += 1) {
      await t.kernel.recv(idle.fd, new Uint8Array(1), MSG_DONTWAIT).catch((error: { code: string }) => {
        assert.equal(error.code, "EAGAIN");
      });
    }
    assert.ok(waited.received);
    await receiving;
  });

  test("two programs that talk take turns with a third pair", { needs: ["unix"] }, async (t) => {
    const counts = [0, 0];
    await Promise.all(
      counts.map(async (_, index) => {
        const [one, other] = unixPair(t);
        const buffer = new Uint8Array(1);
        while (counts[index] !== ROUNDS) {
          await t.kernel.send(one, bytes("x"));
          await t.kernel.recv(other, buffer);
          counts[index] = (counts[index] ?? 0) + 1;
          assert.ok(Math.abs((counts[0] ?? 0) - (counts[1] ?? 0)) < 200, "neither runs away");
        }
      }),
    );
  });
});
