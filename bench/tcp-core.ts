/**
 * Two ends of TCP in one process, one thread, no sockets above them: bulk transfer by MTU, with checksums made and
 * verified, and connections opened and closed.
 * `node --expose-gc build/bench/tcp-core.js [--mb N] [--rounds N] [--mtu LIST] [--connections N]`
 */
import { parseArgs } from "node:util";
import { TcpSettings } from "../src/stack/tcp/settings.ts";
import type { Connection } from "../src/stack/tcp/connection.ts";
import { Cable } from "../test/tcp/cable.ts";
import { Host } from "../test/tcp/network.ts";
import { connectTo, listenOn } from "../test/tcp/program.ts";
import { median } from "./median.ts";
import { grouped, table } from "./table.ts";

const { values } = parseArgs({
  options: {
    mb: { type: "string", default: "500" },
    rounds: { type: "string", default: "5" },
    mtu: { type: "string", default: "1500,9000,65535" },
    connections: { type: "string", default: "20000" },
  },
});

const CHUNK_BYTES = 65536;
/** A turn of the cable: half of the round trip. */
const TURN_US = 50;

/** Megabytes a second of processor time, one way. */
function bulk(mtu: number, megabytes: number): number {
  const cable = new Cable(TURN_US);
  const from = new Host(cable, "10.0.0.1", mtu);
  const to = new Host(cable, "10.0.0.2", mtu);
  const listener = listenOn(to);
  const client = connectTo(from, to);
  while (listener.acceptable === 0) cable.turn();
  const server = listener.accept() as Connection;
  const chunk = new Uint8Array(CHUNK_BYTES).fill(7);
  const into = new Uint8Array(CHUNK_BYTES);
  const total = megabytes * 1e6;
  const before = process.cpuUsage();
  for (let received = 0; received < total;) {
    while (client.write(chunk, 0, CHUNK_BYTES, 0) === CHUNK_BYTES);
    cable.turn();
    for (let count = 1; count > 0;) {
      count = server.read(into, 0, CHUNK_BYTES, 0);
      received += count;
    }
  }
  const { user, system } = process.cpuUsage(before);
  return total / (user + system);
}

/** Connections opened and closed in a second of processor time; the client closes first and keeps TIME-WAIT. */
function churn(count: number): number {
  const cable = new Cable(TURN_US);
  const from = new Host(cable, "10.0.0.1");
  const to = new Host(cable, "10.0.0.2");
  const listener = listenOn(to);
  const settings = new TcpSettings();
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    const client = connectTo(from, to, settings, 1024 + (i % 60_000));
    cable.turn();
    cable.turn();
    cable.turn();
    const server = listener.accept() as Connection;
    client.close();
    cable.turn();
    server.close();
    cable.turn();
    cable.turn();
  }
  const { user, system } = process.cpuUsage(before);
  return (count * 1e6) / (user + system);
}

/** Bytes that each end of an open, idle connection costs: objects and buffers. Only told with `node --expose-gc`. */
function idleBytes(pairs: number): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) return NaN;
  const used = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const cable = new Cable(TURN_US);
  const from = new Host(cable, "10.0.0.1");
  const to = new Host(cable, "10.0.0.2");
  const listener = listenOn(to, new TcpSettings(), 4096);
  const settings = new TcpSettings();
  const open: Connection[] = [];
  const before = used();
  for (let i = 0; i < pairs; i++) {
    open.push(connectTo(from, to, settings, 1024 + i));
    if (i % 1000 !== 999 && i !== pairs - 1) continue;
    for (let turns = 0; turns < 3; turns++) cable.turn();
    for (let c = listener.accept(); c !== undefined; c = listener.accept()) open.push(c);
  }
  from.paths.length = to.paths.length = 0;
  return (used() - before) / open.length;
}

const rounds = Number(values.rounds);
const rows: string[][] = [];
for (const mtu of values.mtu.split(",").map(Number)) {
  const rates = Array.from({ length: rounds }, () => bulk(mtu, Number(values.mb)));
  rows.push([`MTU ${mtu}`, `${grouped(median(rates))} MB/s`]);
}
const opened = Array.from({ length: rounds }, () => churn(Number(values.connections)));
rows.push(["one end of an idle connection", `${grouped(idleBytes(Number(values.connections)))} bytes`]);
rows.push(["connect and close", `${grouped(median(opened))} /s`]);
console.log(table(1, ["two ends, one process", "per second of processor time"], rows));
