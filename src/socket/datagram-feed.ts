import type { AddressLike } from "../api/address.ts";
import { abortError } from "../api/errors.ts";
import type { DatagramFlow, DatagramHandler } from "../api/flow.ts";
import type { WaitOptions } from "../api/kernel.ts";
import type { Feed, Taker } from "./feed.ts";
import type { OwnedDescriptor } from "./owned-descriptor.ts";
import { Senders } from "./senders.ts";
import type { ReceivedDatagram, UnreadDatagrams } from "./unread.ts";

/**
 * Datagrams that may wait for the consumer; the others wait in the kernel's buffer, and are dropped there when it is
 * full.
 */
const MAX_UNREAD = 64;

/** A datagram socket while its datagrams are iterated over. */
export class DatagramFeed implements Feed<ReceivedDatagram> {
  readonly #own: OwnedDescriptor;
  readonly #unread: UnreadDatagrams;
  readonly #flow: DatagramFlow;
  readonly #taker: Taker<ReceivedDatagram>;
  readonly #senders: Senders = new Senders();
  /** Takes the error of the send that is being made. */
  #sendFailed: ((error: Error) => void) | undefined;
  #error: Error | undefined;
  #paused = false;
  #over = false;

  constructor(own: OwnedDescriptor, unread: UnreadDatagrams, taker: Taker<ReceivedDatagram>) {
    this.#own = own;
    this.#unread = unread;
    this.#taker = taker;
    this.#flow = own.kernel.datagramFlow(own.use("datagramFlow"), this.#handler(), { highWaterMark: 1 });
  }

  get isOver(): boolean {
    return this.#over;
  }

  get isDone(): boolean {
    return this.#over;
  }

  /** The next datagram. */
  take(): ReceivedDatagram | undefined {
    const datagram = this.#unread.shift();
    if (datagram !== undefined) this.#resumeWhenLow();
    else if (this.#error !== undefined) throw this.#error;
    else if (this.#over && this.#own.signal?.aborted) throw this.#own.failure("recv");
    return datagram;
  }

  async send(data: Uint8Array, options: WaitOptions = {}, address?: AddressLike): Promise<number> {
    const { signal } = options;
    if (signal?.aborted) throw abortError(signal);
    let failure: Error | undefined;
    this.#sendFailed = (error) => {
      failure = error;
    };
    const sent = this.#flow.send(data, address);
    this.#sendFailed = undefined;
    if (failure !== undefined) throw failure;
    if (!sent) await this.#senders.wait(signal);
    return data.length;
  }

  async stop(): Promise<void> {
    if (this.#over) return;
    this.#flow.pause();
    await this.#senders.untilIdle(() => this.#over || this.#flow.datagramsQueued === 0);
    if (this.#over) return;
    this.#over = true;
    this.#flow.detach();
  }

  hangUp(): void {
    this.#flow.close();
  }

  #handler(): DatagramHandler {
    return {
      datagram: (data, address, flow, truncated) => {
        const datagram = { data: data.slice(), address, truncated };
        if (this.#taker.offer(datagram)) return;
        this.#unread.push(datagram);
        if (this.#unread.size >= MAX_UNREAD && !this.#paused) {
          this.#paused = true;
          flow.pause();
        }
      },
      error: (error, flow) => this.#failed(error, flow),
      drain: () => this.#senders.drained(),
      close: (error) => {
        this.#over = true;
        this.#own.lost();
        this.#error = error;
        this.#senders.fail(error ?? this.#own.failure("send"));
        this.#taker.look();
      },
    };
  }

  #failed(error: Error, flow: DatagramFlow): void {
    if (this.#sendFailed !== undefined) return this.#sendFailed(error);
    if ((error as { syscall?: string }).syscall === "send") return this.#senders.failFirst(error);
    // The iteration ends with it: nothing more is received for it.
    this.#error = error;
    flow.pause();
    this.#taker.look();
  }

  #resumeWhenLow(): void {
    if (!this.#paused || this.#unread.size > MAX_UNREAD / 2) return;
    this.#paused = false;
    if (!this.#over) this.#flow.resume();
  }
}
