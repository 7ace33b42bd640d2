import type { CongestionControl } from "./control.ts";
import { HyStart } from "./hystart.ts";
import type { CongestionWindow } from "./window.ts";

/** RFC 9438 §5: C, in segments per second cubed. */
const C = 0.4;
/** RFC 9438 §4.6: beta is 0.7; Linux's binary fraction of it, which rounds alike. */
const BETA = 717 / 1024;
/** RFC 9438 §4.3: as fast as Reno on the average. */
const ALPHA = (3 * (1 - BETA)) / (1 + BETA);

/** CUBIC: RFC 9438, with HyStart++ in slow start. */
export class Cubic implements CongestionControl {
  readonly name = "cubic";
  readonly #start: HyStart = new HyStart();
  /** W_max: the window at the last reduction. */
  #most = 0;
  /** The plateau that this epoch aims at. */
  #origin = 0;
  #epochUs = -1;
  /** Seconds from the epoch to the plateau. */
  #k = 0;
  /** W_est: Reno's window. */
  #estimate = 0;
  /** cwnd_prior: the window before the last reduction. */
  #prior = 0;

  reduced(window: CongestionWindow): number {
    this.#epochUs = -1;
    this.#prior = window.size;
    // RFC 9438 §4.7, fast convergence: leave room for a flow that has just come.
    this.#most = window.size < this.#most ? (window.size * (1 + BETA)) / 2 : window.size;
    return Math.max(2, Math.floor(window.size * BETA));
  }

  measured(window: CongestionWindow, rttUs: number, acknowledged: number, sent: number): void {
    if (!window.isSlowStart) return;
    if (this.#start.measured(rttUs, acknowledged, sent)) window.threshold = window.size;
  }

  grow(window: CongestionWindow, segments: number, nowUs: number, smoothedRttUs: number): void {
    let left = segments;
    if (window.isSlowStart) {
      if (this.#start.isConservative) {
        window.grow(this.#start.increase(segments));
        return;
      }
      left = window.slowStart(segments);
    }
    if (left > 0) this.#avoid(window, left, nowUs, smoothedRttUs);
  }

  timedOut(): void {
    this.#epochUs = -1;
    this.#most = 0;
    this.#prior = 0;
    this.#start.restart();
  }

  /** RFC 9438 §5.8: time in which nothing was sent does not count. */
  resumed(idleUs: number): void {
    if (this.#epochUs >= 0) this.#epochUs += idleUs;
  }

  #avoid(window: CongestionWindow, segments: number, nowUs: number, smoothedRttUs: number): void {
    if (this.#epochUs < 0) this.#begin(window, nowUs);
    const size = window.size;
    // RFC 9438 §4.2, one round trip ahead.
    const past = (nowUs - this.#epochUs) / 1e6 - this.#k;
    const ahead = past + smoothedRttUs / 1e6;
    const target = Math.max(size, Math.min(C * ahead * ahead * ahead + this.#origin, 1.5 * size));
    // RFC 9438 §4.3: where Reno would be.
    this.#estimate += ((this.#estimate < this.#prior ? ALPHA : 1) * segments) / size;
    const now = C * past * past * past + this.#origin;
    if (now < this.#estimate && this.#estimate > size) {
      window.grow(Math.min(segments, this.#estimate - size));
      return;
    }
    window.grow((segments * (target - size)) / size);
  }

  #begin(window: CongestionWindow, nowUs: number): void {
    this.#epochUs = nowUs;
    this.#estimate = window.size;
    this.#origin = Math.max(this.#most, window.size);
    this.#k = Math.cbrt((this.#origin - window.size) / C);
  }
}
