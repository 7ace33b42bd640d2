/**
 * Connections open at once, both ends in one process, and what each end costs while it is idle: below the calls, or
 * through them, and after a first exchange.
 * `npm run bench -- --only stack-connections`, or
 * `node --expose-gc --max-old-space-size=8192 build/bench/stack/connections.js [--connections N] [--part below|calls]`
 */
import { parseArgs } from "node:util";
import type { Connection } from "../../src/stack/tcp/connection.ts";
import { describeMachine, machineText } from "../machine.ts";
import { figure, grouped, table } from "../table.ts";
import { bytesHeld, costOf } from "./cost.ts";
import { connectTo, line, listenOn } from "./kernels.ts";
import { Line } from "./line.ts";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "100000" },
    // Each in a process of its own, so that neither's garbage counts for the other.
    part: { type: "string", default: "below" },
  },
});
const connections = Number(values.connections);
const ENDS = 2;
const rows: string[][] = [];
const tell = (what: string, bytes: number, cpuS: number): void => {
  const { rss } = process.memoryUsage();
  rows.push([
    what,
    grouped(bytes / connections / ENDS),
    figure(bytes / 1e6, 0),
    figure(rss / 1e6, 0),
    figure((cpuS * 1e6) / connections, 1),
  ]);
};

/** Below the calls: opened a thousand at a time. */
async function bare(): Promise<void> {
  const between = new Line();
  const open: Connection[] = [];
  between.listener(80);
  const before = bytesHeld();
  const opened = await costOf(() => {
    for (let n = 0; n < connections; n++) {
      const listener = between.listener(80 + Math.floor(n / 64_000));
      open.push(between.call(n));
      if (n % 1000 !== 999 && n !== connections - 1) continue;
      for (let turns = 0; turns < 3; turns++) between.turn();
      for (let c = listener.accept(); c !== undefined; c = listener.accept()) open.push(c);
    }
  });
  for (const port of [80, 81]) {
    const listener = between.listener(port);
    for (let c = listener.accept(); c !== undefined; c = listener.accept()) open.push(c);
  }
  if (open.length !== ENDS * connections) throw new Error(`${open.length} ends are open`);
  tell("below the calls", bytesHeld() - before, opened.cpuS);
  const byte = new Uint8Array(64);
  const used = await costOf(() => {
    for (let n = 0; n < open.length; n++) {
      open[n]?.write(byte, 0, byte.length, 0);
      if (n % 500 === 499 || n === open.length - 1) between.turn();
    }
    between.nowUs += 1_000_000;
    for (let turns = 0; turns < 3; turns++) between.turn();
    for (const c of open) if (c.read(byte, 0, byte.length, 0) !== byte.length) throw new Error("64 bytes did not come");
    between.nowUs += 1_000_000;
    for (let turns = 0; turns < 3; turns++) between.turn();
  });
  tell("after 64 bytes each way", bytesHeld() - before, used.cpuS);
}

/** Through the calls: a descriptor at each end. */
async function called(): Promise<void> {
  const ends = line(1500);
  const ports = [80, 81, 82, 83];
  const listeners = ports.map((port) => listenOn(ends, port));
  const before = bytesHeld();
  const opened = await costOf(async () => {
    for (let n = 0; n < connections; n++) {
      const at = n % ports.length;
      await connectTo(ends, listeners[at] as number, ports[at] as number);
    }
  });
  tell("through the calls", bytesHeld() - before, opened.cpuS);
}

console.log(machineText(describeMachine()));
await (values.part === "below" ? bare() : called());
const head = ["open and idle", "bytes an end", "heap and buffers, MB", "RSS, MB", "CPU µs a connection"];
console.log(`\n${grouped(connections)} connections, two ends each, in one process\n\n${table(1, head, rows)}`);
process.exit();
