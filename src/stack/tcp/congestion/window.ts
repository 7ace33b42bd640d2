import { TCP_CA_Open } from "../../../api/constants/tcp-option.ts";

/** Segments of the first window: RFC 6928 §2. */
export const INITIAL_WINDOW = 10;
/** A slow-start threshold that was never set: TCP_INFINITE_SSTHRESH. */
export const NO_THRESHOLD = 0x7fffffff;
/** Segments that a window never exceeds, so that nothing grows without end. */
const WINDOW_LIMIT = 65536;

/** The congestion window and what recovery needs to know, in segments. */
export class CongestionWindow {
  /** RFC 5681's cwnd. */
  size: number = INITIAL_WINDOW;
  /** RFC 5681's ssthresh. */
  threshold: number = NO_THRESHOLD;
  /** The part of a segment that the window has grown by, in congestion avoidance. */
  #fraction = 0;
  /** TCP_CA_Open, TCP_CA_Disorder, TCP_CA_CWR, TCP_CA_Recovery or TCP_CA_Loss. */
  state: number = TCP_CA_Open;
  /** SND.NXT when recovery began: RFC 6582's "recover". */
  highSequence = 0;
  /** The window and the threshold before the reduction, for its undoing. */
  priorSize = 0;
  priorThreshold = 0;
  /** RFC 6937's prr_delivered and prr_out. */
  prrDelivered = 0;
  prrOut = 0;
  /**
   * Whether the reduction can be undone, from which sequence number on, and how many retransmissions speak against
   * it.
   */
  canUndo = false;
  undoMarker = 0;
  undoRetransmissions = 0;
  /** The window was what held data back, as far as it is known: only then it grows (RFC 5681 §3.1, RFC 7661). */
  isLimiting = false;
  /** The most segments in flight in this round, and where the round ends. */
  mostOut = 0;
  roundEnd = 0;
  /** Segments that were in flight at most while the program had nothing to send, and since when (RFC 2861). */
  used = 0;
  usedSinceUs = 0;

  get isSlowStart(): boolean {
    return this.size < this.threshold;
  }

  /** Grows by a fraction of a segment, or several. */
  grow(segments: number): void {
    this.#fraction += segments;
    const whole = Math.floor(this.#fraction);
    this.#fraction -= whole;
    this.size = Math.min(WINDOW_LIMIT, this.size + whole);
  }

  /**
   * Slow start: RFC 5681 §3.1, by what was acknowledged. Returns how many segments are left for congestion avoidance.
   */
  slowStart(acknowledged: number): number {
    const size = Math.min(this.size + acknowledged, this.threshold, WINDOW_LIMIT);
    const left = acknowledged - (size - this.size);
    this.size = size;
    return left;
  }

  set(size: number): void {
    this.size = Math.max(1, Math.min(WINDOW_LIMIT, Math.floor(size)));
    this.#fraction = 0;
  }
}
