import { createHost, type HostKernel } from "../../src/index.ts";
import type { EngineName } from "../../src/host/engine-choice.ts";
import type { RingLimits } from "../../src/host/uring/limits.ts";
import { openFiles, tell } from "../child.ts";
import { SeededRandom } from "../tcp/seeded-random.ts";
import { TINY } from "../uring/ring.ts";
import { checkNothingLeft, Program } from "./program.ts";

/** The sizes that programs run with: from what overflows at once to what never does. */
const LIMITS: readonly Partial<RingLimits>[] = [
  TINY,
  { ...TINY, completions: 32, buffers: 16, sendBytes: 0 },
  { submissions: 16, completions: 1024, buffers: 4, bufferBytes: 4096, sendBytes: 16_384 },
  {},
];

/** What a run tells: that a program begins; how one has failed; at last how often what happened. */
export type Told =
  | { readonly begins: number }
  | { readonly fails: number; readonly error: string }
  | { readonly counts: Record<string, number> };

/** Runs the programs of some seeds, one after the other, each on one or two of the engine's kernels. */
export async function schedules(engine: EngineName, firstSeed: number, count: number): Promise<void> {
  const kernels = LIMITS.map((ring, at) =>
    createHost({ engine, ring, start: true, ...(at === LIMITS.length - 1 ? { busyPollUs: 20 } : {}) }),
  );
  const counts = new Map<string, number>();
  const opened = openFiles().size;
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    tell({ begins: seed } satisfies Told);
    const program = new Program(kernelsOf(kernels, seed), seed, counts);
    // waits for: a program that never ends, so that it says what it waits for
    const stuck = setTimeout(() => fail(seed, new Error(`stuck: ${program.waiting}`)), 20_000);
    try {
      await program.run();
      for (const kernel of kernels) checkNothingLeft(kernel);
      if (openFiles().size !== opened) throw new Error(`${openFiles().size - opened} descriptors were left open`);
    } catch (error) {
      fail(seed, error as Error);
    }
    clearTimeout(stuck);
  }
  tell({ counts: Object.fromEntries(counts) } satisfies Told);
}

function kernelsOf(kernels: readonly HostKernel[], seed: number): readonly HostKernel[] {
  const random = new SeededRandom(seed);
  const one = kernels[random.below(kernels.length)] as HostKernel;
  const other = kernels[random.below(kernels.length)] as HostKernel;
  return random.chance(0.7) ? [one] : [one, other];
}

function fail(seed: number, error: Error): never {
  tell({ fails: seed, error: error.stack ?? error.message } satisfies Told);
  process.exit(1);
}
