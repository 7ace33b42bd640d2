/** A sender of bulk datagrams: asks how many bytes came, sends for so long, asks again, and reports as a load does. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { LoadReport } from "../rounds.ts";

const ANSWER_LIMIT_MS = 5; // a question is lost where the buffer is full: it is put again
const QUESTIONS = 1000;
const TICKS_PER_SECOND = 100; // of /proc's processor times, proc(5)
const MIB = 1024 * 1024;

const { values } = parseArgs({
  options: {
    mode: { type: "string" },
    connections: { type: "string" },
    port: { type: "string", default: "0" },
    size: { type: "string", default: "1472" },
    seconds: { type: "string", default: "2" },
    "warm-up": { type: "string", default: "0.5" },
    server: { type: "string", default: "0" },
  },
});

export const port: number = Number(values.port);
export const size: number = Number(values.size);

/** A sender's socket. */
export interface BulkSocket {
  /** Sends as many datagrams as one call takes. */
  burst(): Promise<unknown>;
  ask(): Promise<unknown>;
}

const answers: string[] = [];

/** For the socket: what came back. */
export function answered(data: Uint8Array): void {
  answers.push(Buffer.from(data).toString());
}

async function ask(socket: BulkSocket): Promise<[received: number, wrong: number]> {
  await sleep(ANSWER_LIMIT_MS); // for answers to questions put twice
  answers.length = 0;
  for (let i = 0; i < QUESTIONS && answers.length === 0; i++) {
    await socket.ask();
    await sleep(ANSWER_LIMIT_MS);
  }
  const [received = NaN, wrong = NaN] = (answers[0] ?? "").split(" ").map(Number);
  return [received, wrong];
}

/** utime and stime of a process in seconds, proc_pid_stat(5). */
function cpuSeconds(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Without idle time and waiting, of all processors, proc_stat(5). */
function machineSeconds(): number {
  const times = readFileSync("/proc/stat", "latin1").split("\n", 1)[0]?.split(/ +/).slice(1, 9).map(Number) ?? [];
  return times.reduce((sum, ticks, i) => (i === 3 || i === 4 ? sum : sum + ticks), 0) / TICKS_PER_SECOND;
}

const clocks = (): { ms: number; own: number; server: number; machine: number } => ({
  ms: performance.now(),
  own: cpuSeconds("self"),
  server: cpuSeconds(values.server),
  machine: machineSeconds(),
});

async function sendFor(socket: BulkSocket, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) await socket.burst();
}

/** Warms up, measures, and prints the report. */
export async function run(socket: BulkSocket): Promise<void> {
  await ask(socket);
  await sendFor(socket, Number(values["warm-up"]));
  const [before] = await ask(socket);
  const from = clocks();
  await sendFor(socket, Number(values.seconds));
  const [after, errors] = await ask(socket);
  const to = clocks();
  const seconds = (to.ms - from.ms) / 1000;
  const requests = (after - before) / MIB;
  const others = to.machine - from.machine - (to.own - from.own) - (to.server - from.server);
  const report: LoadReport = {
    mode: "datagrams",
    connections: 1,
    size,
    requests,
    seconds,
    requestsPerSecond: requests / seconds,
    p50Us: 0,
    p99Us: 0,
    maxUs: 0,
    errors,
    open: 1,
    loadBusy: (to.own - from.own) / seconds,
    othersBusy: Math.max(0, others) / seconds,
    serverCpuUs: (to.server - from.server) * 1e6,
    serverRssKib: 0,
    serverRssBeforeKib: 0,
  };
  console.log(JSON.stringify(report));
}
