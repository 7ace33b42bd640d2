import { abortError } from "../api/errors.ts";
import type { Flow, FlowHandler } from "../api/flow.ts";
import type { WaitOptions } from "../api/kernel.ts";
import { Arrival } from "./arrival.ts";
import type { Feed } from "./feed.ts";
import type { OwnedDescriptor } from "./owned-descriptor.ts";
import { ReceiveSlab } from "./receive-slab.ts";
import { Senders } from "./senders.ts";
import type { UnreadBytes } from "./unread.ts";

/** Received bytes that may wait for the consumer; with more the flow is paused, and goes on at half. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** A connection while its chunks are iterated over: a flow, and what it has received. */
export class ChunkFeed implements Feed {
  readonly #own: OwnedDescriptor;
  readonly #unread: UnreadBytes;
  readonly #flow: Flow;
  readonly #slab: ReceiveSlab = new ReceiveSlab();
  readonly #arrival: Arrival = new Arrival();
  readonly #senders: Senders = new Senders();
  /** The peer will send no more. */
  #ended = false;
  /** The flow has no descriptor any more: it is closed, or given back. */
  #over = false;
  #error: Error | undefined;
  #paused = false;

  constructor(own: OwnedDescriptor, unread: UnreadBytes) {
    this.#own = own;
    this.#unread = unread;
    // With a mark of 1, `drain` says that the kernel has taken all.
    this.#flow = own.kernel.flow(own.use("flow"), this.#handler(), { highWaterMark: 1 });
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** The next chunk; undefined when the peer has ended. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#unread.shift();
      if (chunk !== undefined) {
        this.#resumeWhenLow();
        return chunk;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended || this.#over) return undefined;
      await this.#arrival.wait();
    }
  }

  /** Sends through the flow; resolves when the kernel has taken all. */
  async send(data: Uint8Array, options: WaitOptions = {}): Promise<number> {
    const { signal } = options;
    if (signal?.aborted) throw abortError(signal);
    if (!this.#flow.write(data, true)) await this.#senders.wait(signal);
    return data.length;
  }

  /** Gives the descriptor back to the calls, when all that was sent has left. */
  async stop(): Promise<void> {
    if (this.#over) return;
    this.#flow.pause();
    await this.#senders.untilIdle(() => this.#over || this.#flow.bytesQueued === 0);
    this.#detach();
  }

  close(): void {
    this.#flow.close();
  }

  #handler(): FlowHandler {
    return {
      allocate: () => this.#slab.allocate(),
      data: (chunk, flow) => this.#received(chunk, flow),
      end: (flow) => {
        this.#ended = true;
        if (flow.bytesQueued === 0) this.#detach();
        this.#arrival.tell();
      },
      drain: () => this.#senders.drained(),
      close: (error) => this.#closed(error),
    };
  }

  #received(chunk: Uint8Array, flow: Flow): void {
    this.#unread.push(this.#slab.keep(chunk));
    if (this.#unread.size >= MAX_UNREAD_BYTES && !this.#paused) {
      this.#paused = true;
      flow.pause();
    }
    this.#arrival.tell();
  }

  #closed(error: Error | undefined): void {
    this.#over = true;
    this.#own.lost();
    // Closed by the program in the middle: not to be taken for the end of the stream.
    if (error !== undefined || !this.#ended) this.#error = error ?? this.#own.failure("recv");
    this.#senders.fail(error ?? this.#own.failure("send"));
    this.#arrival.tell();
  }

  #detach(): void {
    if (this.#over) return;
    this.#over = true;
    this.#flow.detach();
  }

  #resumeWhenLow(): void {
    if (!this.#paused || this.#unread.size > MAX_UNREAD_BYTES / 2) return;
    this.#paused = false;
    if (!this.#over) this.#flow.resume();
  }
}
