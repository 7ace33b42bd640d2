import type { Feed } from "./feed.ts";
import type { OwnedDescriptor } from "./owned-descriptor.ts";
import type { UnreadBytes } from "./unread.ts";

const RECEIVE_BYTES = 64 * 1024;

/** Less than this is copied out of its memory, rather than holding on to all of it. */
const SMALL_CHUNK = RECEIVE_BYTES / 2;

/**
 * The chunks of a stream by one receive each: where a flow cannot begin, because a call (a long send) waits on the
 * descriptor.
 */
export class PulledChunks implements Feed {
  readonly isOver = true;
  readonly #own: OwnedDescriptor;
  readonly #unread: UnreadBytes;

  constructor(own: OwnedDescriptor, unread: UnreadBytes) {
    this.#own = own;
    this.#unread = unread;
  }

  async next(): Promise<Uint8Array | undefined> {
    const chunk = this.#unread.shift();
    if (chunk !== undefined) return chunk;
    const memory = new Uint8Array(RECEIVE_BYTES);
    const bytes = await this.#own.wait("recv", (fd) => this.#own.kernel.recv(fd, memory));
    if (bytes === 0) return undefined;
    return bytes < SMALL_CHUNK ? memory.slice(0, bytes) : memory.subarray(0, bytes);
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#own.close();
  }
}
