import { nameLabels, POINTER_BITS } from "./dns-name.ts";

/** The last offset that a pointer can name. */
const LAST_POINTER = 0x3fff;

/**
 * Writes the parts of a DNS message one after the other. What has no room, a name that is none and a number that does
 * not fit its field set `failed`, and nothing more is written.
 */
export class DnsWriter {
  readonly view: DataView;
  readonly start: number;
  readonly limit: number;
  at: number;
  failed = false;
  /** Where names, and their ends, were written, for names that end alike (RFC 1035 §4.1.4). */
  readonly #written = new Map<string, number>();

  /** Writes from `start` on, and never at or behind `limit`. */
  constructor(view: DataView, start: number, limit: number) {
    this.view = view;
    this.start = start;
    this.limit = limit;
    this.at = start;
  }

  /** Moves on by so many bytes and returns where they begin; -1 when there is no room. */
  #take(bytes: number): number {
    if (bytes > this.limit - this.at) this.failed = true;
    if (this.failed) return -1;
    const at = this.at;
    this.at += bytes;
    return at;
  }

  uint8(value: number): void {
    if (value > 0xff) this.failed = true;
    const at = this.#take(1);
    if (at >= 0) this.view.setUint8(at, value);
  }

  uint16(value: number): void {
    if (value > 0xffff) this.failed = true;
    const at = this.#take(2);
    if (at >= 0) this.view.setUint16(at, value);
  }

  uint32(value: number): void {
    const at = this.#take(4);
    if (at >= 0) this.view.setUint32(at, value);
  }

  /** Writes over what is there. */
  setUint16(at: number, value: number): void {
    if (value > 0xffff) this.failed = true;
    if (!this.failed) this.view.setUint16(at, value);
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#take(bytes.length);
    if (at >= 0) new Uint8Array(this.view.buffer, this.view.byteOffset + at, bytes.length).set(bytes);
  }

  /** A name; an end of it that was written before is pointed at. */
  name(text: string): void {
    const labels = nameLabels(text);
    if (labels === undefined) {
      this.failed = true;
      return;
    }
    for (let i = 0; i < labels.length; i++) {
      // A length and its bytes, one after the other, are a key that no other name has. Case is kept, so it counts.
      const key = labels
        .slice(i)
        .map((label) => `${label.length}:${label.join(",")}`)
        .join(";");
      const before = this.#written.get(key);
      if (before !== undefined) return this.uint16((POINTER_BITS << 8) | before);
      const offset = this.at - this.start;
      if (offset <= LAST_POINTER) this.#written.set(key, offset);
      this.#label(labels[i] as Uint8Array);
    }
    this.uint8(0);
  }

  /** A name without pointers. */
  plainName(text: string): void {
    const labels = nameLabels(text);
    if (labels === undefined) {
      this.failed = true;
      return;
    }
    for (const label of labels) this.#label(label);
    this.uint8(0);
  }

  #label(label: Uint8Array): void {
    this.uint8(label.length);
    this.bytes(label);
  }
}
