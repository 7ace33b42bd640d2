import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP } from "../../api/constants.ts";
import { internalError, systemError } from "../../api/errors.ts";
import { errno } from "../../api/errno.ts";
import type { Flow, FlowHandler, FlowOptions } from "../../api/flow.ts";
import type { Turns } from "../turns.ts";
import type { FlowKernel, StreamPort } from "./port.ts";
import { Possession } from "./possession.ts";
import { WriteQueue } from "./write-queue.ts";

const DEFAULT_HIGH_WATER_MARK = 64 * 1024;

/** Receives in a row on one flow before the others have their turn. */
const RECEIVE_BUDGET = 16;

/**
 * A connection served by a read loop: receive until the kernel has no more, write at once what can leave, queue the
 * rest.
 */
export class StreamFlow implements Flow {
  // What every chunk touches comes first, so that it lies together: with thousands of connections the cache decides.
  fd: number;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #handler: FlowHandler;
  /** Bytes in the queue. */
  #queued = 0;
  #corked = false;
  #paused: boolean;
  /** The peer may have sent more than was received: no edge will tell. */
  #readable = true;
  #peerEnding = false;
  #peerEnded = false;
  #ending = false;
  /** A write failed; `close` is about to be called. */
  #broken = false;
  #ended = false;
  #needsDrain = false;
  readonly #port: StreamPort;
  readonly #own: Possession;
  readonly #turns: Turns;
  readonly #highWaterMark: number;
  /** Made at the first write that has to wait: most flows never need one. */
  #queue: WriteQueue | undefined;

  constructor(kernel: FlowKernel, port: StreamPort, handler: FlowHandler, options: FlowOptions) {
    this.fd = kernel.descriptor.fd;
    this.#port = port;
    this.#own = new Possession(kernel);
    this.#turns = kernel.turns;
    this.#handler = handler;
    this.#highWaterMark = options.highWaterMark ?? DEFAULT_HIGH_WATER_MARK;
    this.#paused = options.paused ?? false;
  }

  get interest(): number {
    return POLLIN | POLLRDHUP;
  }

  get bytesQueued(): number {
    return this.#queued;
  }

