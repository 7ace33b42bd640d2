import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP } from "../../api/constants.ts";
import { internalError, systemError } from "../../api/errors.ts";
import { errno } from "../../api/errno.ts";
import type { Flow, FlowHandler, FlowOptions } from "../../api/flow.ts";
import type { Turns } from "../turns.ts";
import type { FlowKernel, StreamPort, StreamSender } from "./port.ts";
import { Possession } from "./possession.ts";
import { WriteQueue } from "./write-queue.ts";

const DEFAULT_HIGH_WATER_MARK = 64 * 1024;

/** Receives in a row on one flow before the others have their turn. */
const RECEIVE_BUDGET = 16;

/* What a flow goes through: bits of one number, so that a message looks at one field in place of nine. */
const PAUSED = 1 << 0;
/** The peer may have sent more than was received: no edge will tell. */
const READABLE = 1 << 1;
/** A receive may stop before what has come: at the end that is near, at urgent data. No edge tells of what follows. */
const STOPS_SHORT = 1 << 2;
const PEER_ENDED = 1 << 3;
const CORKED = 1 << 4;
/** Bytes are in the queue. */
const QUEUED = 1 << 5;
const NEEDS_DRAIN = 1 << 6;
/** `end` was called … */
const ENDING = 1 << 7;
/** … and all has left. */
const ENDED = 1 << 8;
/** A write failed; `close` is about to be called. */
const BROKEN = 1 << 9;
/** The handler's work goes on in promises. */
const PROMISES = 1 << 10;
/** The descriptor was given back. */
const DETACHED = 1 << 11;

/**
 * A connection served by a read loop: receive until the kernel has no more, write at once what can leave, queue the
 * rest.
 */
export class StreamFlow implements Flow, StreamSender {
  // What every message touches comes first, so that it lies together: with thousands of connections the cache decides.
  fd: number;
  #state: number;
  readonly #handler: FlowHandler;
  readonly #port: StreamPort;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #own: Possession;
  readonly #turns: Turns;
  readonly #highWaterMark: number;
  /** Made at the first write that has to wait: most flows never need one. */
  #queue: WriteQueue | undefined;

  constructor(kernel: FlowKernel, port: StreamPort, handler: FlowHandler, options: FlowOptions) {
    this.fd = kernel.descriptor.fd;
    this.#state = READABLE | (options.paused ? PAUSED : 0) | (options.promises ? PROMISES : 0);
    this.#handler = handler;
    this.#port = port;
    this.#own = new Possession(kernel);
    this.#turns = kernel.turns;
    this.#highWaterMark = options.highWaterMark ?? DEFAULT_HIGH_WATER_MARK;
  }

  get interest(): number {
    return POLLIN | POLLRDHUP | POLLPRI;
  }

  get bytesQueued(): number {
    return this.#queue?.bytes ?? 0;
  }

