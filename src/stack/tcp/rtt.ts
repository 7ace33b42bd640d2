/** Before the first round trip is measured: RFC 6298 §2.1. */
export const INITIAL_RTO_US = 1_000_000;
/** The same for data, when the handshake gave no sample: RFC 6298 §5.7. */
const FALLBACK_RTO_US = 3_000_000;
/** How long the least round trip counts: tcp_min_rtt_wlen. */
const LEAST_WINDOW_US = 300_000_000;

/** The smoothed round trip and its variation: RFC 6298 §2. */
export class RoundTripTime {
  /** 0 before the first sample. */
  smoothedUs = 0;
  variationUs = 0;
  /** The least that was seen lately, Infinity before the first sample; and when. */
  leastUs: number = Infinity;
  #leastAtUs = 0;
  /** The timeout before the first sample. */
  #initialUs: number = INITIAL_RTO_US;
  /** The latest sample. */
  latestUs = 0;

  get hasSample(): boolean {
    return this.smoothedUs > 0;
  }

  /** The handshake is done. A SYN that was sent twice is no measure, so the path may be a long one: RFC 6298 §5.7. */
  handshakeDone(): void {
    if (!this.hasSample) this.#initialUs = FALLBACK_RTO_US;
  }

  /** What TCP_INFO tells: a guess before the first sample. */
  get shownVariationUs(): number {
    return this.hasSample ? this.variationUs : this.#initialUs / 4;
  }

  sample(rttUs: number, nowUs: number): void {
    const sampleUs = Math.max(1, rttUs);
    this.latestUs = sampleUs;
    if (sampleUs <= this.leastUs || nowUs - this.#leastAtUs > LEAST_WINDOW_US) {
      this.leastUs = sampleUs;
      this.#leastAtUs = nowUs;
    }
    if (this.smoothedUs === 0) {
      // RFC 6298 §2.2
      this.smoothedUs = sampleUs;
      this.variationUs = sampleUs / 2;
      return;
    }
    // RFC 6298 §2.3: alpha 1/8, beta 1/4.
    this.variationUs += (Math.abs(this.smoothedUs - sampleUs) - this.variationUs) / 4;
    this.smoothedUs += (sampleUs - this.smoothedUs) / 8;
  }

  /**
   * The timeout without backoff: RFC 6298 §2.3. The least applies to the variation and not to the whole, as in Linux,
   * so
   * that a long path with little variation has its 200 ms on top.
   */
  timeoutUs(leastUs: number, mostUs: number): number {
    if (this.smoothedUs === 0) return Math.min(mostUs, this.#initialUs);
    return Math.min(mostUs, this.smoothedUs + Math.max(leastUs, 4 * this.variationUs));
  }
}
