import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { AF_INET, MSG_WAITALL, POLLIN, SHUT_RD, SHUT_WR, SOCK_STREAM } from "../../src/index.ts";
import { conformance, type Context } from "./conformance.ts";
import { bytes, isPending, listener, receiveAll, tcpPair, unixPair } from "./sockets.ts";
import { startThread } from "./threads.ts";

async function connected(t: Context, address: Parameters<typeof t.kernel.connect>[1]): Promise<number> {
  const client = t.socket(AF_INET, SOCK_STREAM);
  await t.kernel.connect(client, address);
  return client;
}

conformance("threads", (test) => {
  test("two threads talk, each with its blocking calls", { needs: ["threads", "blocking"] }, async (t) => {
    const [one, other] = await tcpPair(t);
    const { result } = await startThread(t, "echo", other);
    const buffer = new Uint8Array(4);
    for (let round = 0; round < 200; round += 1) {
      new DataView(buffer.buffer).setUint32(0, round);
      t.blocking.sendSync(one, buffer);
      t.blocking.recvSync(one, buffer.fill(0), MSG_WAITALL);
      assert.equal(new DataView(buffer.buffer).getUint32(0), round);
    }
    t.kernel.shutdown(one, SHUT_WR);
    assert.equal(await result, 800);
  });

  test(
    "a blocking send of more than the buffers waits for the other thread",
    { needs: ["threads", "blocking"] },
    async (t) => {
      const [one, other] = unixPair(t);
      const { result } = await startThread(t, "blockInSend", other, 8 << 20);
      assert.equal((await receiveAll(t, one, 8 << 20)).length, 8 << 20);
      assert.equal(await result, 8 << 20);
    },
  );

  test(
    "a blocking Unix send ends when the peer will receive no more",
    { needs: ["threads", "blocking", "unix"] },
    async (t) => {
      const [one, other] = unixPair(t);
      const { result } = await startThread(t, "blockInSend", other, 8 << 20);
      await t.kernel.poll([{ fd: one, events: POLLIN }]);
      t.kernel.shutdown(one, SHUT_RD);
      const sent = (await result) as number;
      assert.ok(sent > 0 && sent < 8 << 20, `${sent} bytes`);
    },
  );

  test(
    "one thread reads while this one writes to the same descriptor",
    { needs: ["threads", "blocking"] },
    async (t) => {
      const [one, other] = await tcpPair(t);
      const { result } = await startThread(t, "echo", other);
      const data = new Uint8Array(1 << 20).map((_, index) => index * 7);
      const [got] = await Promise.all([receiveAll(t, one, data.length), t.kernel.send(one, data)]);
      const digest = (of: Uint8Array): string => createHash("sha256").update(of).digest("hex");
      assert.equal(digest(got), digest(data));
      t.kernel.shutdown(one, SHUT_WR);
      assert.equal(await result, data.length);
    },
  );

  test(
    "acceptSync waits in one thread while another has accepted with accept",
    { needs: ["threads", "blocking"] },
    async (t) => {
      const { fd, address } = listener(t);
      // The descriptor is O_NONBLOCK underneath from here on; acceptSync must wait nevertheless.
      const accepting = t.accept(fd);
      await connected(t, address);
      await accepting;
      const { worker, result } = await startThread(t, "acceptSync", fd, 2);
      assert.ok(await isPending(worker.exited));
      for (let count = 0; count < 2; count += 1) {
        assert.equal(await t.kernel.recv(await connected(t, address), new Uint8Array(1)), 1);
      }
      assert.equal(await result, 2);
    },
  );

  test(
    "two threads accept from one listener, and no connection is lost",
    { needs: ["threads", "blocking"] },
    async (t) => {
      const { fd, address } = listener(t);
      const threads = [await startThread(t, "accept", fd), await startThread(t, "accept", fd)];
      const total = 60;
      for (let round = 0; round < total / 4; round += 1) {
        const clients = await Promise.all([0, 1, 2, 3].map(() => connected(t, address)));
        for (const client of clients) t.kernel.shutdown(client, SHUT_WR);
        for (const client of clients) assert.equal(await t.kernel.recv(client, new Uint8Array(1)), 0);
      }
      // A byte ends the thread that gets it: each gets one.
      for (const _ of threads) await t.kernel.send(await connected(t, address), bytes("x"));
      const counts = (await Promise.all(threads.map(({ result }) => result))) as number[];
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        total + threads.length,
      );
    },
  );

  test("calls that wait by the event loop work in several threads at once", { needs: ["threads"] }, async (t) => {
    const pairs = [0, 1, 2].map(() => unixPair(t));
    const threads = await Promise.all(pairs.map(([, other]) => startThread(t, "receive", other, 3)));
    for (const [one] of pairs) await t.kernel.send(one, new Uint8Array([1, 2, 3]));
    assert.deepEqual(await Promise.all(threads.map(({ result }) => result)), [6, 6, 6]);
  });

  for (const program of ["block", "wait"] as const) {
    test(
      `terminate ends a thread that ${program}s in recv, and closes what it opened`,
      { needs: ["threads", "blocking"] },
      async (t) => {
        const { worker } = await startThread(t, program);
        worker.terminate();
        assert.equal(await worker.exited, 1);
      },
    );
  }

  for (const program of ["blockInAccept", "blockInPoll", "blockInSend"] as const) {
    test(
      `terminate ends a thread in ${program}, and leaves others' descriptors open`,
      { needs: ["threads", "blocking"] },
      async (t) => {
        const fd = program === "blockInAccept" ? listener(t).fd : unixPair(t)[0];
        const { worker } = await startThread(t, program, fd, 16 << 20);
        assert.ok(await isPending(worker.exited));
        worker.terminate();
        assert.equal(await worker.exited, 1);
        t.kernel.getsockname(fd);
      },
    );
  }
});
