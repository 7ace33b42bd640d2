import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AF_UNIX,
  createHost,
  MSG_DONTWAIT,
  SO_RCVTIMEO,
  SO_SNDBUF,
  SOCK_STREAM,
  SOL_SOCKET,
  type HostKernel,
} from "../../src/index.ts";
import { codeOf, pairs, skip, until } from "./ring.ts";

/** Buffers so small that a receive goes on for long, and so many that it does. */
const MANY_SMALL = { submissions: 64, completions: 256, buffers: 256, bufferBytes: 1024 };

/** More than a receive takes before the kernel lets others go on, and comes back to it. */
const PILE = new Uint8Array(120_000);

/** The other end of `fd` is closed, now: no operation keeps the file open. */
function assertEnded(kernel: HostKernel, fd: number): void {
  const memory = new Uint8Array(65536);
  const code = codeOf(() => {
    while (kernel.recvSync(fd, memory, MSG_DONTWAIT) > 0);
  });
  // What was not received there resets it.
  assert.ok(["none", "ECONNRESET"].includes(code), `the end did not come: ${code}`);
}

test("a close ends a receive that is about to go on", { skip }, async () => {
  const kernel = createHost({ engine: "io_uring", ring: MANY_SMALL });
  const { near, far } = pairs(kernel, 1);
  const [fd, peer] = [near[0] as number, far[0] as number];
  kernel.sendSync(peer, PILE);
  await new Promise<void>((resolve) => {
    kernel.flow(fd, {
      data: (_chunk, flow) => flow.close(),
      close: () => resolve(),
    });
  });
  assertEnded(kernel, peer);
  kernel.close(peer);
  assert.equal(kernel.inspect()["takers"], 0);
});

test("a pause ends a receive that is about to go on: the peer has to wait", { skip, timeout: 30_000 }, async () => {
  const kernel = createHost({ engine: "io_uring", ring: MANY_SMALL });
  const { near, far } = pairs(kernel, 1);
  const [fd, peer] = [near[0] as number, far[0] as number];
  let told = 0;
  kernel.sendSync(peer, PILE);
  const flow = kernel.flow(fd, {
    data(chunk, self) {
      told += chunk.length;
      self.pause();
    },
  });
  let sent = PILE.length;
  const code = codeOf(() => {
    for (;;) sent += kernel.sendSync(peer, PILE, MSG_DONTWAIT);
  });
  assert.equal(code, "EAGAIN");
  // A receive that went on would make room for ever.
  for (let waits = 0; waits < 20;) {
    await new Promise((resolve) => setImmediate(resolve));
    const more = codeOf(() => (sent += kernel.sendSync(peer, PILE, MSG_DONTWAIT)));
    waits = more === "EAGAIN" ? waits + 1 : 0;
    assert.ok(sent < 100 * PILE.length, "a paused flow takes all that comes");
  }
  assert.equal(told, 1024);
  flow.resume();
  await until(() => flow.bytesRead > 1024);
  flow.close();
  kernel.close(peer);
});

test("a descriptor that is closed with a collected write waits for no room", { skip }, async () => {
  const kernel = createHost({ engine: "io_uring" });
  const { near, far } = pairs(kernel, 20);
  const [fd, peer] = [near[0] as number, far[0] as number];
  kernel.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, 1);
  let closed = false;
  const errors: unknown[] = [];
  const first = kernel.flow(fd, { data: () => undefined });
  // It has waited for room once, and so it is watched.
  first.write(new Uint8Array(8000));
  assert.ok(first.bytesQueued > 0);
  for (let left = 8000; left > 0;) left -= await kernel.recv(peer, new Uint8Array(left));
  for (const other of near.slice(1)) {
    kernel.flow(other, {
      data() {
        if (closed) return;
        closed = true;
        // One of many: it is collected, and there is no room for all of it.
        first.write(new Uint8Array(8000));
        kernel.close(fd);
        try {
          assertEnded(kernel, peer);
        } catch (error) {
          errors.push(error);
        }
      },
    });
  }
  await new Promise((resolve) => setImmediate(resolve));
  for (const one of far.slice(1)) kernel.sendSync(one, new Uint8Array(1));
  await until(() => closed);
  assert.deepEqual(errors, []);
  for (const one of [...far, ...near.slice(1)]) kernel.close(one);
  assert.equal(kernel.inspect()["takers"], 0);
});

/** Has `work` happen once, among many completions: what is written there is collected. */
async function amongMany(kernel: HostKernel, work: () => void): Promise<void> {
  const { near, far } = pairs(kernel, 20);
  let done = false;
  const errors: unknown[] = [];
  const flows = near.map((fd) =>
    kernel.flow(fd, {
      data() {
        if (done) return;
        done = true;
        try {
          work();
        } catch (error) {
          errors.push(error);
        }
      },
    }),
  );
  await new Promise((resolve) => setImmediate(resolve));
  for (const fd of far) kernel.sendSync(fd, new Uint8Array(1));
  await until(() => flows.every(({ bytesRead }) => bytesRead === 1));
  for (const fd of [...near, ...far]) kernel.close(fd);
  assert.deepEqual(errors, []);
}

test("a collected write never goes to the next owner of its number", { skip }, async () => {
  const kernel = createHost({ engine: "io_uring" });
  const [fd, peer] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  // Paused, it has nothing in flight that its close would wait for.
  const flow = kernel.flow(fd, { data: () => undefined }, { paused: true });
  let again: [number, number] = [-1, -1];
  await amongMany(kernel, () => {
    flow.write(Buffer.from("for the first"));
    flow.close();
    again = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  });
  assert.equal(again[0], fd);
  const memory = new Uint8Array(100);
  assert.equal(kernel.recvSync(peer, memory, MSG_DONTWAIT), 13);
  assert.equal(kernel.recvSync(peer, memory, MSG_DONTWAIT), 0);
  assert.equal(
    codeOf(() => kernel.recvSync(again[1], memory, MSG_DONTWAIT)),
    "EAGAIN",
  );
  for (const one of [peer, ...again]) kernel.close(one);
});

test("a collected write leaves before the thread blocks for its answer", { skip }, async () => {
  const kernel = createHost({ engine: "io_uring" });
  const [fd, peer] = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  // waits for: an answer that would never come
  kernel.setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, 3000);
  const flow = kernel.flow(fd, { data: () => undefined });
  await amongMany(kernel, () => {
    flow.write(new Uint8Array(5));
    assert.equal(kernel.recvSync(peer, new Uint8Array(10)), 5);
  });
  flow.close();
  kernel.close(peer);
});
