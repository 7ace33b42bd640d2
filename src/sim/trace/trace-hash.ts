/** Words at the front of a packet that go into the hash: the headers of Ethernet, IPv6 and TCP without options. */
const HEADER_WORDS = 18;

/** A running hash of all that happens: two runs that differ anywhere in what is told differ in it. */
export class TraceHash {
  #a = 0x243f6a88;
  #b = 0x85a308d3 | 0;
  readonly #time: Float64Array = new Float64Array(1);
  readonly #timeWords: Int32Array = new Int32Array(this.#time.buffer);

  /** Takes in one 32-bit word. */
  word(word: number): void {
    const a = Math.imul(this.#a ^ word, 0x85ebca6b);
    this.#a = ((a << 13) | (a >>> 19)) ^ this.#b;
    this.#b = (Math.imul(this.#b + word, 0xc2b2ae35) ^ (a >>> 15)) | 0;
  }

  /** What happened, when, where, and its extent. */
  event(kind: number, timeUs: number, where: number, extent: number): void {
    this.#time[0] = timeUs;
    this.word(kind);
    this.word(this.#timeWords[0] as number);
    this.word(this.#timeWords[1] as number);
    this.word(where);
    this.word(extent);
  }

  /** The first bytes of a packet. */
  headers(view: DataView, start: number, end: number): void {
    this.#words(view, start, Math.min(end, start + HEADER_WORDS * 4));
  }

  /** All bytes of a packet. */
  bytes(view: DataView, start: number, end: number): void {
    this.#words(view, start, end);
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i += 1) this.word(text.charCodeAt(i));
  }

  /** The hash as 16 hexadecimal digits. */
  toString(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.#a) + hex(this.#b);
  }

  #words(view: DataView, start: number, end: number): void {
    let at = start;
    for (; at + 4 <= end; at += 4) this.word(view.getInt32(at, true));
    for (; at < end; at += 1) this.word(view.getUint8(at));
  }
}
