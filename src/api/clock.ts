import type { WaitOptions } from "./calls/wait.ts";

/** `ref` false: the sleep does not keep the program alive. */
export interface SleepOptions extends WaitOptions {
  readonly ref?: boolean | undefined;
}

/** Time as the kernel's programs see it: the machine's on the host, virtual on a stack. */
export interface Clock {
  /**
   * The time in milliseconds since an arbitrary start, clock_gettime(2) with CLOCK_MONOTONIC: with fractions, never
   * going back, the same in all threads and processes of the machine. Every kernel.
   *
   * @example
   * const begin = host.clock.now();
   * host.clock.now() >= begin; // true
   */
  readonly now: () => number;

  /**
   * Waits `ms` milliseconds, from 0 to 2,147,483,647 (24.8 days).
   *
   * Errors: ERR_OUT_OF_RANGE: another `ms`.
   *
   * Aborting rejects with an AbortError. Every kernel.
   *
   * @example
   * await host.clock.sleep(5);
   * host.clock.sleep(1000, { signal: AbortSignal.abort() }); // AbortError: aborted
   */
  readonly sleep: (ms: number, options?: SleepOptions) => Promise<void>;
}
