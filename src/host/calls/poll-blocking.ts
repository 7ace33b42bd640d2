import { isSystemError } from "../../api/errors.ts";
import type { PollEntry } from "../../api/kernel.ts";
import { listensForSignals } from "../signals.ts";
import { checkTimeout } from "../../kernel/arguments.ts";
import { PollSet } from "./poll.ts";
import { isMainThread } from "../node.ts";

/**
 * A blocked thread runs no JavaScript, so `worker.terminate()` waits for it: in a worker a blocking call wakes this
 * often to let the thread be ended.
 */
export const SLICE_MS = 250;

/** poll(2), blocking this thread. EINTR when a signal came that the program listens for. */
export function pollBlocking(entries: readonly PollEntry[], timeoutMs: number): number {
  const limitMs = checkTimeout("timeoutMs", timeoutMs);
  const set = new PollSet(entries);
  const deadline = limitMs < 0 ? Infinity : performance.now() + limitMs;
  for (;;) {
    const leftMs = Math.max(0, Math.ceil(deadline - performance.now()));
    const sliceMs = Math.min(leftMs, isMainThread ? Infinity : SLICE_MS);
    const count = pollOnce(set, sliceMs === Infinity ? -1 : sliceMs);
    if (count > 0 || leftMs === 0) return count;
  }
}

/** One poll(2); 0 also after a signal that is not the program's. */
function pollOnce(set: PollSet, timeoutMs: number): number {
  try {
    return set.poll(timeoutMs);
  } catch (error) {
    if (isSystemError(error, "EINTR") && !listensForSignals()) return 0;
    throw error;
  }
}
