import { distance } from "./sequence.ts";

/** The peer has it, by SACK. */
export const SACKED = 1;
/** It is taken to be lost, and its retransmission too. */
export const LOST = 2;
/** Its retransmission is in flight. */
export const RETRANSMITTED = 4;
/** It was sent more than once: no round trip is measured on it (Karn, RFC 6298 §3). */
export const EVER_RETRANSMITTED = 8;
/** Its last sequence number is the FIN. */
export const FIN_RECORD = 16;
/** It was sent with less data than the windows allowed: what it measures is no limit of the network. */
export const APP_LIMITED = 32;

// A record is a row of doubles.
const STRIDE = 7;
const START = 0;
const END = 1;
const SENT_US = 2;
const FLAGS = 3;
const PACKETS = 4;
const DELIVERED = 5;
const DELIVERED_US = 6;
const NOTHING = new Float64Array(0);
const LEAST_RECORDS = 4;
/** Memory of the least size that no queue has now: who has sent all has none. */
const spare: Float64Array[] = [];
const MOST_SPARE = 256;

/** The most records; nothing new is sent while there are so many. */
export const MAX_RECORDS = 65536;

/**
 * What was sent and is not acknowledged, in order: one record for each super-segment, cut in two where the peer has one
 * part and not the other. The counts are in segments, as Linux's are.
 */
export class TransmitQueue {
  #rows: Float64Array = NOTHING;
  #head = 0;
  #tail = 0;
  /** Segments in the queue, and how many of them have the flag. */
  packetsOut = 0;
  sackedOut = 0;
  lostOut = 0;
  retransmittedOut = 0;

  get length(): number {
    return this.#tail - this.#head;
  }

  /** Segments in flight: RFC 6675's "pipe". */
  get inFlight(): number {
    return this.packetsOut - this.sackedOut - this.lostOut + this.retransmittedOut;
  }

  start(index: number): number {
    return this.#row(index, START);
  }

  end(index: number): number {
    return this.#row(index, END);
  }

  sentUs(index: number): number {
    return this.#row(index, SENT_US);
  }

  flags(index: number): number {
    return this.#row(index, FLAGS);
  }

  packets(index: number): number {
    return this.#row(index, PACKETS);
  }

  /** Segments that had been delivered when it was sent, and when the last of them was. */
  delivered(index: number): number {
    return this.#row(index, DELIVERED);
  }

  deliveredUs(index: number): number {
    return this.#row(index, DELIVERED_US);
  }

