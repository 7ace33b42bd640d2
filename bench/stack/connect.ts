/**
 * Connections opened and closed between two stacks in one process: below the calls, and through them. The client closes
 * first and keeps TIME-WAIT, for a minute of the stack's time.
 * `npm run bench -- --only stack-connect`, or `node build/bench/stack/connect.js [--connections N] [--rounds N]`
 */
import { parseArgs } from "node:util";
import type { Connection } from "../../src/stack/tcp/connection.ts";
import { describeMachine, machineText } from "../machine.ts";
import { figure, grouped, table } from "../table.ts";
import { medianCost, type Cost } from "./cost.ts";
import { connectTo, line, listenOn, loopback, type Ends } from "./kernels.ts";
import { Line } from "./line.ts";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "20000" },
    rounds: { type: "string", default: "5" },
  },
});
const connections = Number(values.connections);
const rounds = Number(values.rounds);

/** One after another: the handshake, both FINs, and TIME-WAIT. A pair comes again after it, as on Linux. */
function churn(between: Line, first: number): void {
  const listeners = [80, 81, 82, 83].map((port) => between.listener(port));
  for (let i = 0; i < connections; i++) {
    const n = (first + i) % 256_000;
    const client = between.call(n);
    between.turn();
    between.turn();
    between.turn();
    const server = listeners[Math.floor(n / 64_000)]?.accept() as Connection;
    client.close();
    between.turn();
    server.close();
    between.turn();
    between.turn();
  }
}

/** So many callers at once, each of which connects, is accepted and closes, then the other end. */
async function callers(ends: Ends, ports: readonly number[], listeners: readonly number[]): Promise<void> {
  const share = connections / ports.length;
  const calls = async (port: number, listener: number): Promise<void> => {
    for (let i = 0; i < share; i++) {
      const { client, server } = await connectTo(ends, listener, port);
      ends.client.close(client);
      ends.server.close(server);
    }
  };
  await Promise.all(ports.map((port, at) => calls(port, listeners[at] as number)));
}

const rows: string[][] = [];
const tell = (what: string, { wallS, cpuS }: Cost, timeWaits: string): void => {
  const perS = [connections / cpuS, connections / wallS].map(grouped);
  rows.push([what, ...perS, figure((cpuS * 1e6) / connections, 1), timeWaits]);
};

console.log(machineText(describeMachine()));
const between = new Line();
let begun = 0;
const below = await medianCost(rounds, () => {
  churn(between, begun);
  begun += connections;
});
tell("below the calls", below, grouped(between.a.tcp.timeWaits.size));
for (const [name, ends] of [
  ["a line, MTU 1500", line(1500)],
  ["loopback", loopback()],
] as const) {
  const ports = [80, 81, 82, 83, 84, 85, 86, 87];
  const listeners = ports.map((port) => listenOn(ends, port));
  tell(`the calls, ${name}`, await medianCost(rounds, () => callers(ends, ports, listeners)), "–");
}
const head = ["connect, accept, close, close", "per processor second", "/s", "CPU µs each", "in TIME-WAIT at last"];
console.log(`\n${grouped(connections)} at a time, median of ${rounds} rounds\n\n${table(1, head, rows)}`);
process.exit();
