import { Cubic } from "./cubic.ts";
import { NewReno } from "./new-reno.ts";
import type { CongestionWindow } from "./window.ts";

/** What TCP_CONGESTION can be. */
export type CongestionControlName = "cubic" | "reno";

/** A congestion control: how the window grows, and how far it falls. */
export interface CongestionControl {
  readonly name: CongestionControlName;
  /** The slow-start threshold after a loss or a mark. */
  reduced(window: CongestionWindow): number;
  /** A round trip was measured while `acknowledged` is SND.UNA and `sent` is SND.NXT. */
  measured(window: CongestionWindow, rttUs: number, acknowledged: number, sent: number): void;
  /** So many segments were acknowledged, and the window was full. */
  grow(window: CongestionWindow, segments: number, nowUs: number, smoothedRttUs: number): void;
  /** A timeout: all that was learnt of the path is void. */
  timedOut(): void;
  /** Sending begins again after a pause. */
  resumed(idleUs: number): void;
}

export function congestionControl(name: CongestionControlName): CongestionControl {
  return name === "reno" ? new NewReno() : new Cubic();
}
