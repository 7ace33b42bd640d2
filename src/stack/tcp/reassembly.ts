import { distance, isAfter, isBefore } from "./sequence.ts";

/** The most holes that out-of-order data may leave; a segment that would make one more is dropped. */
export const MAX_RANGES = 8192;
/** Ranges that the latest segments belong to, and are reported first: RFC 2018 §4. */
const RECENT = 4;
const NONE = new Int32Array(0);

/**
 * Which bytes behind the next expected one are there already: sorted ranges that neither touch nor overlap, as pairs of
 * the first sequence number and the one after the last.
 */
export class Reassembly {
  #edges: Int32Array = NONE;
  /** How many ranges there are. */
  count = 0;
  /** A sequence number of each of the latest arrivals, the newest first. */
  #recent: Int32Array = NONE;
  #recentCount = 0;
  /** Of the last `add`: which part was there before, for a duplicate SACK (RFC 2883); empty when none was. */
  duplicateStart = 0;
  duplicateEnd = 0;

  start(index: number): number {
    return this.#edges[2 * index] as number;
  }

  end(index: number): number {
    return this.#edges[2 * index + 1] as number;
  }

  /** The end of the last range; `otherwise` when there is none. */
  highest(otherwise: number): number {
    return this.count === 0 ? otherwise : this.end(this.count - 1);
  }

  /** Adds a range. Returns false when there are too many. */
  add(start: number, end: number): boolean {
    const first = this.#firstEndingFrom(start);
    let last = first;
    while (last < this.count && !isAfter(this.start(last), end)) last++;
    if (first === last && this.count >= MAX_RANGES) return false;
    this.#noteDuplicate(first, last, start, end);
    if (first === last) {
      this.#insert(first, start, end);
    } else {
      const edges = this.#edges;
      if (isBefore(start, this.start(first))) edges[2 * first] = start;
      edges[2 * first + 1] = isAfter(end, this.end(last - 1)) ? end : this.end(last - 1);
      this.#remove(first + 1, last);
    }
    this.#noteRecent(start);
    return true;
  }

  /** Takes the ranges that `next` has reached; returns the first sequence number that is missing. */
  take(next: number): number {
    let at = next;
    let taken = 0;
    while (taken < this.count && !isAfter(this.start(taken), at)) {
      if (isAfter(this.end(taken), at)) at = this.end(taken);
      taken++;
    }
    if (taken > 0) this.#remove(0, taken);
    if (this.count === 0) this.#recentCount = 0;
    return at;
  }

  /**
   * Fills `into` with the edges of up to `limit` ranges for a SACK option: the one that the latest segment went to
   * first, then those of the segments before it, then others (RFC 2018 §4). Returns how many, from `at` on.
   */
  blocks(into: Int32Array, at: number, limit: number): number {
    let count = 0;
    for (let i = 0; i < this.#recentCount && count < limit; i++) {
      const index = this.#find(this.#recent[i] as number);
      if (index >= 0) count = this.#report(index, into, at, count);
    }
    for (let i = this.count - 1; i >= 0 && count < limit; i--) count = this.#report(i, into, at, count);
    return count;
  }

  clear(): void {
    this.count = 0;
    this.#recentCount = 0;
    this.#edges = NONE;
  }

  #report(index: number, into: Int32Array, at: number, count: number): number {
    const start = this.start(index);
    for (let i = 0; i < count; i++) if (into[at + 2 * i] === start) return count;
    into[at + 2 * count] = start;
    into[at + 2 * count + 1] = this.end(index);
    return count + 1;
  }

  /** The first range that ends at `sequence` or behind it. */
  #firstEndingFrom(sequence: number): number {
    // Most segments belong behind all that is there.
    if (this.count === 0 || isBefore(this.end(this.count - 1), sequence)) return this.count;
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.end(middle), sequence)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The range that holds the sequence number; -1 when none does. */
  #find(sequence: number): number {
    const index = this.#firstEndingFrom(sequence);
    if (index === this.count || isAfter(this.start(index), sequence)) return -1;
    return isAfter(this.end(index), sequence) ? index : -1;
  }

  #noteDuplicate(first: number, last: number, start: number, end: number): void {
    this.duplicateStart = start;
    this.duplicateEnd = start;
    for (let i = first; i < last; i++) {
      const from = isAfter(this.start(i), start) ? this.start(i) : start;
      const to = isBefore(this.end(i), end) ? this.end(i) : end;
      if (distance(to, from) <= 0) continue;
      this.duplicateStart = from;
      this.duplicateEnd = to;
      return;
    }
  }

  #noteRecent(start: number): void {
    if (this.#recent.length === 0) this.#recent = new Int32Array(RECENT);
    if (this.#recentCount > 0 && this.#find(this.#recent[0] as number) === this.#find(start)) return;
    this.#recent.copyWithin(1, 0, RECENT - 1);
    this.#recent[0] = start;
    if (this.#recentCount < RECENT) this.#recentCount++;
  }

  #insert(index: number, start: number, end: number): void {
    if (2 * this.count === this.#edges.length) {
      const grown = new Int32Array(Math.max(16, 2 * this.#edges.length));
      grown.set(this.#edges);
      this.#edges = grown;
    }
    this.#edges.copyWithin(2 * index + 2, 2 * index, 2 * this.count);
    this.#edges[2 * index] = start;
    this.#edges[2 * index + 1] = end;
    this.count++;
  }

  #remove(from: number, to: number): void {
    if (from >= to) return;
    this.#edges.copyWithin(2 * from, 2 * to, 2 * this.count);
    this.count -= to - from;
  }
}
