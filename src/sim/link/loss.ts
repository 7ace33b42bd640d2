import { invalidType, outOfRange } from "../../api/errors.ts";
import type { SeededRandom } from "../random.ts";

/**
 * Losses in bursts, after Gilbert and Elliott: the link is good or bad, and for each packet it may change. On average
 * `1 / recovers` packets make a burst.
 */
export interface BurstLoss {
  /** The probability that a good link is bad from this packet on. */
  readonly fails: number;
  /** The probability that a bad link is good from this packet on. */
  readonly recovers: number;
  /** The probability of loss while the link is bad; 1 unless given. */
  readonly whileBad?: number | undefined;
  /** The same while it is good; 0 unless given. */
  readonly whileGood?: number | undefined;
}

/** The probability of loss, of each packet by itself or in bursts. */
export type LossSettings = number | BurstLoss;

/** Refuses what is no probability. Errors: ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. */
export function checkProbability(name: string, value: unknown): void {
  if (typeof value !== "number") throw invalidType(name, "a probability from 0 to 1", value);
  if (!(value >= 0 && value <= 1)) throw outOfRange(name, "a probability from 0 to 1", value);
}

/** Refuses what is no loss. Errors as `checkProbability`. */
export function checkLoss(settings: LossSettings): void {
  if (typeof settings !== "object" || settings === null) return checkProbability("loss", settings);
  checkProbability("loss.fails", settings.fails);
  checkProbability("loss.recovers", settings.recovers);
  checkProbability("loss.whileBad", settings.whileBad ?? 1);
  checkProbability("loss.whileGood", settings.whileGood ?? 0);
}

/** Decides which packets are lost. */
export class Loss {
  readonly #settings: LossSettings;
  readonly #random: SeededRandom;
  #isBad = false;

  constructor(settings: LossSettings, random: SeededRandom) {
    this.#settings = settings;
    this.#random = random;
  }

  /** Whether the next packet is lost. */
  strikes(): boolean {
    const settings = this.#settings;
    const random = this.#random;
    if (typeof settings === "number") return random.chance(settings);
    if (random.chance(this.#isBad ? settings.recovers : settings.fails)) this.#isBad = !this.#isBad;
    return random.chance(this.#isBad ? (settings.whileBad ?? 1) : (settings.whileGood ?? 0));
  }
}
