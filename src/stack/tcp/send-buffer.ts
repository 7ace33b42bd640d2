import { Ring } from "./ring.ts";
import { distance } from "./sequence.ts";

/** What the program has sent and the peer has not acknowledged: bytes by their sequence number. */
export class SendBuffer {
  readonly #ring: Ring = new Ring();
  /** The sequence number of the first byte, and of the one after the last. */
  start = 0;
  end = 0;

  get length(): number {
    return distance(this.end, this.start);
  }

  /** Where the stream begins. */
  begin(sequence: number): void {
    this.start = sequence;
    this.end = sequence;
  }

  append(source: Uint8Array, offset: number, length: number): void {
    const kept = this.length;
    this.#ring.reserve(this.start, kept + length, kept);
    this.#ring.put(this.end, source, offset, length);
    this.end = (this.end + length) | 0;
  }

  /** Copies what begins at `sequence`, for a segment. */
  copy(sequence: number, target: Uint8Array, offset: number, length: number): void {
    this.#ring.get(sequence, target, offset, length);
  }

  /** The peer has everything before `sequence`. */
  drop(sequence: number): void {
    if (distance(sequence, this.start) <= 0) return;
    this.start = distance(sequence, this.end) > 0 ? this.end : sequence;
    if (this.start === this.end) this.#ring.rest();
  }

  /** Forgets all. */
  clear(): void {
    this.start = this.end;
    this.#ring.free();
  }

  /** Bytes of memory. */
  get memoryBytes(): number {
    return this.#ring.bytes.length;
  }
}