  write(data: Uint8Array, owned = false): boolean {
    if (this.fd < 0 || this.#state & ENDING) throw systemError("write", "EPIPE", undefined, "the flow has ended");
    if (this.#state & BROKEN) return false;
    let sent = 0;
    if ((this.#state & (QUEUED | CORKED)) === 0) {
      sent = this.#send(data);
      if (sent === data.length) return true;
      if (sent < 0) return false;
    }
    return this.#enqueue(data, sent, owned);
  }

  cork(): void {
    this.#state |= CORKED;
  }

  uncork(): void {
    this.#state &= ~CORKED;
    this.#flush();
  }

  end(): void {
    if (this.#state & ENDING || this.fd < 0) return;
    this.#state = (this.#state | ENDING) & ~CORKED;
    this.#flush();
  }

  pause(): void {
    this.#state |= PAUSED;
    this.#port.pause?.();
  }

  resume(): void {
    if ((this.#state & PAUSED) === 0) return;
    this.#state &= ~PAUSED;
    this.#port.resume?.();
    if (this.#state & (READABLE | STOPS_SHORT)) this.#own.continueLater(() => this.#receive());
  }

  close(error?: Error): void {
    if (this.fd < 0) return;
    this.fd = -1;
    this.#port.stop?.();
    this.#own.close();
    this.#closed(error);
  }

  reset(error?: Error): void {
    if (this.fd < 0) return;
    this.#port.linger(this.fd);
    this.close(error);
  }

  detach(): number {
    if (this.#state & BROKEN) throw systemError("detach", "EBADF", undefined, "the flow has failed");
    const { fd } = this;
    if (fd >= 0) {
      this.#port.flush?.();
      this.#refuseQueued();
      this.#deliverTheRest();
      // The handler has done so itself, when it was told the rest.
      if (this.#state & DETACHED) return fd;
    }
    this.fd = -1;
    this.#state |= DETACHED;
    return this.#own.detach();
  }

  #refuseQueued(): void {
    if (this.#state & QUEUED) throw systemError("detach", "EBUSY", undefined, "bytes are queued");
  }

  /** What a port that receives ahead has received is the handler's, and its error the next call's. */
  #deliverTheRest(): void {
    const port = this.#port;
    if (port.stop === undefined) return;
    port.stop();
    let result = 0;
    while (this.fd >= 0) {
      const received = port.receive(undefined, this.fd);
      if (typeof received === "number") {
        result = received;
        break;
      }
      this.bytesRead += received.length;
      this.#deliver(received);
    }
    if (this.fd < 0) return;
    // The handler may have written.
    if (this.#state & (QUEUED | BROKEN)) {
      port.restart?.();
      this.#refuseQueued();
      throw systemError("detach", "EBADF", undefined, "the flow has failed");
    }
    if (result !== 0 && -result !== errno.EAGAIN) this.#own.deferError(-result);
  }

  ref(): void {
    this.#own.ref();
  }

  unref(): void {
    this.#own.unref();
  }

  /** The engine's event. */
  happened(events: number): boolean {
    if (events & (POLLRDHUP | POLLHUP | POLLERR | POLLPRI)) this.#state |= STOPS_SHORT;
    // First receive: what came before a reset is still there, and the reset is told once, to a send or to a receive.
    if (events & (POLLIN | POLLRDHUP | POLLHUP | POLLERR | POLLPRI)) {
      this.#state |= READABLE;
      this.#receive();
    }
    if (events & (POLLOUT | POLLERR | POLLHUP) && this.#state & QUEUED) this.#flush();
    if (events & POLLHUP && this.#state & PEER_ENDED) this.#failed(0);
    return (this.#state & PROMISES) !== 0;
  }

  unsent(data: Uint8Array): void {
    this.bytesWritten -= data.length;
    // Closed: nothing is to wait on the descriptor any more, which would keep it open.
    if (this.fd < 0) return;
    (this.#queue ??= new WriteQueue()).putBack(data);
    this.#state |= QUEUED;
    this.#own.watch(POLLOUT);
  }

  sendFailed(number: number, bytes: number): void {
    this.bytesWritten -= bytes;
    this.#failed(number);
  }

  closedUnderneath(): void {
    this.fd = -1;
    this.#port.stop?.();
    this.#own.lost();
    this.#closed(undefined);
  }

  #enqueue(data: Uint8Array, from: number, owned: boolean): boolean {
    const queue = (this.#queue ??= new WriteQueue());
    queue.push(data, from, owned);
    if (queue.bytes > 0) this.#state |= QUEUED;
    if ((this.#state & CORKED) === 0) this.#own.watch(POLLOUT);
    if (queue.bytes < this.#highWaterMark) return true;
    this.#state |= NEEDS_DRAIN;
    return false;
  }

  #dropQueue(): void {
    this.#queue = undefined;
    this.#state &= ~QUEUED;
  }

  #closed(error: Error | undefined): void {
    this.#dropQueue();
    this.#handler.close?.(error, this);
  }

  #receive(): void {
    for (let budget = RECEIVE_BUDGET; ; budget -= 1) {
      if (this.#state & (PAUSED | PEER_ENDED) || this.fd < 0) return;
      if (budget === 0) return this.#own.continueLater(() => this.#receive());
      const memory = this.#allocate();
      if (this.#state & PAUSED || this.fd < 0) return;
      const received = this.#port.receive(memory, this.fd);
      if (typeof received === "number") return this.#receivedNothing(received);
      const { drained } = this.#port;
      this.bytesRead += received.length;
      if (!this.#deliver(received)) return;
      if (drained && (this.#state & STOPS_SHORT) === 0) {
        this.#state &= ~READABLE;
        return;
      }
    }
  }

  /** The end of the stream (0), or an errno, negated. */
  #receivedNothing(result: number): void {
    this.#state &= ~READABLE;
    if (result === 0) {
      // After a send has taken the error, a receive knows of no reset: the send's error is about to be told.
      if ((this.#state & BROKEN) === 0) this.#peerEnd();
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
    this.#state = (this.#state | PEER_ENDED) & ~READABLE;
    try {
      if (this.#handler.end === undefined) this.end();
      else this.#handler.end(this);
    } catch (error) {
      return this.#threw(error);
    }
    if (this.#state & ENDED) this.close();
  }

  /** Bytes that the kernel took; 0 when its buffer is full; -1 when the flow failed. */
  #send(data: Uint8Array): number {
    if (data.length === 0) return 0;
    const sent = this.#port.send(data, this.fd);
    if (sent >= 0) {
      this.bytesWritten += sent;
      return sent;
    }
    if (-sent === errno.EAGAIN) return 0;
    this.#failed(-sent);
    return -1;
  }

  #flush(): void {
    if (this.fd < 0 || this.#state & CORKED) return;
    while (this.#state & QUEUED) {
      const queue = this.#queue as WriteQueue;
      const sent = this.#send(queue.head());
      if (sent < 0) return;
      if (sent === 0) {
        this.#own.watch(POLLOUT);
        return;
      }
      queue.sent(sent);
      if (queue.bytes === 0) this.#state &= ~QUEUED;
    }
    if (this.#state & NEEDS_DRAIN) {
      this.#state &= ~NEEDS_DRAIN;
      try {
        this.#handler.drain?.(this);
      } catch (error) {
        return this.#threw(error);
      }
    }
    if ((this.#state & ENDING) === 0) return;
    this.#port.flush?.();
    if ((this.#state & QUEUED) === 0) this.#shutdown();
  }

  #shutdown(): void {
    if (this.#state & ENDED || this.fd < 0) return;
    this.#state |= ENDED;
    this.#port.shutdown(this.fd);
    if (this.#state & PEER_ENDED) this.close();
  }

  /** A failure inside a call of the program: told in the next turn, so that no handler runs inside its own call. */
  #failed(number: number): void {
    this.#state |= BROKEN;
    this.#dropQueue();
    this.#own.nextTurn(() => {
      if (this.fd < 0) return;
      if (number !== 0) return this.#fail("write", number);
      const pending = this.#port.takeError(this.fd);
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
    const pending = number === errno.EPIPE ? this.#port.takeError(this.fd) : 0;
    this.close(systemError(syscall, pending === 0 ? number : pending));
  }
}
