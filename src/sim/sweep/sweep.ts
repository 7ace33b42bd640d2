import { simulationError } from "../../api/errors.ts";
import { runSeed, type Scenario, type SeedOptions, type SeedResult } from "./scenario.ts";
import { parseSeeds } from "./seeds.ts";
import { shrink } from "./shrink.ts";

/** How a sweep goes. */
export interface SweepOptions extends SeedOptions {
  /** "1..1000", or the seeds themselves. */
  readonly seeds: string | readonly number[];
  /** Ends after so many failures; 1 unless given. */
  readonly failures?: number | undefined;
  /** Whether a failing run is shrunk to the faults that it needs; true unless given. */
  readonly shrink?: boolean | undefined;
  /** Told each result as it comes. */
  readonly onResult?: ((result: SeedResult) => void) | undefined;
}

/** What came of a sweep. */
export interface SweepResult {
  readonly runs: number;
  readonly failures: readonly SeedResult[];
}

/** Runs a scenario with many seeds, one after the other. Errors: ERR_INVALID_ARG_VALUE for seeds that are none. */
export async function sweep(scenario: Scenario, options: SweepOptions): Promise<SweepResult> {
  const { failures: most = 1, seeds } = options;
  const failures: SeedResult[] = [];
  let runs = 0;
  for (const seed of typeof seeds === "string" ? parseSeeds(seeds) : seeds) {
    const result = await runShrunk(scenario, seed, options);
    runs += 1;
    options.onResult?.(result);
    if (result.status === "failed") failures.push(result);
    if (failures.length >= most) break;
  }
  return { runs, failures };
}

/** Runs a seed; when that fails, again and again with fewer faults. */
async function runShrunk(scenario: Scenario, seed: number, options: SweepOptions): Promise<SeedResult> {
  const first = await runSeed(scenario, seed, options);
  const isSmallest = first.status === "passed" || first.faults.length === 0 || options.onlyFaults !== undefined;
  if (isSmallest || options.shrink === false) return first;
  const numbers = first.faults.map((text) => Number.parseInt(text, 10));
  const chosen = (places: readonly number[]): number[] => places.map((place) => numbers[place] as number);
  const left = await shrink(numbers.length, async (places) => {
    const again = await runSeed(scenario, seed, { ...options, built: undefined, onlyFaults: chosen(places) });
    return again.status === "failed";
  });
  return left.length === numbers.length ? first : runSeed(scenario, seed, { ...options, onlyFaults: chosen(left) });
}

/** Options of `simulated`. */
export interface SimulatedOptions extends SeedOptions {
  /** "1..20" unless given. */
  readonly seeds?: string | readonly number[] | undefined;
}

/**
 * A scenario as the body of a test, for node:test, vitest and any other runner whose tests are functions:
 * `test("survives loss", simulated(scenario, { seeds: "1..100" }))`. It rejects with the first failure, whose message
 * has the seed and the faults.
 */
export function simulated(scenario: Scenario, options: SimulatedOptions = {}): () => Promise<void> {
  return async () => {
    const { failures } = await sweep(scenario, { ...options, seeds: options.seeds ?? "1..20" });
    const [failure] = failures;
    if (failure !== undefined) throw simulationError("ERR_SIM_FAILED", failureText(failure), undefined);
  };
}

/** A failure in words: the seed, the faults, the reason. */
export function failureText({ seed, message, faults, onlyFaults }: SeedResult): string {
  const few = onlyFaults === undefined ? "" : `, with the faults ${onlyFaults.join(",") || "none"} alone`;
  return [`seed ${seed} failed${few}`, ...faults.map((fault) => `  fault ${fault}`), message ?? ""].join("\n");
}
