import type { Feed, Taker } from "./feed.ts";
import type { OwnedDescriptor } from "./owned-descriptor.ts";
import type { UnreadBytes } from "./unread.ts";

const RECEIVE_BYTES = 64 * 1024;

/** Less than this is copied out of its memory, rather than holding on to all of it. */
const SMALL_CHUNK = RECEIVE_BYTES / 2;

/**
 * The chunks of a stream by one receive each: where a flow cannot begin, because a call (a long send) waits on the
 * descriptor.
 */
export class PulledChunks implements Feed<Uint8Array> {
  readonly isOver = true;
  readonly #own: OwnedDescriptor;
  readonly #unread: UnreadBytes;
  readonly #taker: Taker<Uint8Array>;
  #receiving = false;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(own: OwnedDescriptor, unread: UnreadBytes, taker: Taker<Uint8Array>) {
    this.#own = own;
    this.#unread = unread;
    this.#taker = taker;
  }

  get isDone(): boolean {
    return this.#ended;
  }

  take(): Uint8Array | undefined {
    const chunk = this.#unread.shift();
    if (chunk !== undefined) return chunk;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (!this.#receiving && !this.#ended) void this.#receive();
    return undefined;
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  hangUp(): void {
    this.#own.close();
  }

  async #receive(): Promise<void> {
    this.#receiving = true;
    try {
      const memory = new Uint8Array(RECEIVE_BYTES);
      const bytes = await this.#own.wait("recv", (fd) => this.#own.kernel.recv(fd, memory));
      if (bytes === 0) this.#ended = true;
      else this.#unread.push(bytes < SMALL_CHUNK ? memory.slice(0, bytes) : memory.subarray(0, bytes));
    } catch (error) {
      this.#failure = { error };
    }
    this.#receiving = false;
    this.#taker.look();
  }
}