  /** Adds what was sent for the first time, at the end. */
  push(
    start: number,
    end: number,
    sentUs: number,
    flags: number,
    packets: number,
    delivered: number,
    deliveredUs: number,
  ): void {
    if (this.#tail * STRIDE === this.#rows.length) this.#makeRoom();
    const at = this.#tail++ * STRIDE;
    const rows = this.#rows;
    rows[at + START] = start;
    rows[at + END] = end;
    rows[at + SENT_US] = sentUs;
    rows[at + FLAGS] = flags;
    rows[at + PACKETS] = packets;
    rows[at + DELIVERED] = delivered;
    rows[at + DELIVERED_US] = deliveredUs;
    this.packetsOut += packets;
  }

  /** Adds flags, and counts the segments. */
  mark(index: number, flags: number): void {
    const at = (this.#head + index) * STRIDE;
    const before = this.#rows[at + FLAGS] as number;
    const packets = this.#rows[at + PACKETS] as number;
    this.#rows[at + FLAGS] = before | flags;
    this.#count(flags & ~before, packets);
  }

  /** Takes flags away. */
  unmark(index: number, flags: number): void {
    const at = (this.#head + index) * STRIDE;
    const before = this.#rows[at + FLAGS] as number;
    const packets = this.#rows[at + PACKETS] as number;
    this.#rows[at + FLAGS] = before & ~flags;
    this.#count(flags & before, -packets);
  }

  /** It was sent again. */
  resent(index: number, sentUs: number, delivered: number, deliveredUs: number): void {
    this.mark(index, RETRANSMITTED | EVER_RETRANSMITTED);
    const at = (this.#head + index) * STRIDE;
    this.#rows[at + SENT_US] = sentUs;
    this.#rows[at + DELIVERED] = delivered;
    this.#rows[at + DELIVERED_US] = deliveredUs;
  }

  /** Cuts a record in two at a sequence number inside it; segments hold `mss` bytes. */
  split(index: number, sequence: number, mss: number): void {
    if (this.#tail * STRIDE === this.#rows.length) this.#makeRoom();
    const at = (this.#head + index) * STRIDE;
    const rows = this.#rows;
    rows.copyWithin(at + STRIDE, at, this.#tail * STRIDE);
    this.#tail++;
    const flags = rows[at + FLAGS] as number;
    const packets = rows[at + PACKETS] as number;
    const first = segmentsOf(distance(sequence, rows[at + START] as number), mss);
    const second = segmentsOf(distance(rows[at + END] as number, sequence), mss);
    rows[at + END] = sequence;
    rows[at + FLAGS] = flags & ~FIN_RECORD;
    rows[at + PACKETS] = first;
    rows[at + STRIDE + START] = sequence;
    rows[at + STRIDE + PACKETS] = second;
    this.packetsOut += first + second - packets;
    this.#count(flags, first + second - packets);
  }

  /** Counts a record's segments anew, when the segment size has changed. */
  recount(index: number, mss: number): void {
    const at = (this.#head + index) * STRIDE;
    const packets = segmentsOf(distance(this.#rows[at + END] as number, this.#rows[at + START] as number), mss);
    const more = packets - (this.#rows[at + PACKETS] as number);
    this.#rows[at + PACKETS] = packets;
    this.packetsOut += more;
    this.#count(this.#rows[at + FLAGS] as number, more);
  }

  /** Joins a record with the one before it; both are SACKED, or neither has been sent again. */
  joinWithBefore(index: number): void {
    const at = (this.#head + index) * STRIDE;
    const rows = this.#rows;
    rows[at - STRIDE + END] = rows[at + END] as number;
    rows[at - STRIDE + FLAGS] = (rows[at - STRIDE + FLAGS] as number) | (rows[at + FLAGS] as number);
    rows[at - STRIDE + PACKETS] = (rows[at - STRIDE + PACKETS] as number) + (rows[at + PACKETS] as number);
    rows.copyWithin(at, at + STRIDE, this.#tail * STRIDE);
    this.#tail--;
  }

  /** The first record is acknowledged. */
  shift(): void {
    const at = this.#head * STRIDE;
    const packets = this.#rows[at + PACKETS] as number;
    this.packetsOut -= packets;
    this.#count(this.#rows[at + FLAGS] as number, -packets);
    this.#head++;
    if (this.#head === this.#tail) this.#rest();
  }

  /** The first record is acknowledged up to `sequence`. Returns how many segments that were. */
  trim(sequence: number, mss: number): number {
    const at = this.#head * STRIDE;
    const before = this.#rows[at + PACKETS] as number;
    this.#rows[at + START] = sequence;
    this.recount(0, mss);
    return before - (this.#rows[at + PACKETS] as number);
  }

  /** The record that holds a sequence number, or the first behind it; `length` when there is none. */
  find(sequence: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (distance(this.end(middle), sequence) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  clear(): void {
    keepSpare(this.#rows);
    this.#head = this.#tail = 0;
    this.#rows = NOTHING;
    this.packetsOut = this.sackedOut = this.lostOut = this.retransmittedOut = 0;
  }

  /** It is empty: little memory is given back. */
  #rest(): void {
    this.#head = this.#tail = 0;
    if (this.#rows.length !== LEAST_RECORDS * STRIDE) return;
    keepSpare(this.#rows);
    this.#rows = NOTHING;
  }

  #row(index: number, column: number): number {
    return this.#rows[(this.#head + index) * STRIDE + column] as number;
  }

  #count(flags: number, packets: number): void {
    if ((flags & SACKED) !== 0) this.sackedOut += packets;
    if ((flags & LOST) !== 0) this.lostOut += packets;
    if ((flags & RETRANSMITTED) !== 0) this.retransmittedOut += packets;
  }

  #makeRoom(): void {
    const used = this.length * STRIDE;
    // Half free at the front: moving is cheaper than growing.
    if (this.#head * STRIDE >= this.#rows.length / 2 && this.#head > 0) {
      this.#rows.copyWithin(0, this.#head * STRIDE, this.#tail * STRIDE);
    } else {
      const isFirst = this.#rows.length === 0;
      const grown = (isFirst ? spare.pop() : undefined) ?? rowsFor(this.#rows.length);
      if (!isFirst) grown.set(this.#rows.subarray(this.#head * STRIDE, this.#tail * STRIDE));
      keepSpare(this.#rows);
      this.#rows = grown;
    }
    this.#head = 0;
    this.#tail = used / STRIDE;
  }
}

function rowsFor(length: number): Float64Array {
  return new Float64Array(Math.max(LEAST_RECORDS * STRIDE, length * 2));
}

function keepSpare(rows: Float64Array): void {
  if (rows.length === LEAST_RECORDS * STRIDE && spare.length < MOST_SPARE) spare.push(rows);
}

/** Segments of `mss` bytes that hold so many; one at least. */
export function segmentsOf(bytes: number, mss: number): number {
  return bytes <= mss ? 1 : Math.ceil(bytes / mss);
}
