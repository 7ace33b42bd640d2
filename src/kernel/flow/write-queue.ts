/** Small chunks are copied together up to this size, so that they leave in one call. */
const GATHER_BYTES = 16 * 1024;

/** Bytes that wait to leave, in order. */
export class WriteQueue {
  bytes = 0;
  #chunks: Uint8Array[] = [];
  /** Room left behind the last chunk, when that is a gathering one of ours. */
  #room = 0;

  /** Queues `data` from `offset` on; copied, unless the queue may keep the memory. */
  push(data: Uint8Array, offset: number, owned: boolean): void {
    const length = data.length - offset;
    if (length === 0) return;
    this.bytes += length;
    const rest = offset === 0 ? data : data.subarray(offset);
    if (length < GATHER_BYTES) this.#gather(rest);
    else {
      this.#chunks.push(owned ? rest : rest.slice());
      this.#room = 0;
    }
  }

  /** Puts a copy of these bytes before all others. */
  putBack(data: Uint8Array): void {
    if (this.#chunks.length === 0) this.#room = 0;
    this.#chunks.unshift(data.slice());
    this.bytes += data.length;
  }

  #gather(data: Uint8Array): void {
    const last = this.#chunks.at(-1);
    if (last !== undefined && this.#room >= data.length) {
      const whole = new Uint8Array(last.buffer, last.byteOffset, last.length + data.length);
      whole.set(data, last.length);
      this.#chunks[this.#chunks.length - 1] = whole;
      this.#room -= data.length;
      return;
    }
    const memory = new Uint8Array(GATHER_BYTES);
    memory.set(data);
    this.#chunks.push(memory.subarray(0, data.length));
    this.#room = GATHER_BYTES - data.length;
  }

  /** The first chunk. The queue is not empty. */
  head(): Uint8Array {
    return this.#chunks[0] as Uint8Array;
  }

  /** So many bytes of the first chunk have left. */
  sent(bytes: number): void {
    this.bytes -= bytes;
    const head = this.#chunks[0] as Uint8Array;
    if (bytes === head.length) this.#chunks.shift();
    else this.#chunks[0] = head.subarray(bytes);
    if (this.#chunks.length === 0) this.#room = 0;
  }

  clear(): void {
    this.bytes = 0;
    this.#chunks = [];
    this.#room = 0;
  }
}
