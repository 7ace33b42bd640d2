import type { DuplexOptions } from "node:stream";
import { IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_KEEPIDLE, TCP_NODELAY } from "../api/constants.ts";
import { abortError, isSystemError, outOfRange, systemError } from "../api/errors.ts";
import type { Flow, FlowHandler } from "../api/flow.ts";
import type { Kernel } from "../api/kernel.ts";
import { IdleTimeout } from "./idle-timeout.ts";
import { netAddress, type NetAddress } from "./net-address.ts";
import { NodeDuplex } from "./node-stream.ts";
import { ReceiveSlab } from "./receive-slab.ts";

type Callback = (error?: Error | null) => void;

/** Settings of a SocketDuplex: Node's for streams, with node:net's default for `allowHalfOpen`. */
export interface SocketDuplexOptions extends Pick<DuplexOptions, "readableHighWaterMark" | "writableHighWaterMark"> {
  /** Aborting it destroys the stream with an AbortError. */
  readonly signal?: AbortSignal | undefined;
  /**
   * True: when the peer ends, this side may go on writing until `end()`. False, the default: it ends too. An HTTP
   * server needs true, as Node's own sets it.
   */
  readonly allowHalfOpen?: boolean | undefined;
}

/**
 * A connected stream socket as a Node stream, with the members of `net.Socket` that http, tls and ws use. Made by
 * `socket.toDuplex()`.
 *
 * What is received is pushed without a copy, and receiving pauses while the reader is behind. A write's callback
 * comes when the kernel has taken all of it; writes that wait leave together. `end()` sends FIN; `destroy()` closes;
 * `resetAndDestroy()` sends RST. Errors of the connection are emitted as 'error', in the shape of every SystemError,
 * before 'close'.
 */
export class SocketDuplex extends NodeDuplex {
  /** Always false: the socket is connected. */
  readonly connecting = false;
  readonly pending = false;
  /** Milliseconds of `setTimeout`; 0: none. */
  timeout = 0;
  readonly #kernel: Kernel;
  readonly #flow: Flow;
  readonly #slab: ReceiveSlab = new ReceiveSlab((bytes) => Buffer.allocUnsafe(bytes));
  readonly #idle: IdleTimeout;
  /** The write that waits until the kernel has taken it. */
  #writing: Callback | undefined;
  #peerEnded = false;
  #reset = false;
  /** bytesWritten when the idle timer last looked. */
  #seenBytes = 0;
  #local: NetAddress | undefined;
  #remote: NetAddress | undefined;

  /** Takes over a connected descriptor. EBUSY while calls wait on it. */
  constructor(kernel: Kernel, fd: number, options: SocketDuplexOptions = {}) {
    const { allowHalfOpen = false, signal, ...rest } = options;
    if (signal?.aborted) throw abortError(signal);
    super({ ...rest, allowHalfOpen });
    if (!allowHalfOpen) this.#endLater();
    this.#kernel = kernel;
    this.#idle = new IdleTimeout(kernel.clock, () => this.#idled());
    // With a mark of 1, `drain` says that the kernel has taken all. Paused, until somebody reads.
    this.#flow = kernel.flow(fd, this.#handler(), { highWaterMark: 1, paused: true, readsAhead: true });
    if (signal !== undefined) this.#destroyOnAbort(signal);
  }

