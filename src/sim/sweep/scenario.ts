import { Chaos, type ChaosPlan } from "./chaos.ts";
import { Internet } from "../internet.ts";
import { runError, type RunResult } from "../run-result.ts";
import type { RunOptions } from "../internet.ts";

/** What a scenario is given beside its internet. */
export interface ScenarioTools {
  readonly seed: number;
  /** Makes faults by chance, which a failing run is then shrunk by. */
  readonly chaos: (plan: ChaosPlan) => void;
}

/**
 * One run of a sweep: builds hosts and links, starts programs. The sweep runs the internet. What is returned is called
 * at the end, to look at what came of it; what it throws is the run's failure, as is a program that fails.
 */
export type Scenario = (
  internet: Internet,
  tools: ScenarioTools,
) => ScenarioEnd | undefined | void | Promise<ScenarioEnd | undefined | void>;

/** Looks at the end of a run. */
export type ScenarioEnd = (result: RunResult) => unknown;

/** What came of a seed. */
export interface SeedResult {
  readonly seed: number;
  readonly status: "passed" | "failed";
  /** Why it failed. */
  readonly message: string | undefined;
  readonly timeMs: number;
  readonly events: number;
  readonly packetHops: number;
  readonly traceHash: string;
  /** The faults of the run, in words; of a failure that was shrunk, those that it needs. */
  readonly faults: readonly string[];
  /** Their numbers among all that the seed would make; undefined when none was left out. */
  readonly onlyFaults: readonly number[] | undefined;
}

/** How a seed is run. */
export interface SeedOptions extends RunOptions {
  /** The faults that happen, by their numbers; all unless given. */
  readonly onlyFaults?: readonly number[] | undefined;
  /** Called when the internet is built, before it runs: for traces and captures. */
  readonly built?: ((internet: Internet) => void) | undefined;
}

/** Runs a scenario with one seed. */
export async function runSeed(scenario: Scenario, seed: number, options: SeedOptions = {}): Promise<SeedResult> {
  const internet = new Internet({ seed });
  const chaos = new Chaos(internet, options.onlyFaults);
  let message: string | undefined;
  try {
    const end = await scenario(internet, { seed, chaos: (plan) => chaos.plan(plan) });
    options.built?.(internet);
    const result = await internet.tryRun(options);
    message = runError(result)?.message;
    if (message === undefined && typeof end === "function") await end(result);
  } catch (error) {
    message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  return {
    seed,
    status: message === undefined ? "passed" : "failed",
    message,
    timeMs: internet.nowMs,
    events: internet.events,
    packetHops: internet.context.tracer.hops,
    traceHash: internet.traceHash,
    faults: chaos.happening,
    onlyFaults: options.onlyFaults,
  };
}
