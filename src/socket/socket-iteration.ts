import type { AddressLike } from "../api/address.ts";
import {
  MSG_ERRQUEUE,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SO_ACCEPTCONN,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../api/constants.ts";
import { systemError } from "../api/errors.ts";
import type { WaitOptions } from "../api/kernel.ts";
import type { ReceivedMessage } from "../api/message.ts";
import { ChunkFeed } from "./chunk-feed.ts";
import { ConnectionFeed } from "./connection-feed.ts";
import { DatagramFeed } from "./datagram-feed.ts";
import type { Feed, Taker } from "./feed.ts";
import { FeedIterator, type FeedStart } from "./feed-iterator.ts";
import type { OwnedDescriptor } from "./owned-descriptor.ts";
import { PulledChunks } from "./pulled-chunks.ts";
import { UnreadBytes, UnreadDatagrams, type ReceivedDatagram, type Unread } from "./unread.ts";

/** Room for one message of a SOCK_SEQPACKET socket. */
const MAX_MESSAGE_BYTES = 64 * 1024;

/** Flags of receives that do not ask for the next data of the receive queue. */
const NOT_OF_THE_QUEUE = MSG_OOB | MSG_ERRQUEUE;

/** What iterations do on one socket: one at a time; what they leave unread is kept for whoever asks next. */
export class SocketIteration {
  /** Bytes that left this object for the program. */
  bytesRead = 0;
  readonly #own: OwnedDescriptor;
  readonly #type: number;
  #unread: Unread | undefined;
  /** Connections that were accepted and not given out. */
  readonly #waiting: number[] = [];
  #feed: Feed<unknown> | undefined;

  constructor(own: OwnedDescriptor, type: number) {
    this.#own = own;
    this.#type = type;
  }

  /** A flow has the descriptor. */
  get isActive(): boolean {
    return this.#feed !== undefined && !this.#feed.isOver;
  }

  /** Bytes, datagrams or connections that wait to be read. */
  get unread(): number {
    return (this.#unread?.size ?? 0) + this.#waiting.length;
  }

  /** Each connection as `make` makes it of its descriptor. */
  connections<T>(make: (fd: number) => T): AsyncGenerator<T, void, undefined> {
    const start = (taker: Taker<number>): ConnectionFeed => {
      // Without a listener no event would come, and no error.
      if (!this.#listens("connections")) {
        throw systemError("connections", "EINVAL", undefined, "the socket does not listen");
      }
      return new ConnectionFeed(this.#own, this.#waiting, taker);
    };
    return this.#run("connections", start, make);
  }

  chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const start = (taker: Taker<Uint8Array>): Feed<Uint8Array> => {
      this.#refuseUnlessConnection("chunks");
      // A flow does not share the descriptor with calls that wait.
      return new (this.#own.waiting > 0 ? PulledChunks : ChunkFeed)(this.#own, this.#bytes(), taker);
    };
    return this.#run("chunks", start, (chunk) => {
      this.bytesRead += chunk.length;
      return chunk;
    });
  }

  datagrams(): AsyncGenerator<ReceivedDatagram, void, undefined> {
    if (this.#type === SOCK_SEQPACKET) return this.#messages();
    const start = (taker: Taker<ReceivedDatagram>): DatagramFeed => {
      if (this.#type === SOCK_STREAM) throw systemError("datagrams", "EPROTOTYPE", undefined, "the socket is a stream");
      return new DatagramFeed(this.#own, this.#datagrams(), taker);
    };
    return this.#run("datagrams", start, (datagram) => {
      this.bytesRead += datagram.data.length;
      return datagram;
    });
  }

  /** A connection that an iteration has accepted and not given out. */
  takeConnection(): number | undefined {
    return this.isActive ? undefined : this.#waiting.shift();
  }

  /** As recvmsg(2), of what is here already; undefined when the kernel is to be asked. */
  receive(buffers: readonly Uint8Array[], flags: number): ReceivedMessage | undefined {
    // While a flow has the descriptor, the kernel is to refuse the call.
    if (this.#unread === undefined || this.isActive || flags & NOT_OF_THE_QUEUE) return undefined;
    const message = this.#unread.receive(buffers, flags);
    if (message !== undefined && (flags & MSG_PEEK) === 0) this.bytesRead += message.bytes;
    return message;
  }

  /** Bytes that were received and not used: the next receive gets them first. */
  putBack(bytes: Uint8Array): void {
    this.#bytes().putBack(bytes);
  }

  /**
   * Sends by the flow, while it has the descriptor and the flags ask for nothing that it cannot do; else undefined, and
   * the kernel is to be asked.
   */
  send(
    data: Uint8Array,
    flags: number,
    options: WaitOptions | undefined,
    address?: AddressLike,
  ): Promise<number> | number | undefined {
    const feed = this.#feed;
    if (feed === undefined || feed.isOver || flags & ~MSG_NOSIGNAL) return undefined;
    return feed.send?.(data, options, address);
  }

  /** Closes what waits, and the descriptor when a flow has it. */
  close(): void {
    for (const fd of this.#waiting.splice(0)) this.#own.kernel.close(fd);
    if (this.isActive) this.#feed?.hangUp();
  }

  /** Gives the descriptor of a connection to a stream object, and what was received before. */
  handOver<T>(
    call: string,
    take: (fd: number, signal: AbortSignal | undefined) => T,
    give: (taker: T, received: Uint8Array) => void,
  ): T {
    this.#refuseUnlessConnection(call);
    this.refuseWhileActive(call);
    this.#own.refuseWhileWaiting(call);
    const taker = take(this.#own.number, this.#own.signal);
    for (let chunk; (chunk = this.#bytes().shift()) !== undefined;) {
      this.bytesRead += chunk.length;
      give(taker, chunk);
    }
    this.#own.giveAway(call, "the socket was handed over to a stream");
    return taker;
  }

  /** EBUSY while a flow has the descriptor. */
  refuseWhileActive(call: string): void {
    if (this.isActive) throw systemError(call, "EBUSY", undefined, "the socket is iterated over");
  }

  /** EBUSY when something would be lost with the descriptor. */
  refuseWhileUnread(call: string): void {
    if (this.unread > 0) throw systemError(call, "EBUSY", undefined, "what an iteration received was not read");
  }

  /** A flow would close what is no connection with its first error. */
  #refuseUnlessConnection(call: string): void {
    if (this.#type !== SOCK_STREAM) throw systemError(call, "EPROTOTYPE", undefined, "the socket is no stream");
    if (this.#listens(call)) throw systemError(call, "EINVAL", undefined, "the socket listens");
  }

  #listens(call: string): boolean {
    return this.#own.kernel.getsockopt(this.#own.use(call), SOL_SOCKET, SO_ACCEPTCONN);
  }

  /** The one iteration: it gives the descriptor back however it ends. */
  #run<T, U>(call: string, start: FeedStart<T>, give: (item: T) => U): AsyncGenerator<U, void, undefined> {
    const begin: FeedStart<T> = (taker) => {
      this.#own.use(call);
      if (this.#feed !== undefined) {
        throw systemError(call, "EBUSY", undefined, "the socket is iterated over already");
      }
      const feed = start(taker);
      this.#feed = feed;
      return feed;
    };
    return new FeedIterator(begin, give, () => {
      this.#feed = undefined;
    });
  }

  /** No flow keeps the boundaries of a connection's messages: one receive each, until the peer ends. */
  async *#messages(): AsyncGenerator<ReceivedDatagram, void, undefined> {
    for (;;) {
      const data = new Uint8Array(MAX_MESSAGE_BYTES);
      const { bytes, address, flags } = await this.#own.wait("recvmsg", (fd) => this.#own.kernel.recvmsg(fd, { data }));
      if (bytes === 0) return;
      this.bytesRead += bytes;
      yield { data: data.slice(0, bytes), address, truncated: (flags & MSG_TRUNC) !== 0 };
    }
  }

  #bytes(): UnreadBytes {
    this.#unread ??= new UnreadBytes();
    return this.#unread as UnreadBytes;
  }

  #datagrams(): UnreadDatagrams {
    this.#unread ??= new UnreadDatagrams();
    return this.#unread as UnreadDatagrams;
  }
}
