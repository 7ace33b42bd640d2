/**
 * `npm run bench`: echo servers side by side, each on one core, with a load generator in C on the other.
 * Ratios are taken inside a round and the median of the rounds is shown; absolute figures say little.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { compileC } from "./compile.ts";
import { describeMachine, machineText } from "./machine.ts";
import { findPeers, peerNames } from "./peers.ts";
import { canPin, endChildrenWithUs } from "./processes.ts";
import { figure, grouped, table } from "./table.ts";
import { runRounds, summarise, type LoadMode, type LoadOptions, type Summary } from "./tcp-echo.ts";

const benchmarks: Record<string, LoadMode> = { "tcp-echo": "echo", "tcp-churn": "churn" };

const usage = `usage: npm run bench -- [options]
  --only NAMES         ${Object.keys(benchmarks).join(", ")} (tcp-echo)
  --peers NAMES        of ${peerNames.join(", ")} (all)
  --connections LIST   (1,50,500,5000)
  --rounds N           interleaved rounds, of which the median is taken (5)
  --seconds S          measured in each run (2), after a warm-up of --warm-up S (0.5)
  --quiet CORES        a run is made again when other work took more than so much meanwhile (0.05),
  --attempts N         at most so often (6)
  --size BYTES         of a message (64)
  --json FILE          also write the figures there
  --no-install         never fetch Bun and Deno from npm`;

const list = (text: string): string[] => text.split(",").filter((word) => word !== "");

function readArguments() {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "tcp-echo" },
      peers: { type: "string", default: peerNames.join(",") },
      connections: { type: "string", default: "1,50,500,5000" },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "2" },
      "warm-up": { type: "string", default: "0.5" },
      quiet: { type: "string", default: "0.05" },
      attempts: { type: "string", default: "6" },
      size: { type: "string", default: "64" },
      json: { type: "string" },
      "no-install": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const wrong =
    list(values.only).find((name) => !(name in benchmarks)) ??
    list(values.peers).find((name) => !peerNames.includes(name)) ??
    [...list(values.connections), values.rounds, values.seconds, values.quiet, values.attempts, values.size].find(
      (text) => !(Number(text) > 0),
    );
  if (values.help || wrong !== undefined) {
    console.error(wrong === undefined ? usage : `not understood: ${wrong}\n${usage}`);
    process.exit(wrong === undefined ? 0 : 2);
  }
  return values;
}

function print(summaries: readonly Summary[]): void {
  const head = ["connections", "server", "requests/s", "to C", "to Node", "p50 µs", "p99 µs"];
  head.push("CPU µs/request", "CPU to C", "RSS MiB", "load busy", "errors");
  const rows = summaries.map((s) => [
    String(s.connections),
    s.label,
    grouped(s.requestsPerSecond),
    figure(s.toC, 2),
    figure(s.toNode, 2),
    grouped(s.p50Us),
    grouped(s.p99Us),
    figure(s.serverCpuUsPerRequest, 2),
    figure(s.cpuToC, 2),
    figure(s.serverRssMib, 0),
    figure(s.loadBusy, 2),
    String(s.errors + s.failures.length),
  ]);
  console.log(`${table(2, head, rows)}\n`);
  const others = Math.max(...summaries.map(({ othersBusy }) => othersBusy));
  console.log(`Other work took up to ${figure(others, 2)} of a core meanwhile.\n`);
  for (const { label, connections, failures } of summaries) {
    for (const failure of failures) console.log(`${label} at ${connections}: ${failure}`);
  }
}

async function main(): Promise<void> {
  const values = readArguments();
  endChildrenWithUs();
  const machine = describeMachine();
  console.log(machineText(machine));
  if (!canPin()) console.log("not pinned: this needs two cores and taskset, so read the figures with care");
  const load = compileC("load/tcp-echo-load");
  const peers = findPeers(list(values.peers), !values["no-install"], (line) => console.log(line));
  const progress = process.stderr.isTTY ? (line: string) => console.error(line) : () => {};
  const how = { rounds: Number(values.rounds), quiet: Number(values.quiet), attempts: Number(values.attempts) };
  const all: Summary[] = [];
  for (const benchmark of list(values.only)) {
    const { size, seconds } = values;
    console.log(`\n${benchmark}, ${size} B, median of ${values.rounds} rounds of ${seconds} s\n`);
    for (const connections of list(values.connections).map(Number)) {
      const options: LoadOptions = {
        mode: benchmarks[benchmark] as LoadMode,
        connections,
        size: Number(size),
        seconds: Number(seconds),
        warmUpSeconds: Number(values["warm-up"]),
      };
      const summaries = summarise(await runRounds(load, peers, how, options, progress), options);
      print(summaries);
      all.push(...summaries);
    }
  }
  if (values.json !== undefined) {
    const command = `npm run bench -- ${process.argv.slice(2).join(" ")}`.trim();
    writeFileSync(values.json, `${JSON.stringify({ machine, command, figures: all }, undefined, 2)}\n`);
  }
  if (all.some((summary) => summary.failures.length > 0)) process.exitCode = 1;
}

await main();
