import { Reassembly } from "./reassembly.ts";
import { Ring } from "./ring.ts";
import { distance, isAfter } from "./sequence.ts";

/**
 * What the peer has sent and the program has not read. Out-of-order bytes lie at their place already, so nothing is
 * moved when a hole closes.
 */
export class ReceiveBuffer {
  readonly #ring: Ring = new Ring();
  readonly ranges: Reassembly = new Reassembly();
  /** The sequence number of the first unread byte, and of the first missing one. */
  start = 0;
  next = 0;

  /** In-order bytes that are unread. */
  get length(): number {
    return distance(this.next, this.start);
  }

  /** Where the stream begins. */
  begin(sequence: number): void {
    this.start = sequence;
    this.next = sequence;
  }

  /** Takes the next bytes in order, and what they make whole. Returns how far `next` has moved. */
  append(source: Uint8Array, offset: number, length: number): number {
    this.#put(this.next, source, offset, length);
    const before = this.next;
    this.next = (before + length) | 0;
    if (this.ranges.count > 0) this.next = this.ranges.take(this.next);
    return distance(this.next, before);
  }

  /** Takes bytes behind a hole. Returns false when they were dropped. */
  insert(sequence: number, source: Uint8Array, offset: number, length: number): boolean {
    this.#put(sequence, source, offset, length);
    return this.ranges.add(sequence, (sequence + length) | 0);
  }

  /** Copies unread bytes, from `skip` bytes behind the first. */
  copy(skip: number, target: Uint8Array, offset: number, length: number): void {
    this.#ring.get((this.start + skip) | 0, target, offset, length);
  }

  /** The byte at a sequence number that is there. */
  byteAt(sequence: number): number {
    return this.#ring.bytes[sequence & (this.#ring.bytes.length - 1)] as number;
  }

  /** The first unread bytes are read. */
  drop(length: number): void {
    this.start = (this.start + length) | 0;
    if (this.start === this.next && this.ranges.count === 0) this.#ring.rest();
  }

  /** Forgets all that is unread or out of order. */
  clear(): void {
    this.start = this.next;
    this.ranges.clear();
    this.#ring.free();
  }

  /** Bytes of memory. */
  get memoryBytes(): number {
    return this.#ring.bytes.length;
  }

  #put(sequence: number, source: Uint8Array, offset: number, length: number): void {
    const end = (sequence + length) | 0;
    const highest = this.ranges.highest(this.next);
    const kept = distance(isAfter(highest, this.next) ? highest : this.next, this.start);
    this.#ring.reserve(this.start, distance(end, this.start), kept);
    this.#ring.put(sequence, source, offset, length);
  }
}
