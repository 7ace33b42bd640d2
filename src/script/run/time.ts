import type { EventTime } from "../language/tree.ts";
import type { Settings } from "./settings.ts";

/** Between which times an event is, counted from the script's beginning; Infinity for one at any time. */
export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

export const secondsText = (us: number): string => `${(us / 1_000_000).toFixed(6)} s`;

/** Whether the time is one point that the next event can be counted from. */
export function isPoint({ kind }: EventTime): boolean {
  return kind === "absolute" || kind === "relative";
}

/** The window of a time, where what is relative is counted from `baseUs`. */
export function windowOf(time: EventTime, baseUs: number): Window {
  switch (time.kind) {
    case "any":
      return { fromUs: 0, toUs: Infinity };
    case "absolute":
      return { fromUs: time.us, toUs: time.us };
    case "relative":
      return { fromUs: baseUs + time.us, toUs: baseUs + time.us };
    case "absolute range":
      return { fromUs: time.us, toUs: time.endUs };
    case "relative range":
      return { fromUs: baseUs + time.us, toUs: baseUs + time.endUs };
  }
}

/** How far off a time may be that comes `sinceUs` after the event before. */
export function toleranceUs({ toleranceUs, tolerancePart }: Settings, sinceUs: number): number {
  return Math.max(toleranceUs, sinceUs * tolerancePart);
}

export function windowText({ fromUs, toUs }: Window): string {
  if (toUs === Infinity) return "any time";
  return fromUs === toUs ? secondsText(fromUs) : `${secondsText(fromUs)} … ${secondsText(toUs)}`;
}
