/** Memory of a ring before the first byte. */
const NOTHING = new Uint8Array(0);
/** The least memory of a ring with bytes. */
const LEAST_BYTES = 2048;
/** Memory of the least size that no ring has now: the next byte of a connection that was idle makes none. */
const spare: Uint8Array[] = [];
const MOST_SPARE = 256;
/** More memory than this is given back when less than this part of it was used. */
const KEPT_BYTES = 16384;
const KEPT_SHARE = 8;
/** … so many times in a row: with each batch of a fast stream another amount comes. */
const KEPT_RESTS = 256;

/**
 * Bytes of a stream, at the place that their sequence number says. The memory is a power of two, so 2³² is a multiple
 * of
 * it and a sequence number, wrapped or not, is masked to its place.
 */
export class Ring {
  bytes: Uint8Array = NOTHING;
  /** The most that was asked for since it was empty. */
  #peak = 0;
  /** How often in a row it was hardly used. */
  #rests = 0;

  /** Grows the memory so that `length` bytes from `start` have their place; the `kept` first of them are moved. */
  reserve(start: number, length: number, kept: number): void {
    if (length > this.#peak) this.#peak = length;
    if (length <= this.bytes.length) return;
    let capacity = this.bytes.length === 0 ? LEAST_BYTES : this.bytes.length;
    while (capacity < length) capacity *= 2;
    const grown = makeMemory(capacity);
    const before = this.bytes;
    const mask = before.length - 1;
    for (let moved = 0; moved < kept;) {
      const from = (start + moved) & mask;
      const to = (start + moved) & (capacity - 1);
      const count = Math.min(kept - moved, before.length - from, capacity - to);
      grown.set(before.subarray(from, from + count), to);
      moved += count;
    }
    keepSpare(before);
    this.bytes = grown;
  }

  /** Puts bytes at their place; the memory is there. */
  put(sequence: number, source: Uint8Array, offset: number, length: number): void {
    if (length === 0) return;
    const at = sequence & (this.bytes.length - 1);
    const first = Math.min(length, this.bytes.length - at);
    this.bytes.set(source.subarray(offset, offset + first), at);
    if (first < length) this.bytes.set(source.subarray(offset + first, offset + length), 0);
  }

  /** Copies bytes from their place. */
  get(sequence: number, target: Uint8Array, offset: number, length: number): void {
    if (length === 0) return;
    const at = sequence & (this.bytes.length - 1);
    const first = Math.min(length, this.bytes.length - at);
    target.set(this.bytes.subarray(at, at + first), offset);
    if (first < length) target.set(this.bytes.subarray(0, length - first), offset + first);
  }

  /** It is empty: little memory is given back at once, so that who is idle has none; much when it is hardly used. */
  rest(): void {
    if (this.bytes.length === LEAST_BYTES) {
      this.free();
      return;
    }
    const isHardlyUsed = this.bytes.length > KEPT_BYTES && this.#peak < this.bytes.length / KEPT_SHARE;
    this.#rests = isHardlyUsed ? this.#rests + 1 : 0;
    if (this.#rests === KEPT_RESTS) this.free();
    this.#peak = 0;
  }

  /** Gives the memory back. */
  free(): void {
    keepSpare(this.bytes);
    this.bytes = NOTHING;
    this.#peak = 0;
    this.#rests = 0;
  }
}

function makeMemory(bytes: number): Uint8Array {
  return (bytes === LEAST_BYTES ? spare.pop() : undefined) ?? new Uint8Array(bytes);
}

function keepSpare(bytes: Uint8Array): void {
  if (bytes.length === LEAST_BYTES && spare.length < MOST_SPARE) spare.push(bytes);
}
