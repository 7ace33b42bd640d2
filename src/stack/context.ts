import type { PacketPool } from "./packet.ts";
import type { RandomSource } from "./random.ts";
import type { TimerQueue } from "./timer/timer-queue.ts";

/**
 * What every layer of a stack is given: its time, its memory, its chance. One object a stack; only the stack writes it.
 */
export interface StackContext {
  /** Microseconds on the stack's own clock, which only grows; set at each entry into the stack. */
  readonly nowUs: number;
  readonly pool: PacketPool;
  readonly random: RandomSource;
  readonly timers: TimerQueue;
}
