import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AF_INET,
  createHost,
  host,
  SO_SNDBUF,
  SOCK_STREAM,
  SOL_SOCKET,
  type Flow,
  type Inet4Address,
} from "../../src/index.ts";
import { pairs, skip, TINY, until } from "./ring.ts";

const CONNECTIONS = 200;
const BYTES = 20_000;

/** The byte at a place of a stream: a lost, doubled or moved one is seen, also between streams. */
const byteAt = (stream: number, offset: number): number => (stream * 89 + offset * 7 + (offset >> 8) * 13) & 0xff;
const piece = (stream: number, from: number, bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_byte, at) => byteAt(stream, from + at));

/** Echoes every stream back through `kernel`'s flows, pieces of many streams at a time; each byte is compared. */
async function echoes(ring: object, pieceBytes: number, tune: (fd: number) => void): Promise<number> {
  const kernel = createHost({ engine: "io_uring", ring });
  const { near, far } = pairs(kernel, CONNECTIONS);
  for (const fd of near) tune(fd);
  const received = far.map(() => 0);
  const sent = far.map(() => 0);
  let wrong = 0;
  for (const fd of near) kernel.flow(fd, { data: (chunk, flow) => void flow.write(chunk) });
  const clients = far.map((fd, stream) => {
    const client = kernel.flow(fd, {
      data(chunk) {
        const from = received[stream] as number;
        received[stream] = from + chunk.length;
        wrong += chunk.filter((byte, at) => byte !== byteAt(stream, from + at)).length;
      },
    });
    return client;
  });
  while (sent.some((bytes) => bytes < BYTES)) {
    for (const [stream, client] of clients.entries()) {
      const from = sent[stream] as number;
      const bytes = Math.min(pieceBytes, BYTES - from);
      if (bytes > 0) client.write(piece(stream, from, bytes));
      sent[stream] = from + bytes;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => received.every((bytes) => bytes === BYTES));
  assert.equal(wrong, 0, "bytes that are not what was sent");
  for (const client of clients) client.close();
  await until(() => kernel.inspect()["descriptors"] === 0);
  assert.equal(kernel.inspect()["takers"], 0);
  return kernel.inspect()["turns"] as number;
}

test("a completion queue that overflows loses nothing", { skip, timeout: 60_000 }, async () => {
  await echoes({ submissions: 8, completions: 16 }, 700, () => undefined);
});

test(
  "two small buffers serve hundreds of senders: no loss, and no turn without progress",
  { skip, timeout: 60_000 },
  async () => {
    const turns = await echoes({ ...TINY, submissions: 1024, completions: 4096 }, 700, () => undefined);
    // Each turn that was spent has moved at least a buffer's part of the bytes that went both ways.
    assert.ok(turns < (2 * CONNECTIONS * BYTES) / 350, `${turns} turns`);
  },
);

test("short sends in a queue that overflows keep every byte and their order", { skip, timeout: 60_000 }, async () => {
  // The least that Linux grants.
  await echoes(TINY, 1000, (fd) => host.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, 1));
});

test("short sends behind completions that found no room keep their bytes", { skip, timeout: 60_000 }, async () => {
  const kernel = createHost({ engine: "io_uring", ring: { ...TINY, buffers: 512, sendBytes: 262_144 } });
  const { near, far } = pairs(kernel, CONNECTIONS);
  // The least that Linux grants: no answer leaves whole.
  for (const fd of near) kernel.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, 1);
  let answered = 0;
  const flows = near.map((fd, stream) =>
    kernel.flow(fd, {
      data(_chunk, flow) {
        if (flow.bytesWritten + flow.bytesQueued > 0) return;
        answered += 1;
        flow.write(piece(stream, 0, 8000));
      },
    }),
  );
  await until(() => kernel.inspect()["takers"] === CONNECTIONS);
  await new Promise((resolve) => setImmediate(resolve));
  // Many completions each: far more than find room.
  for (const fd of far) kernel.sendSync(fd, new Uint8Array(5000));
  await until(() => answered === CONNECTIONS);
  assert.ok(flows.some(({ bytesQueued }) => bytesQueued > 0));
  for (const [stream, fd] of far.entries()) {
    const memory = new Uint8Array(8000);
    for (let received = 0; received < memory.length;) received += await kernel.recv(fd, memory.subarray(received));
    assert.deepEqual(memory, piece(stream, 0, 8000), `stream ${stream}`);
  }
  for (const flow of flows) flow.close();
  for (const fd of far) kernel.close(fd);
});

test("what a turn has not told when it ends for promises stays as it is", { skip, timeout: 60_000 }, async () => {
  const kernel = createHost({ engine: "io_uring", ring: { buffers: 128, bufferBytes: 1024 } });
  const { near, far } = pairs(kernel, CONNECTIONS);
  const wrong: number[] = [];
  const flows = near.map((fd, stream) => {
    const data = (chunk: Uint8Array, flow: Flow): void => {
      const from = flow.bytesRead - chunk.length;
      if (Buffer.compare(chunk, piece(stream, from, chunk.length)) !== 0) wrong.push(stream);
      // What is collected has the kernel go on at the end of the turn.
      flow.write(new Uint8Array(1));
    };
    return kernel.flow(fd, { data }, { promises: true });
  });
  await until(() => kernel.inspect()["takers"] === CONNECTIONS);
  let sent = 0;
  // Parts of several streams in one buffer, at other places each time, and more than a turn tells.
  for (const bytes of [2900, 3300, 3700, 4100, 4500, 4900]) {
    for (const [stream, fd] of far.entries()) kernel.sendSync(fd, piece(stream, sent, bytes));
    sent += bytes;
    await until(() => flows.every(({ bytesRead }) => bytesRead === sent));
  }
  assert.deepEqual(wrong, []);
  for (const flow of flows) flow.close();
  for (const fd of far) kernel.close(fd);
});

test("a listener goes on accepting after the completion queue has overflowed", { skip, timeout: 60_000 }, async () => {
  const kernel = createHost({ engine: "io_uring", ring: TINY });
  const listener = kernel.socket(AF_INET, SOCK_STREAM);
  kernel.bind(listener, { family: AF_INET, address: "127.0.0.1", port: 0 });
  kernel.listen(listener, 4096);
  const address = kernel.getsockname(listener) as Inet4Address;
  const accepted: number[] = [];
  const accepting = kernel.acceptFlow(listener, { connection: (fd) => void accepted.push(fd) });
  const { near, far } = pairs(kernel, CONNECTIONS);
  const flows = near.map((fd) => kernel.flow(fd, { data: () => undefined }));
  await until(() => kernel.inspect()["takers"] === CONNECTIONS + 1);
  const clients: number[] = [];
  for (let round = 1; round <= 10; round += 1) {
    // One event of the listener among hundreds of others, in a queue for sixteen.
    for (const fd of far) kernel.sendSync(fd, new Uint8Array(1));
    const client = kernel.socket(AF_INET, SOCK_STREAM);
    clients.push(client);
    kernel.connectSync(client, address);
    await until(() => accepted.length === round && flows.every(({ bytesRead }) => bytesRead === round));
  }
  accepting.close();
  for (const flow of flows) flow.close();
  for (const fd of [...far, ...clients, ...accepted]) kernel.close(fd);
});