  write(data: Uint8Array, owned = false): boolean {
    if (this.fd < 0 || this.#ending) throw systemError("write", "EPIPE", undefined, "the flow has ended");
    if (this.#broken) return false;
    let sent = 0;
    if (this.#queued === 0 && !this.#corked) {
      sent = this.#send(data);
      if (sent === data.length) return true;
      if (sent < 0) return false;
    }
    this.#queue ??= new WriteQueue();
    this.#queue.push(data, sent, owned);
    this.#queued = this.#queue.bytes;
    if (!this.#corked) this.#own.watch(POLLOUT);
    if (this.#queued < this.#highWaterMark) return true;
    this.#needsDrain = true;
    return false;
  }

  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    this.#corked = false;
    this.#flush();
  }

  end(): void {
    if (this.#ending || this.fd < 0) return;
    this.#ending = true;
    this.#corked = false;
    this.#flush();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#readable || this.#peerEnding) this.#own.continueLater(() => this.#receive());
  }

  close(error?: Error): void {
    if (this.fd < 0) return;
    this.fd = -1;
    this.#own.close();
    this.#closed(error);
  }

  reset(error?: Error): void {
    if (this.fd < 0) return;
    this.#port.linger();
    this.close(error);
  }

  detach(): number {
    if (this.#queued > 0) throw systemError("detach", "EBUSY", undefined, "bytes are queued");
    this.fd = -1;
    return this.#own.detach();
  }

  ref(): void {
    this.#own.ref();
  }

  unref(): void {
    this.#own.unref();
  }

  /** The engine's event. */
  happened(events: number): void {
    if (events & (POLLRDHUP | POLLHUP | POLLERR)) this.#peerEnding = true;
    // First receive: what came before a reset is still there, and the reset is told once, to a send or to a receive.
    if (events & (POLLIN | POLLRDHUP | POLLHUP | POLLERR)) {
      this.#readable = true;
      this.#receive();
    }
    if (events & (POLLOUT | POLLERR | POLLHUP) && this.#queued > 0) this.#flush();
    if (events & POLLHUP && this.#peerEnded) this.#failed(0);
  }

  closedUnderneath(): void {
    this.fd = -1;
    this.#own.lost();
    this.#closed(undefined);
  }

  #dropQueue(): void {
    this.#queue = undefined;
    this.#queued = 0;
  }

  #closed(error: Error | undefined): void {
    this.#dropQueue();
    this.#handler.close?.(error, this);
  }

  #receive(): void {
    for (let budget = RECEIVE_BUDGET; ; budget -= 1) {
      if (this.#paused || this.#peerEnded || this.fd < 0) return;
      if (budget === 0) return this.#own.continueLater(() => this.#receive());
      const memory = this.#allocate();
      if (this.#paused || this.fd < 0) return;
      const received = this.#port.receive(memory);
      if (typeof received === "number") return this.#receivedNothing(received);
      this.bytesRead += received.length;
      if (!this.#deliver(received)) return;
      if (this.#port.drained && !this.#peerEnding) {
        this.#readable = false;
        return;
      }
    }
  }

  /** The end of the stream (0), or an errno, negated. */
  #receivedNothing(result: number): void {
    this.#readable = false;
    if (result === 0) {
      // After a send has taken the error, a receive knows of no reset: the send's error is about to be told.
      if (!this.#broken) this.#peerEnd();
    } else if (-result !== errno.EAGAIN) this.#fail("read", -result);
  }

  /** The handler's memory, when it has some. What it throws closes the flow. */
  #allocate(): Uint8Array | undefined {
    if (this.#handler.allocate === undefined) return undefined;
    try {
      const memory = this.#handler.allocate(this);
      return memory.length > 0 ? memory : undefined;
    } catch (error) {
      this.#threw(error);
      return undefined;
    }
  }

  #deliver(chunk: Uint8Array): boolean {
    try {
      this.#handler.data(chunk, this);
      return true;
    } catch (error) {
      this.#threw(error);
      return false;
    } finally {
      this.#port.taken();
    }
  }

  /** A handler threw: that closes the flow, unless it is closed, and then it was the close handler. */
  #threw(error: unknown): void {
    if (this.fd < 0) this.#turns.throwLater(error);
    else this.close(error as Error);
  }

  #peerEnd(): void {
    this.#readable = false;
    this.#peerEnded = true;
    try {
      if (this.#handler.end === undefined) this.end();
      else this.#handler.end(this);
    } catch (error) {
      return this.#threw(error);
    }
    if (this.#ended) this.close();
  }

  /** Bytes that the kernel took; 0 when its buffer is full; -1 when the flow failed. */
  #send(data: Uint8Array): number {
    if (data.length === 0) return 0;
    const sent = this.#port.send(data);
    if (sent >= 0) {
      this.bytesWritten += sent;
      return sent;
    }
    if (-sent === errno.EAGAIN) return 0;
    this.#failed(-sent);
    return -1;
  }

  #flush(): void {
    if (this.fd < 0 || this.#corked) return;
    while (this.#queued > 0) {
      const queue = this.#queue as WriteQueue;
      const sent = this.#send(queue.head());
      if (sent < 0) return;
      if (sent === 0) {
        this.#own.watch(POLLOUT);
        return;
      }
      queue.sent(sent);
      this.#queued = queue.bytes;
    }
    if (this.#needsDrain) {
      this.#needsDrain = false;
      try {
        this.#handler.drain?.(this);
      } catch (error) {
        return this.#threw(error);
      }
    }
    if (this.#ending && this.#queued === 0) this.#shutdown();
  }

  #shutdown(): void {
    if (this.#ended || this.fd < 0) return;
    this.#ended = true;
    this.#port.shutdown();
    if (this.#peerEnded) this.close();
  }

  /** A failure inside a call of the program: told in the next turn, so that no handler runs inside its own call. */
  #failed(number: number): void {
    this.#broken = true;
    this.#dropQueue();
    this.#own.nextTurn(() => {
      if (this.fd < 0) return;
      if (number !== 0) return this.#fail("write", number);
      const pending = this.#port.takeError();
      if (pending === 0) this.close();
      else this.#fail("read", pending);
    });
  }

  #fail(syscall: string, number: number): void {
    if (number === errno.EBADF) {
      this.close(internalError(`descriptor ${this.fd} was closed behind the back of its flow`));
      return;
    }
    // EPIPE says that the peer is gone; the reset that it sent says why.
    const pending = number === errno.EPIPE ? this.#port.takeError() : 0;
    this.close(systemError(syscall, pending === 0 ? number : pending));
  }
}
