/**
 * One stream between two stacks in one process: below the calls by MTU, then through the contract's calls, all with
 * the checksums made and verified; at last the memory at each gigabyte.
 * `npm run bench -- --only stack-bulk`, or `node --expose-gc build/bench/stack/bulk.js [--mb N] [--rounds N] [--gb N]`
 */
import { parseArgs } from "node:util";
import { describeMachine, machineText } from "../machine.ts";
import { figure, grouped, table } from "../table.ts";
import { bytesHeld, medianCost, type Cost } from "./cost.ts";
import { connectTo, line, listenOn, loopback, type Ends } from "./kernels.ts";
import { BulkStream } from "./stream.ts";

const { values } = parseArgs({
  options: {
    mb: { type: "string", default: "500" },
    rounds: { type: "string", default: "5" },
    gb: { type: "string", default: "10" },
  },
});
const megabytes = Number(values.mb);
const rounds = Number(values.rounds);
const PORT = 80;
const CHUNK_BYTES = 65_536;

const rows: string[][] = [];
const tell = (what: string, { wallS, cpuS }: Cost): void => {
  rows.push([what, grouped(megabytes / cpuS), grouped(megabytes / wallS), figure((cpuS * 1e6) / megabytes, 0)]);
};

/** `await send` at one end and `await recv` at the other. */
async function pulled({ client, server }: Ends, from: number, to: number, bytes: number): Promise<void> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  const into = new Uint8Array(CHUNK_BYTES);
  const sends = async (): Promise<void> => {
    for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
      await client.send(from, left < CHUNK_BYTES ? chunk.subarray(0, left) : chunk);
    }
  };
  const receives = async (): Promise<void> => {
    for (let left = bytes; left > 0;) left -= await server.recv(to, into);
  };
  await Promise.all([sends(), receives()]);
}

/** A flow at each end: the sender writes while its queue takes more. */
async function pushed(ends: Ends, port: number, bytes: number): Promise<() => Promise<void>> {
  const { client, server } = ends;
  const opened = await connectTo(ends, listenOn(ends, port), port);
  const chunk = new Uint8Array(CHUNK_BYTES);
  let left = 0;
  let missing = 0;
  let done: () => void = () => {};
  server.flow(opened.server, {
    data: ({ length }) => {
      missing -= length;
      if (missing <= 0) done();
    },
  });
  const more = (): void => {
    let takes = true;
    while (takes && left > 0) {
      const count = Math.min(left, CHUNK_BYTES);
      takes = flow.write(count === CHUNK_BYTES ? chunk : chunk.subarray(0, count));
      left -= count;
    }
  };
  const flow = client.flow(opened.client, { data: () => {}, drain: more });
  return () =>
    new Promise((resolve) => {
      done = resolve;
      left = missing = bytes;
      more();
    });
}

console.log(machineText(describeMachine()));
const bytes = megabytes * 1e6;
for (const mtu of [1500, 9000, 65_535]) {
  const stream = new BulkStream(mtu);
  tell(`below the calls, MTU ${mtu}`, await medianCost(rounds, () => stream.carry(bytes)));
}
for (const [name, ends] of [
  ["MTU 1500", line(1500)],
  ["MTU 65535", line(65_535)],
  ["loopback, no checksum", loopback()],
] as const) {
  const { client, server } = await connectTo(ends, listenOn(ends, PORT), PORT);
  tell(`await send, recv, ${name}`, await medianCost(rounds, () => pulled(ends, client, server, bytes)));
  const push = await pushed(ends, PORT + 1, bytes);
  tell(`flow, ${name}`, await medianCost(rounds, push));
}
const head = ["one stream", "MB per processor second", "MB/s", "CPU µs/MB"];
console.log(`\n${megabytes} MB at a time, median of ${rounds} rounds\n\n${table(1, head, rows)}\n`);

const gigabytes = Number(values.gb);
const memory: string[][] = [];
if (gigabytes > 0) {
  const stream = new BulkStream(65_535);
  for (let carried = 0; carried <= gigabytes; carried++) {
    const { rss } = process.memoryUsage();
    const { memoryBytes, inUse } = stream.line.pool;
    memory.push([
      String(carried),
      figure(bytesHeld() / 1e6, 2),
      figure(memoryBytes / 1e6, 2),
      String(inUse),
      figure(rss / 1e6, 0),
    ]);
    if (carried < gigabytes) stream.carry(1e9);
  }
  const titles = ["GB carried", "heap and buffers, MB", "pool, MB", "packets held", "RSS, MB"];
  console.log(`MTU 65535, memory after a collection\n\n${table(1, titles, memory)}`);
}
process.exit();