  /**
   * Ends a turn after the peer's end, rather than at once: TLS above, in Node's wrapper, hears of the end by then and
   * writes its farewell, which after `end()` would be an error that nobody can catch. So the base class is told at
   * the end that it need not do it.
   */
  #endLater(): void {
    this.prependOnceListener("end", () => {
      this.allowHalfOpen = true;
      setImmediate(() => {
        if (this.writable) this.end();
      });
    });
  }

  #destroyOnAbort(signal: AbortSignal): void {
    const abort = (): void => {
      this.destroy(abortError(signal));
    };
    signal.addEventListener("abort", abort, { once: true });
    this.once("close", () => signal.removeEventListener("abort", abort));
  }

  #handler(): FlowHandler {
    return {
      allocate: () => this.#slab.allocate(),
      data: (chunk, flow) => {
        this.#idle.active();
        if (!this.push(this.#slab.keep(chunk))) flow.pause();
      },
      end: () => {
        this.#peerEnded = true;
        this.push(null);
        // 'end' comes even when nobody reads, if there is nothing to read.
        this.read(0);
      },
      drain: () => this.#written(),
      close: (error) => this.#closed(error),
    };
  }

  override _read(): void {
    this.#flow.resume();
  }

  override _write(chunk: Uint8Array, _encoding: string, callback: Callback): void {
    this.#idle.active();
    this.#writing = callback;
    try {
      if (this.#flow.write(chunk, true)) this.#written();
    } catch (error) {
      this.#written(error as Error);
    }
  }

  override _writev(chunks: { chunk: Uint8Array }[], callback: Callback): void {
    this.#idle.active();
    this.#writing = callback;
    try {
      this.#flow.cork();
      for (const { chunk } of chunks) this.#flow.write(chunk, true);
      // `drain` comes from here when the kernel takes all at once.
      this.#flow.uncork();
      if (this.#flow.fd >= 0 && this.#flow.bytesQueued === 0) this.#written();
    } catch (error) {
      this.#written(error as Error);
    }
  }

  override _final(callback: Callback): void {
    // All writes have been taken: this is the shutdown, and the close if the peer has ended.
    this.#flow.end();
    callback();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#idle.stop();
    if (this.#reset) this.#flow.reset();
    else this.#flow.close();
    this.#written(error ?? systemError("write", "ECANCELED", undefined, "the stream was destroyed"));
    callback(error);
  }

  /** The write that waited is done, or has failed. */
  #written(error?: Error): void {
    const callback = this.#writing;
    if (callback === undefined) return;
    this.#writing = undefined;
    if (error === undefined) this.#idle.active();
    callback(error);
  }

  #closed(error: Error | undefined): void {
    if (error !== undefined) this.#written(error);
    // After both ends have ended, what is buffered may still be read; the stream then destroys itself.
    if (error !== undefined || !this.#peerEnded) this.destroy(error);
  }

  /** Ends, and destroys the stream when all is sent. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  /** Closes with a RST. */
  resetAndDestroy(): this {
    this.#reset = true;
    return this.destroy();
  }

  /**
   * Emits 'timeout' when nothing was sent or received for so many milliseconds; 0 stops that. The stream stays open.
   * The timer does not keep the program alive.
   */
  setTimeout(timeoutMs: number, listener?: () => void): this {
    if (typeof timeoutMs !== "number" || !(timeoutMs >= 0 && timeoutMs < Infinity)) {
      throw outOfRange("timeoutMs", "a number of milliseconds from 0", timeoutMs);
    }
    this.timeout = timeoutMs;
    if (listener !== undefined && timeoutMs === 0) this.removeListener("timeout", listener);
    else if (listener !== undefined) this.once("timeout", listener);
    if (!this.destroyed) this.#idle.set(Math.min(timeoutMs, MAX_TIMEOUT_MS));
    return this;
  }

  #idled(): void {
    const { bytesWritten } = this.#flow;
    const progress = bytesWritten > this.#seenBytes && this.#writing !== undefined;
    this.#seenBytes = bytesWritten;
    // A long write on a slow connection is no idleness.
    if (progress) this.#idle.active();
    else this.emit("timeout");
  }

  /** TCP_NODELAY; nothing on a socket that has no such option. */
  setNoDelay(noDelay = true): this {
    this.#option(() => this.#kernel.setsockopt(this.#flow.fd, IPPROTO_TCP, TCP_NODELAY, noDelay));
    return this;
  }

  /** SO_KEEPALIVE, and with an `initialDelayMs` TCP_KEEPIDLE, which counts seconds. */
  setKeepAlive(enable = false, initialDelayMs = 0): this {
    this.#option(() => this.#kernel.setsockopt(this.#flow.fd, SOL_SOCKET, SO_KEEPALIVE, enable));
    const seconds = Math.floor(initialDelayMs / 1000);
    if (enable && seconds > 0) {
      this.#option(() => this.#kernel.setsockopt(this.#flow.fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds));
    }
    return this;
  }

  #option(set: () => void): void {
    if (this.#flow.fd < 0) return;
    try {
      set();
    } catch (error) {
      if (!isSystemError(error)) throw error; // As node:net: advice that a socket may not be able to follow.
    }
  }

  /** Keeps the program alive while the stream is open (the default). */
  ref(): this {
    this.#flow.ref();
    return this;
  }

  unref(): this {
    this.#flow.unref();
    return this;
  }

  get bytesRead(): number {
    return this.#flow.bytesRead;
  }

  /** Bytes that were given to the kernel or wait for it; what the stream itself still buffers is `writableLength`. */
  get bytesWritten(): number {
    return this.#flow.bytesWritten + this.#flow.bytesQueued;
  }

  /** The local address; an empty object for a family without host and port. */
  address(): NetAddress {
    if (this.#local === undefined && this.#flow.fd >= 0) {
      this.#local = netAddress(() => this.#kernel.getsockname(this.#flow.fd));
    }
    return this.#local ?? {};
  }

  #peer(): NetAddress {
    if (this.#remote?.address === undefined && this.#flow.fd >= 0) {
      this.#remote = netAddress(() => this.#kernel.getpeername(this.#flow.fd));
    }
    return this.#remote ?? {};
  }

  get localAddress(): string | undefined {
    return this.address().address;
  }

  get localPort(): number | undefined {
    return this.address().port;
  }

  get localFamily(): string | undefined {
    return this.address().family;
  }

  get remoteAddress(): string | undefined {
    return this.#peer().address;
  }

  get remotePort(): number | undefined {
    return this.#peer().port;
  }

  get remoteFamily(): string | undefined {
    return this.#peer().family;
  }

  /** As net.Socket: "open", "readOnly", "writeOnly" or "closed". */
  get readyState(): string {
    if (this.readable) return this.writable ? "open" : "readOnly";
    return this.writable ? "writeOnly" : "closed";
  }
}

/** The longest time of a timer: 2^31 - 1 milliseconds. */
const MAX_TIMEOUT_MS = 0x7fffffff;
