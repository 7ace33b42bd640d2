import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET, createHost, MSG_OOB, SOCK_STREAM, type HostKernel } from "../../src/index.ts";
import { skip } from "./ring.ts";

/** Connected TCP sockets: the one ends, and the other ends. */
async function tcpPairs(kernel: HostKernel, count: number): Promise<{ near: number[]; far: number[] }> {
  const listener = kernel.socket(AF_INET, SOCK_STREAM);
  kernel.bind(listener, { family: AF_INET, address: "127.0.0.1", port: 0 });
  kernel.listen(listener, count);
  const [near, far]: [number[], number[]] = [[], []];
  for (let made = 0; made < count; made += 1) {
    const fd = kernel.socket(AF_INET, SOCK_STREAM);
    await kernel.connect(fd, kernel.getsockname(listener));
    near.push(fd);
    far.push((await kernel.accept(listener)).fd);
  }
  kernel.close(listener);
  return { near, far };
}

const PAIRS = 100;

/** Some turns of the event loop, in which the kernel is told of what waits. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("awaited receives of a busy thread are served in turn", { skip }, async () => {
  const kernel = createHost({ engine: "io_uring" });
  const { near, far } = await tcpPairs(kernel, PAIRS);
  const served = Array.from({ length: PAIRS }, () => 0);
  let unserved = PAIRS;
  let most = 0;
  const one = new Uint8Array(1);
  const readers = near.map(async (fd, index) => {
    const memory = new Uint8Array(64);
    while (unserved > 0) {
      await kernel.recv(fd, memory);
      if (served[index] === 0) unserved -= 1;
      served[index] = (served[index] as number) + 1;
      most = Math.max(most, served[index]);
      // The peer answers at once: were it served at once as well, the others would starve.
      if (unserved > 0) kernel.sendSync(far[index] as number, one);
    }
  });
  // All wait, and the kernel knows it.
  await turns();
  for (const fd of far) kernel.sendSync(fd, one);
  await Promise.race(readers);
  assert.ok(most <= 3, `one was served ${most} times before each was served once`);
  for (const fd of far) kernel.sendSync(fd, one);
  await Promise.all(readers);
  for (const fd of [...near, ...far]) kernel.close(fd);
});

test("what follows urgent data is received on a busy thread, too", { skip }, async () => {
  const kernel = createHost({ engine: "io_uring" });
  const { near, far } = await tcpPairs(kernel, PAIRS);
  const [slow, sender] = [near.pop() as number, far.pop() as number];
  const over = new AbortController();
  // The others keep the thread busy.
  const busy = near.map(async (fd, index) => {
    const memory = new Uint8Array(64);
    while (!over.signal.aborted) {
      await kernel.send(far[index] as number, memory.subarray(0, 1));
      await kernel.recv(fd, memory);
    }
  });
  const memory = new Uint8Array(64);
  let received = "";
  await turns();
  const receiving = (async () => {
    while (received.length < 8) {
      received += Buffer.from(memory.subarray(0, await kernel.recv(slow, memory))).toString("latin1");
    }
  })();
  await turns();
  for (const [text, flags] of [
    ["before", 0],
    ["!", MSG_OOB],
    ["at", 0],
  ] as const) {
    // All of it before the first is received.
    kernel.sendSync(sender, Buffer.from(text), flags);
  }
  await receiving;
  over.abort();
  await Promise.all(busy);
  assert.equal(received, "beforeat");
  for (const fd of [...near, ...far, slow, sender]) kernel.close(fd);
});
