/**
 * Resident memory of an idle connection: a server with none, then with many that made one exchange each and rest.
 * `node build/bench/memory-idle.js [--connections N] [--rounds N] [--seconds S] [--peers NAMES] [--at-once N]`
 *
 * Memory does not depend on who else uses the processor, so several servers rest at the same time.
 */
import { parseArgs } from "node:util";
import { idlePeers } from "./benchmarks.ts";
import { compileC } from "./compile.ts";
import { describeMachine, machineText } from "./machine.ts";
import { median } from "./median.ts";
import { findPeers, type Peer } from "./peers.ts";
import { endChildrenWithUs } from "./processes.ts";
import { figure, grouped, table } from "./table.ts";
import { runOnce, type LoadOptions, type LoadReport } from "./rounds.ts";

const { values } = parseArgs({
  options: {
    peers: {
      type: "string",
      default: "c,node,serve,socket,flow,await,serve-epoll,socket-epoll,flow-epoll,await-epoll",
    },
    connections: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    // Long enough for a collector that waits for idle time.
    seconds: { type: "string", default: "10" },
    // Servers that rest at the same time.
    "at-once": { type: "string", default: "5" },
    install: { type: "boolean", default: false },
  },
});

endChildrenWithUs();
console.log(machineText(describeMachine()));
const connections = Number(values.connections);
const atOnce = Number(values["at-once"]);
const load = compileC("load/tcp-echo-load");
const options: LoadOptions = {
  mode: "idle",
  connections,
  size: 64,
  seconds: Number(values.seconds),
  warmUpSeconds: 3,
};
const peers = findPeers(idlePeers, values.peers.split(","), values.install, (line) => console.log(line));
const reports = new Map<Peer, LoadReport[]>(peers.map((peer) => [peer, []]));
for (let round = 0; round < Number(values.rounds); round++) {
  for (let first = 0; first < peers.length; first += atOnce) {
    const group = peers.slice(first, first + atOnce);
    await Promise.all(group.map(async (peer) => reports.get(peer)?.push(await runOnce(load, peer, options))));
  }
}

const perConnection = (peer: Peer | undefined): number =>
  median(
    (peer === undefined ? [] : (reports.get(peer) ?? [])).map(
      ({ serverRssKib, serverRssBeforeKib, open }) => ((serverRssKib - serverRssBeforeKib) * 1024) / Math.max(1, open),
    ),
  );
const node = perConnection(peers.find(({ name }) => name === "node"));
const rows = peers.map((peer) => {
  const of = (value: (report: LoadReport) => number): number => median((reports.get(peer) ?? []).map(value));
  return [
    peer.label,
    grouped(of((report) => report.open)),
    figure(
      of((report) => report.serverRssBeforeKib / 1024),
      1,
    ),
    grouped(perConnection(peer)),
    figure(perConnection(peer) / node, 2),
    String(of((report) => report.errors)),
  ];
});
console.log(`\n${values.connections} idle connections, median of ${values.rounds} rounds\n`);
console.log(table(1, ["server", "open", "MiB with none", "bytes per connection", "to Node", "errors"], rows));
