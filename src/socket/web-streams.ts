import { SHUT_RD } from "../api/constants.ts";
import { abortError, invalidType, isSystemError, systemError } from "../api/errors.ts";
import type { Flow, FlowHandler } from "../api/flow.ts";
import type { Kernel } from "../api/kernel.ts";

/** A connection as a pair of Web streams. */
export interface WebStreams {
  /** A byte stream, for default and BYOB readers. It ends when the peer ends. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Takes Uint8Arrays, other views, and ArrayBuffers. */
  readonly writable: WritableStream<ArrayBufferView | ArrayBuffer>;
}

/** Received bytes that the readable keeps for its reader; then the flow is paused. */
const READABLE_HIGH_WATER_MARK = 64 * 1024;

/**
 * A connected stream descriptor as Web streams: what `Socket.toWeb` gives.
 *
 * `cancel` of the readable shuts the receiving side (SHUT_RD), `close` of the writable the sending side (SHUT_WR); when
 * both are over the descriptor is closed. `abort` of the writable resets the connection, since the peer must not take
 * it for an end. An error of the connection, or the signal's AbortError, errors both.
 */
export class SocketStreams implements WebStreams {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<ArrayBufferView | ArrayBuffer>;
  readonly #kernel: Kernel;
  readonly #flow: Flow;
  /** Set by the streams' constructors, which call `start` at once. */
  #reading!: ReadableByteStreamController;
  #writing!: WritableStreamDefaultController;
  /** The write that waits until the kernel has taken it. */
  #written: { readonly done: () => void; readonly failed: (error: unknown) => void } | undefined;
  /** Nobody reads any more: ended, cancelled or errored. */
  #readOver = false;
  #peerEnded = false;
  #ending = false;
  #stopListening: (() => void) | undefined;

  constructor(kernel: Kernel, fd: number, signal?: AbortSignal) {
    if (signal?.aborted) throw abortError(signal);
    this.#kernel = kernel;
    // With a mark of 1, `drain` says that the kernel has taken all. Paused, until somebody reads.
    this.#flow = kernel.flow(fd, this.#handler(), { highWaterMark: 1, paused: true, promises: true, readsAhead: true });
    this.readable = new ReadableStream(
      {
        type: "bytes",
        start: (controller) => {
          this.#reading = controller;
        },
        pull: () => this.#flow.resume(),
        cancel: () => this.#cancel(),
      },
      { highWaterMark: READABLE_HIGH_WATER_MARK },
    );
    this.writable = new WritableStream({
      start: (controller) => {
        this.#writing = controller;
        // `abort` below waits for the write that is under way, which may wait for a peer that does not read.
        const { signal } = controller as { readonly signal?: AbortSignal }; // Node's types have forgotten it.
        signal?.addEventListener("abort", () => this.#abort(signal.reason));
      },
      write: (chunk) => this.#write(bytesOf(chunk)),
      close: () => {
        this.#ending = true;
        this.#flow.end();
      },
      abort: (reason) => this.#abort(reason),
    });
    if (signal !== undefined) this.#closeOnAbort(signal);
  }

  /** Bytes that were received before the descriptor came here. */
  push(received: Uint8Array): void {
    // The stream takes the memory away from whom it gets it from: a copy of its own.
    this.#reading.enqueue(received.slice());
  }

  #closeOnAbort(signal: AbortSignal): void {
    const abort = (): void => {
      this.#fail(abortError(signal));
      this.#flow.close();
    };
    signal.addEventListener("abort", abort, { once: true });
    this.#stopListening = () => signal.removeEventListener("abort", abort);
  }

  #handler(): FlowHandler {
    return {
      data: (chunk, flow) => {
        if (this.#readOver) return;
        this.push(chunk);
        if ((this.#reading.desiredSize ?? 0) <= 0) flow.pause();
      },
      end: () => {
        this.#peerEnded = true;
        this.#endReadable();
      },
      drain: () => {
        const written = this.#written;
        this.#written = undefined;
        written?.done();
      },
      close: (error) => this.#closed(error),
    };
  }

  async #write(data: Uint8Array): Promise<void> {
    if (this.#flow.write(data, true)) return;
    await new Promise<void>((done, failed) => {
      this.#written = { done, failed };
    });
  }

  #abort(reason: unknown): void {
    // The stream is told by its own abort, and not to be told again.
    this.#ending = true;
    this.#fail(reason);
    this.#flow.reset();
  }

  #cancel(): void {
    this.#readOver = true;
    if (this.#flow.fd < 0) return;
    try {
      this.#kernel.shutdown(this.#flow.fd, SHUT_RD);
    } catch (error) {
      if (!isSystemError(error, "ENOTCONN")) throw error;
    }
    // What is on its way is passed over; the end that the shutdown makes is seen.
    this.#flow.resume();
  }

  #endReadable(): void {
    if (this.#readOver) return;
    this.#readOver = true;
    this.#reading.close();
    // A BYOB reader that waits gets its memory back.
    this.#reading.byobRequest?.respond(0);
  }

  #closed(error: Error | undefined): void {
    this.#stopListening?.();
    if (error === undefined && this.#peerEnded && this.#ending) return;
    this.#fail(error ?? systemError("read", "EBADF", undefined, "the descriptor was closed"));
  }

  /** Errors both streams; what has failed or ended already stays as it is. */
  #fail(reason: unknown): void {
    if (!this.#readOver) {
      this.#readOver = true;
      this.#reading.error(reason);
    }
    const written = this.#written;
    this.#written = undefined;
    written?.failed(reason);
    if (!this.#ending) this.#writing.error(reason);
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw invalidType("chunk", "a Uint8Array, another view, or an ArrayBuffer", chunk);
}
