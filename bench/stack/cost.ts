import { median } from "../median.ts";

/** What a piece of work took: seconds by the clock, and of the processor, its collector's threads included. */
export interface Cost {
  readonly wallS: number;
  readonly cpuS: number;
}

export async function costOf(work: () => void | Promise<void>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const begin = process.hrtime.bigint();
  await work();
  const wallS = Number(process.hrtime.bigint() - begin) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  return { wallS, cpuS: (user + system) / 1e6 };
}

/** The medians of several rounds. */
export async function medianCost(rounds: number, work: () => void | Promise<void>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round++) costs.push(await costOf(work));
  return { wallS: median(costs.map(({ wallS }) => wallS)), cpuS: median(costs.map(({ cpuS }) => cpuS)) };
}

/** Bytes that JavaScript holds, objects and buffers, after a collection; needs `node --expose-gc`. */
export function bytesHeld(): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error("run it with node --expose-gc");
  // The second one waits for the first's buffers to be given back.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
