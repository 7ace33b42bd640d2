import { spawn } from "node:child_process";
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Internet } from "../../sim/internet.ts";
import { capture, textTrace } from "../../sim/seeing/see.ts";
import type { SeedResult } from "../../sim/sweep/scenario.ts";
import { failureText, sweep } from "../../sim/sweep/sweep.ts";
import { EXIT, type Command } from "../command.ts";
import { loadScenario } from "./load-scenario.ts";
import { junit, replayLine } from "./reports.ts";
import { readSettings, type SimSettings } from "./settings.ts";

/** Lines of progress in a sweep. */
const PROGRESS_LINES = 20;

const HELP = `Runs a scenario on the simulated internet with many seeds, and says with which it fails.

Usage: dialtone sim <file> [options]

The file is a module whose default export builds an internet and starts programs on it:
  export default (internet, { seed, chaos }) => { … return (result) => { …checks… }; }

  --seeds A..B        the seeds (default 1..100); also 7 or 1,5,100..200
  --seed N            one seed
  --shard I/N         of the seeds, the part number I of N, from 1
  --shards N          the same with the part's number from JOB_COMPLETION_INDEX, as Kubernetes sets it
  --jobs N            processes that share the seeds (default 1)
  --failures N        ends after so many failures (default 1)
  --no-shrink         does not look for the fewest faults with which a failing seed fails
  --faults A,B        only these faults of the seed happen; "none" for none
  --time-limit MS     virtual milliseconds that a run may take
  --trace             prints calls and packets of the run, as strace and tcpdump do; with one seed
  --pcap FILE         writes its packets for Wireshark; with one seed
  --json              for programs: a line a seed
  --junit FILE        writes the results as JUnit's XML

Examples:
  dialtone sim chat.sim.js --seeds 1..10000 --jobs 2
  dialtone sim chat.sim.js --seed 17 --faults 0,3 --trace

Exit codes: 0 all passed, 1 one failed, 2 wrong usage.`;

async function run(args: readonly string[]): Promise<number> {
  const settings = readSettings(args, process.env);
  const results: SeedResult[] = [];
  const step = Math.max(1, Math.ceil(settings.seeds.length / PROGRESS_LINES));
  const tell = (result: SeedResult): void => {
    results.push(result);
    if (settings.json) console.log(JSON.stringify(result));
    else if (result.status === "failed") tellFailure(settings.file, result);
    if (!settings.json && results.length % step === 0) {
      console.error(`${results.length} of ${settings.seeds.length} seeds, ${failed(results)} failed`);
    }
  };
  if (settings.jobs > 1) await runInProcesses(settings, tell);
  else await runHere(settings, tell);
  if (settings.junit !== undefined) writeFileSync(settings.junit, junit(settings.file, results));
  if (!settings.json) tellSum(results);
  return failed(results) === 0 ? EXIT.ok : EXIT.failure;
}

function failed(results: readonly SeedResult[]): number {
  return results.filter(({ status }) => status === "failed").length;
}

function tellFailure(file: string, result: SeedResult): void {
  console.log(failureText(result));
  console.log(`replay: ${replayLine(file, result)}`);
}

function tellSum(results: readonly SeedResult[]): void {
  const hops = results.reduce((sum, { packetHops }) => sum + packetHops, 0);
  const seconds = results.reduce((sum, { timeMs }) => sum + timeMs, 0) / 1000;
  const [only] = results;
  const hash = results.length === 1 && only !== undefined ? `, trace ${only.traceHash}` : "";
  const virtual = `${seconds.toFixed(3)} virtual seconds, ${hops} packets${hash}`;
  console.log(`${results.length - failed(results)} passed, ${failed(results)} failed: ${virtual}`);
}

async function runHere(settings: SimSettings, tell: (result: SeedResult) => void): Promise<void> {
  const { seeds, failures, shrink, onlyFaults, timeLimitMs, trace, pcap } = settings;
  const scenario = await loadScenario(settings.file);
  const file = pcap === undefined ? undefined : openSync(pcap, "w");
  const built = (internet: Internet): void => {
    if (trace) textTrace(internet, (line) => console.log(line));
    if (file !== undefined) capture(internet, { write: (block) => void writeSync(file, block) });
  };
  const isSeen = trace || file !== undefined;
  try {
    await sweep(scenario, {
      seeds,
      failures,
      shrink,
      onlyFaults,
      timeLimitMs,
      onResult: tell,
      built: isSeen ? built : undefined,
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Processes of this command, each with its part of the seeds. */
async function runInProcesses(settings: SimSettings, tell: (result: SeedResult) => void): Promise<void> {
  const { file, jobs, own, failures } = settings;
  const main = fileURLToPath(new URL("../main.js", import.meta.url));
  let left = failures;
  const children = Array.from({ length: Math.min(jobs, settings.seeds.length) }, (_, part) => {
    const args = [main, "sim", file, "--json", ...own, "--shard", `${part + 1}/${jobs}`];
    return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  });
  try {
    await Promise.all(
      children.map(async (child) => {
        const ended = new Promise<number | null>((resolve) => void child.once("exit", resolve));
        for await (const line of createInterface({ input: child.stdout })) {
          const result = JSON.parse(line) as SeedResult;
          if (left <= 0) continue;
          tell(result);
          if (result.status === "failed") left -= 1;
          // Enough is known: the others end, too.
          if (left <= 0) for (const other of children) other.kill();
        }
        const code = await ended;
        if (code === EXIT.usage || (code !== null && code > EXIT.usage))
          throw new Error(`a process ended with ${code}`);
      }),
    );
  } finally {
    // Where one failed, the others are not left behind.
    for (const child of children) child.kill();
  }
}

/** `dialtone sim`: sweeps of the simulated internet. */
export const sim: Command = {
  name: "sim",
  summary: "a scenario on the simulated internet, with many seeds",
  help: HELP,
  run,
};
