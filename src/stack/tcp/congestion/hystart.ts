import { isBefore } from "../sequence.ts";

/** RFC 9406 §4.3: the constants of HyStart++. */
const LEAST_RISE_US = 4_000;
const MOST_RISE_US = 16_000;
const RISE_DIVISOR = 8;
const SAMPLES = 8;
const CONSERVATIVE_DIVISOR = 4;
const CONSERVATIVE_ROUNDS = 5;

/**
 * HyStart++ (RFC 9406): slow start ends before it overruns the path, at the first sign that round trips grow. The
 * limit L
 * on a single acknowledgement's increase is left at infinity, as Linux has it.
 */
export class HyStart {
  #roundEnd = 0;
  #inRound = false;
  #lastLeastUs = Infinity;
  #leastUs = Infinity;
  #samples = 0;
  #baselineUs = Infinity;
  #conservative = false;
  #conservativeRounds = 0;

  /** A round trip was measured in slow start. Returns true when slow start is over. */
  measured(rttUs: number, acknowledged: number, sent: number): boolean {
    if (!this.#inRound || !isBefore(acknowledged, this.#roundEnd)) {
      if (this.#nextRound(sent)) return true;
    }
    if (rttUs < this.#leastUs) this.#leastUs = rttUs;
    this.#samples++;
    if (this.#samples < SAMPLES) return false;
    if (this.#conservative) {
      // The rise was no queue: RFC 9406 §4.2.
      if (this.#leastUs < this.#baselineUs) {
        this.#conservative = false;
        this.#baselineUs = Infinity;
      }
    } else if (this.#lastLeastUs !== Infinity) {
      const riseUs = Math.max(LEAST_RISE_US, Math.min(this.#lastLeastUs / RISE_DIVISOR, MOST_RISE_US));
      if (this.#leastUs >= this.#lastLeastUs + riseUs) {
        this.#conservative = true;
        this.#conservativeRounds = 0;
        this.#baselineUs = this.#leastUs;
      }
    }
    return false;
  }

  /** By how much so many acknowledged segments let the window grow. */
  increase(segments: number): number {
    return this.#conservative ? segments / CONSERVATIVE_DIVISOR : segments;
  }

  get isConservative(): boolean {
    return this.#conservative;
  }

  restart(): void {
    this.#inRound = false;
    this.#conservative = false;
    this.#lastLeastUs = this.#leastUs = this.#baselineUs = Infinity;
    this.#samples = 0;
  }

  #nextRound(sent: number): boolean {
    const first = !this.#inRound;
    this.#inRound = true;
    this.#roundEnd = sent;
    this.#lastLeastUs = this.#leastUs;
    this.#leastUs = Infinity;
    this.#samples = 0;
    if (first || !this.#conservative) return false;
    this.#conservativeRounds++;
    return this.#conservativeRounds >= CONSERVATIVE_ROUNDS;
  }
}
