/** Memory is taken in pieces of this size, and handed out in slices. */
const SLAB_BYTES = 64 * 1024;

/** A slab with less room than this is given up: a small slice would make small receives. */
const LEAST_ROOM = 16 * 1024;

/** From this size on a copy costs more than memory of one's own. */
const LARGE_CHUNK = 8 * 1024;

const NONE = new Uint8Array(0);

/**
 * The memory of one flow's handler that keeps what it receives. Large chunks are received into a slab and kept
 * without a copy; small ones are copied out of the kernel's own memory, so that an idle or chatty connection holds no
 * slab.
 */
export class ReceiveSlab {
  readonly #memory: (bytes: number) => Uint8Array;
  #slab: Uint8Array = NONE;
  #large = false;

  /** `memory` makes the memory: the default is a plain Uint8Array. */
  constructor(memory: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes)) {
    this.#memory = memory;
  }

  /** For FlowHandler.allocate: where the next chunk goes; empty when the kernel's own memory will do. */
  allocate(): Uint8Array {
    if (!this.#large) return NONE;
    if (this.#slab.length < LEAST_ROOM) this.#slab = this.#memory(SLAB_BYTES);
    return this.#slab;
  }

  /** For FlowHandler.data: the chunk, to keep. */
  keep(chunk: Uint8Array): Uint8Array {
    this.#large = chunk.length >= LARGE_CHUNK;
    if (this.#slab.length > 0 && chunk.buffer === this.#slab.buffer) {
      const kept = this.#slab.subarray(0, chunk.length);
      this.#slab = this.#large ? this.#slab.subarray(chunk.length) : NONE;
      return kept;
    }
    const copy = this.#memory(chunk.length);
    copy.set(chunk);
    return copy;
  }
}
