import { abortError } from "../src/api/errors.ts";
import type { Clock, SleepOptions } from "../src/api/kernel.ts";
import { turn } from "./turn.ts";

/** One that sleeps. */
interface Sleep {
  readonly ms: number;
  readonly ref: boolean;
  readonly untilMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  sleeps: Sleep[] = [];
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  // waits for: the test's `pass`
  sleep(ms: number, { signal, ref = true }: SleepOptions = {}): Promise<void> {
    return new Promise((wake, reject) => {
      if (signal?.aborted) return reject(abortError(signal));
      const sleep: Sleep = { ms, ref, untilMs: this.#nowMs + ms, wake };
      this.sleeps.push(sleep);
      const abort = (): void => {
        this.sleeps = this.sleeps.filter((other) => other !== sleep);
        reject(abortError(signal as AbortSignal));
      };
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** The time passes, and those who waited for it have had their turn. */
  async pass(ms: number): Promise<void> {
    this.#nowMs += ms;
    const due = this.sleeps.filter(({ untilMs }) => untilMs <= this.#nowMs);
    this.sleeps = this.sleeps.filter(({ untilMs }) => untilMs > this.#nowMs);
    for (const { wake } of due) wake();
    await turn();
  }
}
