import { MSG_DONTWAIT, MSG_ERRQUEUE, MSG_OOB, MSG_PEEK, MSG_WAITALL } from "../api/constants.ts";

const LOOK_AGAIN_MS = 10;

/** What a receive does after one attempt gave bytes: it is done, tries again at once, or waits. */
export type Next = "done" | "again" | "wait";

/** What MSG_WAITALL needs to know of a socket. */
export interface WaitAllSocket {
  /** SOCK_STREAM. */
  isStream(): boolean;
  /** Linux looks (MSG_PEEK) at what a Unix stream has, and does not wait for more to look at. */
  looksOnce(): boolean;
  /** The peer sends no more. */
  hasEnded(): boolean;
}

/**
 * MSG_WAITALL, recv(2): a receive from a stream goes on until its memory is full or the stream ends. The flag does
 * nothing for messages, which come whole, and nothing together with MSG_DONTWAIT.
 */
export class WaitAll {
  /** Bytes received by the attempts so far. */
  received = 0;
  readonly #socket: WaitAllSocket;
  readonly #length: number;
  readonly #peeks: boolean;

  private constructor(socket: WaitAllSocket, length: number, peeks: boolean) {
    this.#socket = socket;
    this.#length = length;
    this.#peeks = peeks;
  }

  /** Undefined when the flags, the program's own, do not ask for it. */
  static of(socket: () => WaitAllSocket, length: number, flags: number): WaitAll | undefined {
    if ((flags & MSG_WAITALL) === 0 || (flags & (MSG_DONTWAIT | MSG_OOB | MSG_ERRQUEUE)) !== 0) return undefined;
    return new WaitAll(socket(), length, (flags & MSG_PEEK) !== 0);
  }

  /** How much of the memory is filled: where the next attempt begins. */
  get filled(): number {
    return this.#peeks ? 0 : this.received;
  }

  /** An attempt gave so many bytes. */
  add(bytes: number): Next {
    if (!this.#socket.isStream() || (this.#peeks && this.#socket.looksOnce())) {
      this.received = bytes;
      return "done";
    }
    if (this.#peeks) {
      // The next attempt sees the same bytes again, so there is nothing to add up.
      this.received = bytes;
      return bytes === this.#length || this.#socket.hasEnded() ? "done" : "wait";
    }
    this.received += bytes;
    return bytes === 0 || this.received === this.#length ? "done" : "again";
  }

  /** What had been received when the wait was cut short. */
  partial(): number | undefined {
    return this.received > 0 ? this.received : undefined;
  }

  /**
   * What was looked at is still there, so the socket is readable all the time: poll(2) cannot tell when more has come.
   */
  retryMs(): number | undefined {
    return this.#peeks && this.received > 0 ? LOOK_AGAIN_MS : undefined;
  }
}
