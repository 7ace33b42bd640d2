import type { Clock } from "../api/kernel.ts";

/**
 * Tells when nothing has happened for a time; then it is quiet until something happens. It never keeps the program
 * alive. Activity costs a look at the clock, no timer.
 */
export class IdleTimeout {
  /** Milliseconds; 0: none. */
  timeoutMs = 0;
  readonly #clock: Clock;
  readonly #idle: () => void;
  #activeAtMs = 0;
  /** The sleep that goes on. */
  #sleeping: AbortController | undefined;

  constructor(clock: Clock, idle: () => void) {
    this.#clock = clock;
    this.#idle = idle;
  }

  /** Begins anew with another time; 0 stops it. */
  set(timeoutMs: number): void {
    this.stop();
    this.timeoutMs = timeoutMs;
    this.active();
  }

  /** Something has happened. */
  active(): void {
    if (this.timeoutMs === 0) return;
    this.#activeAtMs = this.#clock.now();
    if (this.#sleeping === undefined) void this.#watch();
  }

  stop(): void {
    this.timeoutMs = 0;
    this.#sleeping?.abort();
    this.#sleeping = undefined;
  }

  async #watch(): Promise<void> {
    const sleeping = new AbortController();
    this.#sleeping = sleeping;
    try {
      for (;;) {
        const leftMs = this.#activeAtMs + this.timeoutMs - this.#clock.now();
        if (leftMs <= 0) break;
        await this.#clock.sleep(leftMs, { signal: sleeping.signal, ref: false });
      }
    } catch {
      return; // stopped
    }
    this.#sleeping = undefined;
    this.#idle();
  }
}
