import { abortError } from "../../api/errors.ts";
import type { Clock } from "../../api/kernel.ts";
import { onAbort } from "../../kernel/abort.ts";

/**
 * Does something with a signal that is aborted by `signal`, or after `timeoutMs`. Undefined when that time is over;
 * rejects with an AbortError when `signal` was aborted.
 */
export async function within<Result>(
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> {
  if (signal.aborted) throw abortError(signal);
  const ended = new AbortController();
  const over = new AbortController();
  let isLate = false;
  const forget = onAbort(signal, () => ended.abort(signal.reason));
  clock.sleep(timeoutMs, { signal: over.signal }).then(
    () => {
      isLate = true;
      ended.abort();
    },
    () => undefined,
  );
  try {
    return await work(ended.signal);
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    if (isLate) return undefined;
    throw error;
  } finally {
    forget();
    over.abort();
  }
}
