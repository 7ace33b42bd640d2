import { abortError, outOfRange } from "../api/errors.ts";
import type { Clock } from "../api/kernel.ts";
import { onAbort } from "./abort.ts";
import { checkSignal } from "./calls/arguments.ts";

/** setTimeout takes no more: 2^31 - 1 milliseconds, 24.8 days. */
const MAX_SLEEP_MS = 0x7fffffff;

/**
 * The machine's monotonic clock and its timers. Its times can be compared between threads and processes:
 * `performance`'s cannot.
 */
export const hostClock: Clock = {
  now: () => Number(process.hrtime.bigint()) / 1e6,
  async sleep(ms, options = {}) {
    const { signal } = options;
    if (typeof ms !== "number" || !(ms >= 0 && ms <= MAX_SLEEP_MS)) {
      throw outOfRange("ms", `a number of milliseconds from 0 to ${MAX_SLEEP_MS}`, ms);
    }
    checkSignal(signal);
    if (signal?.aborted) throw abortError(signal);
    await new Promise<void>((resolve, reject) => {
      const forgetSignal =
        signal &&
        onAbort(signal, () => {
          clearTimeout(timer);
          reject(abortError(signal));
        });
      const timer = setTimeout(() => {
        forgetSignal?.();
        resolve();
      }, ms);
      if (options.ref === false) timer.unref();
    });
  },
};
