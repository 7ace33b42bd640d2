import type { Clock } from "../api/kernel.ts";
import { makeSleep } from "../kernel/sleep.ts";
import { hostTurns } from "./turns.ts";

/**
 * The machine's monotonic clock and its timers. Its times can be compared between threads and processes:
 * `performance`'s cannot.
 */
export const hostClock: Clock = {
  now: () => Number(process.hrtime.bigint()) / 1e6,
  sleep: makeSleep(hostTurns),
};
