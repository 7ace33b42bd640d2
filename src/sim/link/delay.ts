import { invalidType, invalidValue, outOfRange } from "../../api/errors.ts";
import type { SeededRandom } from "../random.ts";

/** The time on the way, in milliseconds: the same for each packet, or drawn for each. None is less than 0. */
export type DelaySettings =
  | number
  /** Anything between two times, each as likely. */
  | { readonly distribution: "uniform"; readonly fromMs: number; readonly toMs: number }
  /** The bell: what would be less than 0 is 0. */
  | { readonly distribution: "normal"; readonly meanMs: number; readonly deviationMs: number }
  /** At least `fromMs`, and a long tail: the smaller the shape, the longer. At most `toMs`, where that is given. */
  | {
      readonly distribution: "pareto";
      readonly fromMs: number;
      readonly shape: number;
      readonly toMs?: number | undefined;
    }
  /** One of these, each as likely: times that were measured. */
  | { readonly distribution: "table"; readonly valuesMs: readonly number[] };

const MOST_MS = 1e9;

function checkMs(name: string, value: unknown): void {
  if (typeof value !== "number") throw invalidType(name, "a number of milliseconds", value);
  if (!(value >= 0 && value <= MOST_MS)) throw outOfRange(name, `a number of milliseconds from 0 to ${MOST_MS}`, value);
}

/** Refuses what is no delay. Errors: ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE. */
export function checkDelay(settings: DelaySettings): void {
  if (typeof settings !== "object" || settings === null) return checkMs("delayMs", settings);
  switch (settings.distribution) {
    case "uniform":
      checkMs("delayMs.fromMs", settings.fromMs);
      checkMs("delayMs.toMs", settings.toMs);
      if (settings.toMs < settings.fromMs) throw outOfRange("delayMs.toMs", "at least fromMs", settings.toMs);
      return;
    case "normal":
      checkMs("delayMs.meanMs", settings.meanMs);
      return checkMs("delayMs.deviationMs", settings.deviationMs);
    case "pareto":
      checkMs("delayMs.fromMs", settings.fromMs);
      checkMs("delayMs.toMs", settings.toMs ?? 0);
      if (!(settings.shape > 0)) throw outOfRange("delayMs.shape", "a number greater than 0", settings.shape);
      return;
    case "table":
      if (settings.valuesMs.length === 0)
        throw invalidValue("delayMs.valuesMs", "at least one time", settings.valuesMs);
      for (const value of settings.valuesMs) checkMs("delayMs.valuesMs", value);
      return;
    default: {
      const { distribution } = settings as { distribution: unknown };
      throw invalidValue("delayMs.distribution", '"uniform", "normal", "pareto" or "table"', distribution);
    }
  }
}

/** Whether every packet has the same. */
export function isConstant(settings: DelaySettings): settings is number {
  return typeof settings === "number";
}

/** A delay in whole microseconds, so that the last digit of a logarithm does not matter. */
export function drawDelayUs(settings: DelaySettings, random: SeededRandom): number {
  return Math.max(0, Math.round(drawMs(settings, random) * 1000));
}

function drawMs(settings: DelaySettings, random: SeededRandom): number {
  if (isConstant(settings)) return settings;
  switch (settings.distribution) {
    case "uniform":
      return settings.fromMs + random.fraction() * (settings.toMs - settings.fromMs);
    case "normal":
      return settings.meanMs + random.normal() * settings.deviationMs;
    case "pareto":
      return Math.min(settings.toMs ?? MOST_MS, settings.fromMs * Math.exp(random.exponential() / settings.shape));
    case "table":
      return settings.valuesMs[random.below(settings.valuesMs.length)] as number;
  }
}
