import { abortError } from "../api/errors.ts";
import type { Flow, FlowHandler } from "../api/flow.ts";
import type { WaitOptions } from "../api/kernel.ts";
import type { Feed, Taker } from "./feed.ts";
import type { OwnedDescriptor } from "./owned-descriptor.ts";
import { ReceiveSlab } from "./receive-slab.ts";
import { Senders } from "./senders.ts";
import { smallPieces } from "./small-pieces.ts";
import type { UnreadBytes } from "./unread.ts";

/** Received bytes that may wait for the consumer; with more the flow is paused, and goes on at half. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** A connection while its chunks are iterated over: the handler of a flow, and what that has received. */
export class ChunkFeed implements Feed<Uint8Array>, FlowHandler {
  readonly #taker: Taker<Uint8Array>;
  readonly #unread: UnreadBytes;
  readonly #slab: ReceiveSlab = new ReceiveSlab(smallPieces());
  readonly #flow: Flow;
  readonly #own: OwnedDescriptor;
  readonly #senders: Senders = new Senders();
  /** The peer will send no more. */
  #ended = false;
  /** The flow has no descriptor any more: it is closed, or given back. */
  #over = false;
  #error: Error | undefined;
  #paused = false;

  constructor(own: OwnedDescriptor, unread: UnreadBytes, taker: Taker<Uint8Array>) {
    this.#own = own;
    this.#unread = unread;
    this.#taker = taker;
    // With a mark of 1, `drain` says that the kernel has taken all.
    this.#flow = own.kernel.flow(own.use("flow"), this, { highWaterMark: 1, promises: true, readsAhead: true });
  }

  get isOver(): boolean {
    return this.#over;
  }

  get isDone(): boolean {
    return this.#ended || this.#over;
  }

  /** The next chunk. */
  take(): Uint8Array | undefined {
    const chunk = this.#unread.shift();
    if (chunk !== undefined) this.#resumeWhenLow();
    else if (this.#error !== undefined) throw this.#error;
    return chunk;
  }

  /** Sends through the flow: done when the kernel has taken all. */
  send(data: Uint8Array, options?: WaitOptions): Promise<number> | number {
    const signal = options?.signal;
    if (signal?.aborted) throw abortError(signal);
    if (this.#flow.write(data, true)) return data.length;
    return this.#senders.wait(signal).then(() => data.length);
  }

  /** Gives the descriptor back to the calls, when all that was sent has left. */
  async stop(): Promise<void> {
    if (this.#over) return;
    this.#flow.pause();
    await this.#senders.untilIdle(() => this.#over || this.#flow.bytesQueued === 0);
    this.#detach();
  }

  hangUp(): void {
    this.#flow.close();
  }

  allocate(): Uint8Array {
    return this.#slab.allocate();
  }

  data(received: Uint8Array, flow: Flow): void {
    const chunk = this.#slab.keep(received);
    if (this.#taker.offer(chunk)) return;
    this.#unread.push(chunk);
    if (this.#unread.size < MAX_UNREAD_BYTES || this.#paused) return;
    this.#paused = true;
    flow.pause();
  }

  end(flow: Flow): void {
    this.#ended = true;
    if (flow.bytesQueued === 0) this.#detach();
    this.#taker.look();
  }

  drain(): void {
    this.#senders.drained();
  }

  close(error: Error | undefined): void {
    this.#over = true;
    this.#own.lost();
    // Closed by the program in the middle: not to be taken for the end of the stream.
    if (error !== undefined || !this.#ended) this.#error = error ?? this.#own.failure("recv");
    this.#senders.fail(error ?? this.#own.failure("send"));
    this.#taker.look();
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
