import { abortError, outOfRange } from "../api/errors.ts";
import type { Clock } from "../api/kernel.ts";
import { onAbort } from "./abort.ts";
import { checkSignal } from "./arguments.ts";
import type { Turns } from "./turns.ts";

/** setTimeout takes no more: 2^31 - 1 milliseconds, 24.8 days. */
const MAX_SLEEP_MS = 0x7fffffff;

/** `clock.sleep` by a kernel's timers. */
export function makeSleep(turns: Turns): Clock["sleep"] {
  return async (ms, options = {}) => {
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
          timer.close();
          reject(abortError(signal));
        });
      const timer = turns.timer(() => {
        forgetSignal?.();
        resolve();
      }, ms);
      if (options.ref === false) timer.unref();
    });
  };
}
