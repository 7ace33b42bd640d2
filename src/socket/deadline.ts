import { abortError } from "../api/errors.ts";
import type { Clock } from "../api/kernel.ts";

/**
 * Makes a call with a signal that is aborted by `signal`, then the call fails with an AbortError, or after
 * `timeoutMs`, then it fails with the error that `timedOut` makes.
 */
export async function withDeadline<T>(
  clock: Clock,
  { signal, timeoutMs }: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
  timedOut: () => Error,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) throw abortError(signal);
  const ended = new AbortController();
  const over = new AbortController();
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    ended.abort(failure);
  };
  const abort = (): void => fail(abortError(signal as AbortSignal));
  signal?.addEventListener("abort", abort, { once: true });
  if (timeoutMs !== undefined) {
    clock.sleep(timeoutMs, { signal: over.signal }).then(
      () => fail(timedOut()),
      (error: Error) => {
        if (!over.signal.aborted) fail(error); // No time that can be waited.
      },
    );
  }
  try {
    return await call(ended.signal);
  } catch (error) {
    throw failure ?? error;
  } finally {
    over.abort();
    signal?.removeEventListener("abort", abort);
  }
}
