import { attemptsFailed, isSystemError, systemError } from "../api/errors.ts";
import type { Clock } from "../api/kernel.ts";

/** RFC 8305 §8: the Connection Attempt Delay that is recommended. */
export const CONNECTION_ATTEMPT_DELAY_MS = 250;

/** An attempt that succeeds gives a T; it ends when the signal is aborted. */
type Attempt<A, T> = (address: A, signal: AbortSignal) => Promise<T>;

/**
 * RFC 8305 §5: attempts to connect, in order. Each begins when the one before has failed, or has not succeeded within
 * the attempt delay. The first that succeeds wins, and the others are given up.
 */
export class ConnectionRace<A, T> {
  readonly #clock: Clock;
  readonly #addresses: readonly A[];
  readonly #attempt: Attempt<A, T>;
  /** For a connection that comes after the race is over. */
  readonly #discard: (connection: T) => void;
  readonly #over = new AbortController();
  readonly #errors: Error[] = [];
  #next = 0;
  #running = 0;
  #delay: AbortController | undefined;
  #resolve!: (connection: T) => void;
  #reject!: (error: unknown) => void;

  constructor(clock: Clock, addresses: readonly A[], attempt: Attempt<A, T>, discard: (connection: T) => void) {
    this.#clock = clock;
    this.#addresses = addresses;
    this.#attempt = attempt;
    this.#discard = discard;
  }

  /**
   * Rejects with the error of the only attempt, or with one that has the errors of all. Aborting the signal ends all
   * attempts.
   */
  async run(signal: AbortSignal): Promise<T> {
    const result = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const abort = (): void => this.#settle(() => this.#reject(signal.reason));
    if (signal.aborted) abort();
    if (this.#addresses.length === 0) this.#settle(() => this.#reject(systemError("connect", "EADDRNOTAVAIL")));
    signal.addEventListener("abort", abort, { once: true });
    this.#startNext();
    try {
      return await result;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  #startNext(): void {
    this.#delay?.abort();
    this.#delay = undefined;
    if (this.#over.signal.aborted || this.#next === this.#addresses.length) return;
    const address = this.#addresses[this.#next] as A;
    this.#next += 1;
    this.#running += 1;
    this.#attempt(address, this.#over.signal).then(
      (connection) => this.#succeeded(connection),
      (error: Error) => this.#failed(error),
    );
    if (this.#next < this.#addresses.length) this.#startNextAfterDelay();
  }

  #startNextAfterDelay(): void {
    const delay = new AbortController();
    this.#delay = delay;
    this.#clock.sleep(CONNECTION_ATTEMPT_DELAY_MS, { signal: delay.signal }).then(
      () => {
        if (!delay.signal.aborted) this.#startNext();
      },
      () => undefined, // The attempt has failed before, or the race is over.
    );
  }

  #succeeded(connection: T): void {
    if (this.#over.signal.aborted) return this.#discard(connection);
    this.#settle(() => this.#resolve(connection));
  }

  #failed(error: Error): void {
    if (this.#over.signal.aborted) return;
    this.#running -= 1;
    this.#errors.push(error);
    if (this.#next < this.#addresses.length) return this.#startNext();
    if (this.#running > 0) return;
    this.#settle(() => this.#reject(failureOf(this.#errors)));
  }

  #settle(tell: () => void): void {
    if (this.#over.signal.aborted) return;
    this.#delay?.abort();
    this.#over.abort();
    tell();
  }
}

/** Errors that say that nothing was sent: the machine has no such family, route or address. */
const NOT_EVEN_TRIED = ["EAFNOSUPPORT", "ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EINVAL"];

function failureOf(errors: readonly Error[]): Error {
  const telling = errors.find((error) => !isSystemError(error, ...NOT_EVEN_TRIED)) ?? errors.at(-1);
  return errors.length === 1 ? (telling as Error) : attemptsFailed(errors, telling as Error);
}
