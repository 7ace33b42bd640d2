/**
 * `npm run bench`: echo servers side by side, each on one core, with a load generator in C on the other.
 * Ratios are taken inside a round and the median of the rounds is shown; absolute figures say little.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchmarks, peerNames, type Benchmark } from "./benchmarks.ts";
import { compileC, programs } from "./compile.ts";
import { describeMachine, machineText } from "./machine.ts";
import { patternFile } from "./pattern-file.ts";
import { findPeers } from "./peers.ts";
import { canPin, endChildrenWithUs } from "./processes.ts";
import { runRounds, summarise, type LoadOptions, type RoundOptions, type Summary } from "./rounds.ts";
import { figure, grouped, table } from "./table.ts";
import { runTap } from "./tap.ts";

/** What runs in one process, without peers that answer each other: a program of its own in bench/stack/. */
const stackPrograms: Readonly<Record<string, readonly (readonly [file: string, ...options: string[]])[]>> = {
  "stack-bulk": [["bulk"]],
  "stack-connect": [["connect"]],
  "stack-connections": [
    ["connections", "--part", "below"],
    ["connections", "--part", "calls"],
  ],
};

/** Beside those of benchmarks.ts, whose load is another. */
const TAP = "tap";
const benchmarkNames = [...benchmarks.map(({ name }) => name), ...Object.keys(stackPrograms), TAP];

const usage = `usage: npm run bench -- [options]
  --only NAMES         of ${benchmarkNames.join(", ")} (tcp-echo)
  --peers NAMES        of ${peerNames.join(", ")} (all)
  --connections LIST   (the benchmark's own)
  --rounds N           interleaved rounds, of which the median is taken (5)
  --seconds S          measured in each run (2), after a warm-up of --warm-up S (0.5)
  --quiet CORES        a run is made again when other work took more than so much meanwhile (0.05),
  --attempts N         at most so often (6)
  --size LIST          bytes of a message (the benchmark's own)
  --json FILE          also write the figures there
  --no-install         never fetch Bun and Deno from npm`;

const list = (text: string): string[] => text.split(",").filter((word) => word !== "");
const numbers = (text: string, own: readonly number[]): readonly number[] =>
  text === "" ? own : list(text).map(Number);

function readArguments() {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "tcp-echo" },
      peers: { type: "string", default: peerNames.join(",") },
      connections: { type: "string", default: "" },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "2" },
      "warm-up": { type: "string", default: "0.5" },
      quiet: { type: "string", default: "0.05" },
      attempts: { type: "string", default: "6" },
      size: { type: "string", default: "" },
      json: { type: "string" },
      "no-install": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const wrong =
    list(values.only).find((name) => !benchmarkNames.includes(name)) ??
    list(values.peers).find((name) => !peerNames.includes(name)) ??
    [...list(values.connections), ...list(values.size)].find((text) => !(Number(text) > 0)) ??
    [values.rounds, values.seconds, values.quiet, values.attempts].find((text) => !(Number(text) > 0));
  if (values.help || wrong !== undefined) {
    console.error(wrong === undefined ? usage : `not understood: ${wrong}\n${usage}`);
    process.exit(wrong === undefined ? 0 : 2);
  }
  return values;
}

function print(unit: string, summaries: readonly Summary[]): void {
  const units = unit === "MiB" ? unit : `${unit}s`;
  const head = ["connections", "server", `${units}/s`, "to C", "to Node", "p50 µs", "p99 µs"];
  head.push(`CPU µs/${unit}`, "CPU to C", "RSS MiB", "load busy", "errors");
  const rows = summaries.map((s) => [
    String(s.connections),
    s.label,
    grouped(s.requestsPerSecond),
    figure(s.toC, 2),
    figure(s.toNode, 2),
    s.p50Us > 0 ? grouped(s.p50Us) : "–",
    s.p99Us > 0 ? grouped(s.p99Us) : "–",
    figure(s.serverCpuUsPerRequest, 2),
    figure(s.cpuToC, 2),
    s.serverRssMib > 0 ? figure(s.serverRssMib, 0) : "–",
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

type Arguments = ReturnType<typeof readArguments>;
type Figures = Summary & { readonly benchmark: string };

/** What is run one after another: every mode at every size. */
function* series(benchmark: Benchmark, values: Arguments): Generator<Omit<LoadOptions, "connections">> {
  const { modes, sizes, servers = 1 } = benchmark;
  const [seconds, warmUpSeconds] = [Number(values.seconds), Number(values["warm-up"])];
  for (const mode of modes) {
    for (const size of numbers(values.size, sizes)) yield { mode, size, seconds, warmUpSeconds, servers };
  }
}

async function runBenchmark(benchmark: Benchmark, values: Arguments): Promise<Figures[]> {
  const program = compileC(`load/${benchmark.load}`);
  const peers = findPeers(benchmark.peers, list(values.peers), !values["no-install"], (line) => console.log(line));
  const progress = process.stderr.isTTY ? (line: string) => console.error(line) : () => {};
  const { rounds, seconds, quiet, attempts } = values;
  const how: RoundOptions = { rounds: Number(rounds), quiet: Number(quiet), attempts: Number(attempts) };
  const all: Figures[] = [];
  if (benchmark.note !== undefined) console.log(`\n${benchmark.note}`);
  for (const each of series(benchmark, values)) {
    const { name, unit } = benchmark;
    const file = benchmark.file === true ? patternFile(each.size) : undefined;
    console.log(`\n${name}, ${each.mode}, ${each.size} B, median of ${rounds} rounds of ${seconds} s\n`);
    for (const connections of numbers(values.connections, benchmark.connections)) {
      const options: LoadOptions = { ...each, connections, file };
      const summaries = summarise(await runRounds(program, peers, how, options, progress), options);
      print(unit, summaries);
      all.push(...summaries.map((summary) => ({ benchmark: name, ...summary })));
    }
  }
  return all;
}

/** Two stacks in one process: the program prints its own tables, and takes of the options `--rounds`. */
function runStackProgram([file, ...options]: readonly [string, ...string[]], { rounds }: Arguments): void {
  const memory = ["--expose-gc", "--max-old-space-size=8192"];
  const own = file === "connections" ? options : ["--rounds", rounds];
  const program = join(programs, "stack", `${file}.js`);
  const { status } = spawnSync(process.execPath, [...memory, program, ...own], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  const values = readArguments();
  endChildrenWithUs();
  const names = list(values.only);
  for (const name of names) {
    for (const program of stackPrograms[name] ?? []) runStackProgram(program, values);
  }
  const served = names.filter((name) => stackPrograms[name] === undefined);
  if (served.length === 0) return;
  const machine = describeMachine();
  console.log(machineText(machine));
  if (!canPin()) console.log("not pinned: this needs two cores and taskset, so read the figures with care");
  const all: Figures[] = [];
  for (const name of served) {
    if (name === TAP) {
      await runTap(Number(values.rounds), Number(values.seconds));
      continue;
    }
    const benchmark = benchmarks.find((each) => each.name === name) as Benchmark;
    all.push(...(await runBenchmark(benchmark, values)));
  }
  if (values.json !== undefined) {
    const command = `npm run bench -- ${process.argv.slice(2).join(" ")}`.trim();
    writeFileSync(values.json, `${JSON.stringify({ machine, command, figures: all }, undefined, 2)}\n`);
  }
  if (all.some((summary) => summary.failures.length > 0)) process.exitCode = 1;
}

await main();
