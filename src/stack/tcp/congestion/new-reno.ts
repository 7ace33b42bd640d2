import type { CongestionControl } from "./control.ts";
import type { CongestionWindow } from "./window.ts";

/** RFC 5681's slow start and congestion avoidance; the recovery of RFC 6582 is common to all. */
export class NewReno implements CongestionControl {
  readonly name = "reno";

  /** RFC 5681 §3.1, equation 4. */
  reduced(window: CongestionWindow): number {
    return Math.max(2, window.size >> 1);
  }

  measured(): void {
    // A round trip tells it nothing.
  }

  grow(window: CongestionWindow, segments: number): void {
    const left = window.isSlowStart ? window.slowStart(segments) : segments;
    // RFC 5681 §3.1, equation 3: one segment a round trip.
    if (left > 0) window.grow(left / window.size);
  }

  timedOut(): void {
    // Nothing is kept.
  }

  resumed(): void {
    // Nothing depends on time.
  }
}
