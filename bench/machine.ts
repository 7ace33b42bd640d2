/** What the figures were measured on: they mean little without it. */
import { cpus, loadavg, release } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

export interface Machine {
  readonly date: string;
  readonly kernel: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  /** The load average before the first run: well above zero means that other work disturbed the figures. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    kernel: `Linux ${release()}`,
    node: process.version,
    processor: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    loadBefore: loadavg()[0] ?? 0,
  };
}

export function machineText(machine: Machine): string {
  const { date, kernel, node, processor, cores, loadBefore } = machine;
  return `${date}, ${kernel}, Node ${node}, ${cores} × ${processor}, load before ${loadBefore.toFixed(2)}`;
}

const LOOK_MS = 250;
const WAIT_LIMIT_MS = 10_000;

/** Seconds that the processors have been busy, summed over them. */
function busySeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000;
}

/** Waits until other work takes at most so much of the cores, but not for ever. */
export async function untilQuiet(cores: number): Promise<void> {
  const deadline = performance.now() + WAIT_LIMIT_MS;
  while (performance.now() < deadline) {
    const before = busySeconds();
    await sleep(LOOK_MS);
    // The clock behind it ticks in hundredths of a second.
    if (busySeconds() - before <= (cores * LOOK_MS) / 1000 + 0.01) return;
  }
}
