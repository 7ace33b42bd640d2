/**
 * Resident memory of an idle connection: a server with none, then with many that made one exchange each and rest.
 * `node build/bench/memory-idle.js [--connections N] [--rounds N] [--seconds S] [--peers NAMES]`
 */
import { parseArgs } from "node:util";
import { idlePeers } from "./benchmarks.ts";
import { compileC } from "./compile.ts";
import { describeMachine, machineText } from "./machine.ts";
import { median } from "./median.ts";
import { findPeers } from "./peers.ts";
import { endChildrenWithUs } from "./processes.ts";
import { figure, grouped, table } from "./table.ts";
import { runOnce, type LoadOptions, type LoadReport } from "./rounds.ts";

const { values } = parseArgs({
  options: {
    peers: { type: "string", default: "c,node,go,bun,deno,serve,socket,flow,await,serve-epoll,flow-epoll,await-epoll" },
    connections: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    // Long enough for a collector that waits for idle time.
    seconds: { type: "string", default: "10" },
    "no-install": { type: "boolean", default: false },
  },
});

endChildrenWithUs();
console.log(machineText(describeMachine()));
const connections = Number(values.connections);
const load = compileC("load/tcp-echo-load");
const options: LoadOptions = {
  mode: "idle",
  connections,
  size: 64,
  seconds: Number(values.seconds),
  warmUpSeconds: 1,
};
const rows: string[][] = [];
const peers = findPeers(idlePeers, values.peers.split(","), !values["no-install"], (line) => console.log(line));
for (const peer of peers) {
  const reports: LoadReport[] = [];
  for (let round = 0; round < Number(values.rounds); round++) reports.push(await runOnce(load, peer, options));
  const of = (value: (report: LoadReport) => number): number => median(reports.map(value));
  const perConnection = of(
    (report) => ((report.serverRssKib - report.serverRssBeforeKib) * 1024) / Math.max(1, report.open),
  );
  const before = of((report) => report.serverRssBeforeKib / 1024);
  const open = of((report) => report.open);
  rows.push([peer.label, grouped(open), figure(before, 1), grouped(perConnection)]);
}
console.log(`\n${values.connections} idle connections, median of ${values.rounds} rounds\n`);
console.log(table(1, ["server", "open", "MiB with none", "bytes per connection"], rows));
