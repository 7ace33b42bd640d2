import { abortError } from "../../api/errors.ts";
import { onAbort } from "../../kernel/abort.ts";

interface Flight<Result> {
  readonly result: Promise<Result>;
  readonly stop: AbortController;
  waiters: number;
}

/**
 * Questions that are being asked: one at a time of each, whoever asks (RFC 5452 §5: each further one would be a further
 * chance for who guesses the answer). It is given up when nobody waits for it any more.
 */
export class Flights<Result> {
  readonly #byKey: Map<string, Flight<Result>> = new Map();

  /** The result of `begin`, or of what another began. Aborting ends the caller's own wait. */
  async join(
    key: string,
    signal: AbortSignal | undefined,
    begin: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    if (signal?.aborted) throw abortError(signal);
    const flight = this.#byKey.get(key) ?? this.#begin(key, begin);
    flight.waiters += 1;
    try {
      return await (signal === undefined ? flight.result : unlessAborted(flight.result, signal));
    } finally {
      flight.waiters -= 1;
      if (flight.waiters === 0) {
        this.#over(key, flight);
        flight.stop.abort();
      }
    }
  }

  #begin(key: string, begin: (signal: AbortSignal) => Promise<Result>): Flight<Result> {
    const stop = new AbortController();
    const flight = { result: begin(stop.signal), stop, waiters: 0 };
    const over = (): void => this.#over(key, flight);
    flight.result.then(over, over);
    this.#byKey.set(key, flight);
    return flight;
  }

  #over(key: string, flight: Flight<Result>): void {
    if (this.#byKey.get(key) === flight) this.#byKey.delete(key);
  }
}

function unlessAborted<Result>(result: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => reject(abortError(signal)));
    result.then(resolve, reject).finally(forget);
  });
}
