import assert from "node:assert/strict";

/** Bytes that were given to one call, and how many of them it has sent; undefined: its end does not say. */
export interface Piece {
  readonly data: Uint8Array;
  taken: number | undefined;
}

/** What becomes of the stream from one end to the other: each byte arrives once and in order, up to a permitted end. */
export class StreamModel {
  /** The rest may be lost: an end was closed before it had arrived. */
  cut = false;
  /** The receiver was told of the stream's end. */
  endSeen = false;
  readonly id: number;
  readonly #sent: Piece[] = [];
  /** In the order of the calls. */
  readonly #received: Uint8Array[] = [];
  #made = 0;

  constructor(id: number) {
    this.id = id;
  }

  /** Bytes that no other place of this stream has in this order. */
  make(length: number): Uint8Array {
    const from = this.#made;
    this.#made += length;
    return Uint8Array.from({ length }, (_byte, at) => byteAt(this.id, from + at));
  }

  /** A call that sends these begins. */
  sends(data: Uint8Array): Piece {
    const piece: Piece = { data, taken: 0 };
    this.#sent.push(piece);
    return piece;
  }

  /** A call that receives begins: calls back with what it received. */
  receives(): (bytes: Uint8Array) => void {
    const index = this.#received.push(new Uint8Array(0)) - 1;
    return (bytes) => void (this.#received[index] = bytes);
  }

  get bytesMade(): number {
    return this.#made;
  }

  /** How many bytes were received, by calls that have ended. */
  get bytesReceived(): number {
    return this.#received.reduce((sum, { length }) => sum + length, 0);
  }

  check(): void {
    const sent = Buffer.concat(this.#sent.map(({ data, taken }) => data.subarray(0, taken ?? data.length)));
    const unsure = this.#sent.findIndex(({ taken }) => taken === undefined);
    const received = Buffer.concat(this.#received);
    const alike = firstDifference(sent, received);
    const label = `stream ${this.id}: ${received.length} bytes of ${sent.length} came`;
    assert.ok(alike === undefined, `${label}; the first that differs, or came too much, is at ${alike}`);
    assert.ok(unsure < 0 || this.cut, "who does not say how much was sent has been closed");
    if (!this.cut) assert.equal(received.length, sent.length, label);
  }
}

function byteAt(stream: number, offset: number): number {
  return (stream * 89 + offset * 7 + (offset >> 8) * 13 + (offset >> 16) * 29) & 0xff;
}

/** Where `received` is not what `sent` begins with. */
function firstDifference(sent: Uint8Array, received: Uint8Array): number | undefined {
  if (received.length <= sent.length && Buffer.compare(sent.subarray(0, received.length), received) === 0) return;
  const at = received.findIndex((byte, index) => byte !== sent[index]);
  return at < 0 ? sent.length : at;
}
