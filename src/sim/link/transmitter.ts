import { BandwidthTrace } from "./bandwidth-trace.ts";

const FIRST_ROOM = 8;

/** How much may wait before the link; what does not fit is dropped. */
export interface QueueLimits {
  readonly packets: number;
  readonly bytes: number;
}

/** A link's sending end: one frame after the other at the link's rate, and a queue before it. */
export class Transmitter {
  limits: QueueLimits;
  #bytesPerUs = 0;
  #trace: BandwidthTrace | undefined = undefined;
  /** When the last frame that was taken has left. */
  #freeAtUs = 0;
  /** The frames that have not left: a ring of when each has, and how long it is. */
  #leaveUs: Float64Array = new Float64Array(FIRST_ROOM);
  #lengths: Int32Array = new Int32Array(FIRST_ROOM);
  #first = 0;
  #count = 0;
  #bytes = 0;

  constructor(bandwidthMbps: number | BandwidthTrace, limits: QueueLimits) {
    this.limits = limits;
    this.bandwidthMbps = bandwidthMbps;
  }

  set bandwidthMbps(bandwidth: number | BandwidthTrace) {
    if (bandwidth instanceof BandwidthTrace) this.#trace = bandwidth;
    else {
      this.#trace = undefined;
      this.#bytesPerUs = bandwidth / 8;
    }
  }

  /** Frames that wait or are being sent, and their bytes. */
  occupancy(nowUs: number): { packets: number; bytes: number } {
    this.#forgetSent(nowUs);
    return { packets: this.#count, bytes: this.#bytes };
  }

  /** Takes a frame. Returns when its last bit has left; -1 when the queue, without the one being sent, is full. */
  take(bytes: number, nowUs: number): number {
    this.#forgetSent(nowUs);
    if (this.#count > 0) {
      const waiting = this.#bytes - (this.#lengths[this.#first] as number);
      if (this.#count > this.limits.packets || waiting + bytes > this.limits.bytes) return -1;
    }
    const leaveUs = this.#finishUs(Math.max(nowUs, this.#freeAtUs), bytes);
    this.#freeAtUs = leaveUs;
    this.#note(leaveUs, bytes);
    return leaveUs;
  }

  #finishUs(startUs: number, bytes: number): number {
    return this.#trace === undefined ? startUs + bytes / this.#bytesPerUs : this.#trace.finishUs(startUs, bytes);
  }

  #forgetSent(nowUs: number): void {
    const mask = this.#leaveUs.length - 1;
    while (this.#count > 0 && (this.#leaveUs[this.#first] as number) <= nowUs) {
      this.#bytes -= this.#lengths[this.#first] as number;
      this.#first = (this.#first + 1) & mask;
      this.#count -= 1;
    }
  }

  #note(leaveUs: number, bytes: number): void {
    if (this.#count === this.#leaveUs.length) this.#grow();
    const place = (this.#first + this.#count) & (this.#leaveUs.length - 1);
    this.#leaveUs[place] = leaveUs;
    this.#lengths[place] = bytes;
    this.#count += 1;
    this.#bytes += bytes;
  }

  #grow(): void {
    const { length } = this.#leaveUs;
    const leaveUs = new Float64Array(length * 2);
    const lengths = new Int32Array(length * 2);
    for (let i = 0; i < length; i += 1) {
      const from = (this.#first + i) & (length - 1);
      leaveUs[i] = this.#leaveUs[from] as number;
      lengths[i] = this.#lengths[from] as number;
    }
    this.#leaveUs = leaveUs;
    this.#lengths = lengths;
    this.#first = 0;
  }
}
