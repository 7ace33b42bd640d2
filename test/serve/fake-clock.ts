import { abortError } from "../../src/api/errors.ts";
import type { Clock, SleepOptions } from "../../src/api/kernel.ts";

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #nowMs = 0;
  readonly #sleepers = new Set<Sleeper>();

  now = (): number => this.#nowMs;

  sleep = (ms: number, { signal }: SleepOptions = {}): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortError(signal));
      const sleeper: Sleeper = { untilMs: this.#nowMs + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      const abort = (): void => {
        if (this.#sleepers.delete(sleeper)) reject(abortError(signal as AbortSignal));
      };
      signal?.addEventListener("abort", abort, { once: true });
    });

  /** How many sleep. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Moves the time; each sleeper wakes at its own, and what it does then is done before the next wakes. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#sleepers].filter(({ untilMs }) => untilMs <= targetMs);
      const [first] = due.toSorted((one, other) => one.untilMs - other.untilMs);
      if (first === undefined) break;
      this.#nowMs = first.untilMs;
      this.#sleepers.delete(first);
      first.wake();
      await turn();
    }
    this.#nowMs = targetMs;
  }
}

/** One turn of the event loop: what is ready is done. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Turns until the condition holds: for what another thread or process does, or the kernel. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}
