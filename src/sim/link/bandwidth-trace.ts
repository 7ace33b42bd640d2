import { invalidValue } from "../../api/errors.ts";

/** A rate that holds for a while. */
export interface BandwidthStep {
  readonly forMs: number;
  readonly mbps: number;
}

/** What one line of a packet-delivery trace stands for: mahimahi(1). */
const OPPORTUNITY_BYTES = 1500;

/** A bandwidth that changes as one that was measured, from the beginning of the internet on, over and over again. */
export class BandwidthTrace {
  /** When each step ends, from the beginning of a round. */
  readonly #endsUs: Float64Array;
  readonly #bytesPerUs: Float64Array;
  /** Bytes that were carried when each step ends. */
  readonly #carried: Float64Array;

  /** Errors: ERR_INVALID_ARG_VALUE for what never carries anything, takes no time, or is negative. */
  constructor(steps: readonly BandwidthStep[]) {
    this.#endsUs = new Float64Array(steps.length);
    this.#bytesPerUs = new Float64Array(steps.length);
    this.#carried = new Float64Array(steps.length);
    let us = 0;
    let bytes = 0;
    for (const [i, { forMs, mbps }] of steps.entries()) {
      if (!(forMs > 0 && forMs < Infinity)) throw invalidValue("steps.forMs", "a time longer than 0", forMs);
      if (!(mbps >= 0 && mbps < Infinity)) throw invalidValue("steps.mbps", "a rate of at least 0", mbps);
      us += forMs * 1000;
      bytes += (forMs * 1000 * mbps) / 8;
      this.#endsUs[i] = us;
      this.#bytesPerUs[i] = mbps / 8;
      this.#carried[i] = bytes;
    }
    if (bytes === 0) throw invalidValue("steps", "at least one step with a rate", steps);
  }

  /**
   * Reads a packet-delivery trace, the form that measured mobile links are published in: each line is a millisecond in
   * which 1500 bytes could be sent. Errors: ERR_INVALID_ARG_VALUE for another form.
   */
  static parse(text: string): BandwidthTrace {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const times = lines.map((line) => {
      if (!/^\s*\d{1,12}\s*$/.test(line)) throw invalidValue("text", "lines of whole milliseconds", line);
      return Number(line);
    });
    const steps: { forMs: number; mbps: number }[] = [];
    let atMs = 0;
    for (let i = 0; i < times.length;) {
      const ms = times[i] as number;
      let next = i;
      while (times[next] === ms) next += 1;
      if (next < times.length && (times[next] as number) < ms)
        throw invalidValue("text", "times that grow", times[next]);
      // What can be sent at a millisecond is sent during the one that ends there.
      const beginsMs = Math.max(0, ms - 1);
      if (beginsMs > atMs) steps.push({ forMs: beginsMs - atMs, mbps: 0 });
      steps.push({ forMs: 1, mbps: ((next - i) * OPPORTUNITY_BYTES * 8) / 1000 });
      atMs = beginsMs + 1;
      i = next;
    }
    return new BandwidthTrace(steps);
  }

  /** When the last of so many bytes has left that are sent from `startUs` on. */
  finishUs(startUs: number, bytes: number): number {
    const roundUs = this.#endsUs.at(-1) as number;
    const roundBytes = this.#carried.at(-1) as number;
    const round = Math.floor(startUs / roundUs);
    const carried = this.#carriedAt(startUs - round * roundUs) + bytes;
    const more = Math.ceil(carried / roundBytes) - 1;
    return (round + more) * roundUs + this.#timeOf(carried - more * roundBytes);
  }

  /** Bytes that a round carries until then. */
  #carriedAt(us: number): number {
    const step = firstAtLeast(this.#endsUs, us);
    const leftUs = (this.#endsUs[step] as number) - us;
    return (this.#carried[step] as number) - leftUs * (this.#bytesPerUs[step] as number);
  }

  /** When a round has carried so many bytes: more than 0, and no more than all. */
  #timeOf(bytes: number): number {
    const step = firstAtLeast(this.#carried, bytes);
    const left = (this.#carried[step] as number) - bytes;
    return left === 0
      ? (this.#endsUs[step] as number)
      : (this.#endsUs[step] as number) - left / (this.#bytesPerUs[step] as number);
  }
}

/** The first place of a growing row that is at least so much; the last one when none is. */
function firstAtLeast(row: Float64Array, value: number): number {
  let low = 0;
  let high = row.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((row[middle] as number) >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}
