import { outOfRange } from "../api/errors.ts";
import type { VirtualTime } from "./time.ts";

/** A host's clock when the internet begins, in microseconds: a machine has been on for a second. */
const UPTIME_US = 1_000_000;
/** No clock is further off. */
const MIN_RATE = 0.01;
const MAX_RATE = 100;
/** What a wall clock shows when the internet begins unless it is said: midnight, 1 January 2000. */
export const DEFAULT_EPOCH_MS = 946_684_800_000;

/**
 * The clocks of a host. The monotonic one never goes back, and may be too fast or too slow; the wall clock is that and
 * an offset, which may jump. Both count whole microseconds.
 */
export class HostClock {
  readonly #time: VirtualTime;
  /** What the wall clock said when the monotonic one was 0. */
  #epochMs: number;
  #rate = 1;
  /** Where the rate holds from: the internet's time, and this clock's. */
  #sinceUs = 0;
  #baseUs: number = UPTIME_US;

  readonly #changed: () => void;

  /** `changed` is called when the monotonic clock goes on otherwise than it did. */
  constructor(time: VirtualTime, changed: () => void, epochMs: number = DEFAULT_EPOCH_MS) {
    this.#time = time;
    this.#changed = changed;
    this.#epochMs = epochMs - UPTIME_US / 1000;
  }

  /** The monotonic clock, in microseconds. */
  get nowUs(): number {
    return this.#at(this.#time.nowUs);
  }

  get epochMs(): number {
    return this.#epochMs;
  }

  /** The wall clock, in milliseconds since 1970. */
  get wallMs(): number {
    return this.#epochMs + this.nowUs / 1000;
  }

  /** How fast it goes: 1 is right, 1.0001 gains 100 µs a second. */
  get rate(): number {
    return this.#rate;
  }

  set rate(rate: number) {
    if (!(rate >= MIN_RATE && rate <= MAX_RATE)) throw outOfRange("rate", `from ${MIN_RATE} to ${MAX_RATE}`, rate);
    this.#baseUs = this.nowUs;
    this.#sinceUs = this.#time.nowUs;
    this.#rate = rate;
    this.#changed();
  }

  /** The machine has booted: the monotonic clock begins anew, and the wall clock goes on. */
  boot(): void {
    this.#epochMs = this.wallMs - UPTIME_US / 1000;
    this.#baseUs = UPTIME_US;
    this.#sinceUs = this.#time.nowUs;
  }

  /** Somebody sets the wall clock: by so many milliseconds ahead, or back. */
  jump(ms: number): void {
    this.#epochMs += ms;
  }

  /** The internet's time at which this clock has come to `clockUs`, as far as its rate is known now. */
  internetUs(clockUs: number): number {
    if (clockUs === Infinity) return Infinity;
    let atUs = Math.ceil(this.#sinceUs + (clockUs - this.#baseUs) / this.#rate);
    while (this.#at(atUs) < clockUs) atUs += 1;
    return atUs;
  }

  #at(internetUs: number): number {
    return Math.floor(this.#baseUs + (internetUs - this.#sinceUs) * this.#rate);
  }
}
