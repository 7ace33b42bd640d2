import { outOfRange } from "../../api/errors.ts";

/** The sizes of a thread's ring, and of the memory that it works with. */
export interface RingLimits {
  /** Operations that are handed over at once: from 8 to 32,768 (default 1,024). */
  readonly submissions: number;
  /** Completions that wait before the kernel itself keeps the rest: from 16 to 65,536 (default 4,096). */
  readonly completions: number;
  /** Buffers that all flows receive into: a power of two from 2 to 32,768 (default 16). */
  readonly buffers: number;
  /** Bytes of each: from 1,024 to 1,048,576 (default 65,536). 1 GiB at most for all. */
  readonly bufferBytes: number;
  /** Bytes for small writes of one batch: from 0 to 16,777,216 (default 262,144). What finds no room leaves at once. */
  readonly sendBytes: number;
}

const DEFAULTS: RingLimits = {
  submissions: 1024,
  completions: 4096,
  buffers: 16,
  bufferBytes: 65536,
  sendBytes: 262144,
};

const RANGES: Record<keyof RingLimits, readonly [least: number, most: number]> = {
  submissions: [8, 32768],
  completions: [16, 65536],
  buffers: [2, 32768],
  bufferBytes: [1024, 1048576],
  sendBytes: [0, 16777216],
};

/** Bytes of all buffers together. */
const MOST_BUFFER_MEMORY = 1 << 30;

/** The limits that were asked for, checked, and the defaults of the others. */
export function ringLimits(given: Partial<RingLimits>): RingLimits {
  const limits = { ...DEFAULTS, ...given };
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = limits[name as keyof RingLimits];
    if (!Number.isInteger(value) || value < least || value > most) {
      throw outOfRange(`options.ring.${name}`, `an integer from ${least} to ${most}`, value);
    }
  }
  if (limits.completions < limits.submissions) {
    throw outOfRange("options.ring.completions", "at least options.ring.submissions", limits.completions);
  }
  if (!Number.isInteger(Math.log2(limits.buffers))) {
    throw outOfRange("options.ring.buffers", "a power of two", limits.buffers);
  }
  if (limits.buffers * limits.bufferBytes > MOST_BUFFER_MEMORY) {
    throw outOfRange("options.ring.buffers", "at most 1 GiB, with options.ring.bufferBytes each", limits.buffers);
  }
  return limits;
}
