/**
 * What waits for a signal. One listener a signal, however many calls take it: Node warns, on the console, of many
 * listeners.
 */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when the signal is aborted. Returns what takes that back; afterwards nothing of it is left in the signal.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = waiting.get(signal);
  if (callbacks === undefined) {
    callbacks = new Set();
    waiting.set(signal, callbacks);
  }
  const all = callbacks;
  if (all.size === 0) signal.addEventListener("abort", aborted, { once: true });
  all.add(callback);
  return () => {
    if (all.delete(callback) && all.size === 0) signal.removeEventListener("abort", aborted);
  };
}

function aborted(event: Event): void {
  const callbacks = waiting.get(event.target as AbortSignal);
  for (const callback of [...(callbacks ?? [])]) callback();
}
