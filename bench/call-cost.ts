/**
 * The cost of one call over C's: the same loop in C and through dialtone, both on the same core, in turns.
 * Then the cost of one awaited `send` + `recv`, over C's plain two calls.
 * `node build/bench/call-cost.js [--rounds N] [--seconds S]`
 */
import { parseArgs } from "node:util";
import {
  AF_INET,
  AF_UNIX,
  F_GETFL,
  FIONREAD,
  MSG_DONTWAIT,
  SO_RCVBUF,
  SOCK_STREAM,
  SOL_SOCKET,
  host,
  recvSync,
  sendSync,
} from "dialtone";
import { compileC } from "./compile.ts";
import { describeMachine, machineText } from "./machine.ts";
import { median } from "./median.ts";
import { endChildrenWithUs, runProgram, SERVER_CORE } from "./processes.ts";
import { figure, table } from "./table.ts";

const MESSAGE_BYTES = 64;
const CALLS_AT_ONCE = 1000;

type Costs = Record<string, number>;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "0.2" },
    measure: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);

/** Nanoseconds of one call, over at least the seconds asked for. */
function loop(call: () => void): number {
  const start = performance.now();
  let calls = 0;
  for (let now = start; now < start + seconds * 1000; now = performance.now()) {
    for (let i = 0; i < CALLS_AT_ONCE; i++) call();
    calls += CALLS_AT_ONCE;
  }
  return ((performance.now() - start) * 1e6) / calls;
}

async function loopAwaited(call: () => Promise<void>): Promise<number> {
  const start = performance.now();
  let calls = 0;
  for (let now = start; now < start + seconds * 1000; now = performance.now()) {
    for (let i = 0; i < CALLS_AT_ONCE; i++) await call();
    calls += CALLS_AT_ONCE;
  }
  return ((performance.now() - start) * 1e6) / calls;
}

/** A `recv` that finds bytes at once, and one that has to wait for them. */
async function awaitedCosts(a: number, b: number, message: Uint8Array, inbox: Uint8Array): Promise<Costs> {
  const ready = async (): Promise<void> => {
    await host.send(a, message);
    await host.recv(b, inbox);
  };
  const waited = async (): Promise<void> => {
    const received = host.recv(b, inbox);
    await host.send(a, message);
    await received;
  };
  const refused = async (): Promise<void> => {
    await host.recv(b, inbox, MSG_DONTWAIT).catch(() => {});
  };
  await loopAwaited(ready);
  await loopAwaited(waited);
  return {
    awaitedReady: await loopAwaited(ready),
    awaitedWaited: await loopAwaited(waited),
    awaitedEagain: await loopAwaited(refused),
  };
}

async function measure(): Promise<void> {
  const [a, b] = host.socketpair(AF_UNIX, SOCK_STREAM);
  const bound = host.socket(AF_INET, SOCK_STREAM);
  host.bind(bound, { family: AF_INET, address: "127.0.0.1", port: 0 });
  const message = new Uint8Array(MESSAGE_BYTES);
  const inbox = new Uint8Array(MESSAGE_BYTES);
  const calls: Record<string, () => void> = {
    fcntl: () => host.fcntl(a, F_GETFL),
    getsockopt: () => host.getsockopt(a, SOL_SOCKET, SO_RCVBUF),
    getsockname: () => host.getsockname(bound),
    ioctl: () => host.ioctl(a, FIONREAD),
    eagain: () => {
      try {
        recvSync(b, inbox, MSG_DONTWAIT);
      } catch {
        // EAGAIN, as it should be.
      }
    },
    sendRecv: () => {
      sendSync(a, message);
      recvSync(b, inbox);
    },
  };
  const costs: Costs = {};
  for (const call of Object.values(calls)) loop(call);
  for (const [name, call] of Object.entries(calls)) costs[name] = loop(call);
  Object.assign(costs, await awaitedCosts(a, b, message, inbox));
  for (const fd of [a, b, bound]) host.close(fd);
  console.log(JSON.stringify(costs));
}

const labels: Record<string, string> = {
  fcntl: "fcntl(F_GETFL): integers alone",
  getsockopt: "getsockopt(SO_RCVBUF)",
  getsockname: "getsockname: an address as an object",
  ioctl: "ioctl(FIONREAD)",
  eagain: "recvSync(MSG_DONTWAIT) that throws EAGAIN",
  sendRecv: "sendSync + recvSync, 64 B",
  awaitedReady: "await send, await recv, bytes there",
  awaitedWaited: "await send, await recv that waited",
  awaitedEagain: "await recv(MSG_DONTWAIT) that rejects EAGAIN",
};

/** What C does in the place of the awaited calls. */
const counterpart: Record<string, string> = {
  awaitedReady: "sendRecv",
  awaitedWaited: "sendRecv",
  awaitedEagain: "eagain",
};

async function compare(): Promise<void> {
  endChildrenWithUs();
  console.log(machineText(describeMachine()));
  const c = [compileC("peers/call-cost"), values.seconds];
  const self = process.argv[1] as string;
  const ours = [process.execPath, self, "--measure", "--seconds", values.seconds];
  const limitMs = 30 * seconds * 1000 + 30_000;
  const rounds: { c: Costs; ours: Costs }[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    rounds.push({
      c: JSON.parse(await runProgram(c, limitMs, SERVER_CORE)) as Costs,
      ours: JSON.parse(await runProgram(ours, limitMs, SERVER_CORE)) as Costs,
    });
  }
  const rows = Object.entries(labels).map(([name, label]) => {
    const inC = median(rounds.map((round) => round.c[counterpart[name] ?? name] ?? NaN));
    const here = median(rounds.map((round) => round.ours[name] ?? NaN));
    return [label, figure(inC, 0), figure(here, 0), figure(here - inC, 0)];
  });
  console.log(`\nnanoseconds, median of ${values.rounds} rounds\n`);
  console.log(table(1, ["call", "C", "dialtone", "over C"], rows));
}

await (values.measure ? measure() : compare());
