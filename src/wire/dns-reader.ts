import { labelText, MAX_LABEL_BYTES, MAX_NAME_BYTES, MAX_NAME_POINTERS, POINTER_BITS } from "./dns-name.ts";
import { BAD_LENGTH, BAD_POINTER, BAD_VALUE, OK, TRUNCATED } from "./reason.ts";

/**
 * Reads the parts of a DNS message one after the other. The first thing that is wrong sets `reason`; what is read after
 * that is zero and empty, so the caller looks once, at the end of a part.
 */
export class DnsReader {
  readonly view: DataView;
  /** Where the message begins: pointers count from there. */
  readonly start: number;
  end: number;
  at: number;
  reason: number = OK;

  constructor(view: DataView, start: number, end: number) {
    this.view = view;
    this.start = start;
    this.end = end;
    this.at = start;
  }

  fail(reason: number): void {
    if (this.reason === OK) this.reason = reason;
    this.at = this.end;
  }

  /** Moves on by so many bytes and returns where they begin; -1 when they are not there. */
  #take(bytes: number): number {
    if (this.reason !== OK || bytes > this.end - this.at) {
      this.fail(TRUNCATED);
      return -1;
    }
    const at = this.at;
    this.at += bytes;
    return at;
  }

  uint8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.view.getUint8(at);
  }

  uint16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.view.getUint16(at);
  }

  uint32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.view.getUint32(at);
  }

  /** A copy, which outlives the packet. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    if (at < 0) return new Uint8Array(0);
    return new Uint8Array(this.view.buffer, this.view.byteOffset + at, count).slice();
  }

  /** A name, its pointers followed: RFC 1035 §4.1.4. */
  name(): string {
    const labels: string[] = [];
    let total = 1;
    let pointers = 0;
    // A pointer leads to before the part that it was found in, and what it leads to ends there: no way leads round.
    let before = this.at;
    let at = this.at;
    let end = this.end;
    while (this.reason === OK) {
      const length = this.#labelLength(at, end, pointers);
      if (length === 0) {
        if (pointers === 0) this.at = at + 1;
        return labels.length === 0 ? "." : labels.join(".");
      }
      if (length > 0) {
        total += length + 1;
        if (total > MAX_NAME_BYTES) this.fail(BAD_LENGTH);
        else labels.push(labelText(this.view, at + 1, at + 1 + length));
        at += 1 + length;
      } else if (this.reason === OK) {
        if (pointers === 0) this.at = at + 2;
        pointers++;
        at = this.start + (this.view.getUint16(at) & 0x3fff);
        if (at >= before || pointers > MAX_NAME_POINTERS) this.fail(BAD_POINTER);
        end = before;
        before = at;
      }
    }
    return "";
  }

  /** Bytes of the label at `at`; -1 for a pointer, and when there is neither, which is then the reader's `reason`. */
  #labelLength(at: number, end: number, pointers: number): number {
    const missing = pointers === 0 ? TRUNCATED : BAD_POINTER;
    const length = at < end ? this.view.getUint8(at) : 0;
    const isPointer = (length & POINTER_BITS) === POINTER_BITS;
    if (at >= end || at + 1 + (isPointer ? 1 : length & ~POINTER_BITS) > end) {
      this.fail(missing);
      return -1;
    }
    if (isPointer) return -1;
    if (length <= MAX_LABEL_BYTES) return length;
    // The other two values of the highest bits are reserved.
    this.fail(BAD_VALUE);
    return -1;
  }
}
