import { abortError, systemError } from "../api/errors.ts";
import { onAbort } from "./abort.ts";
import type { Call } from "./call.ts";
import type { WaitingDescriptor } from "./descriptor.ts";
import type { WaitEngine } from "./engine.ts";
import type { Timer, Turns } from "./turns.ts";
import type { Waiter } from "./wait-queue.ts";

/** How soon, and at last how seldom, a wait that can end without an event is looked at again. */
const FIRST_LOOK_MS = 100;
const LAST_LOOK_MS = 1600;

/** A call that waits for its descriptor. It is settled exactly once, and then nothing of it is left in any queue. */
export class PendingCall implements Waiter {
  readonly call: Call<unknown>;
  readonly descriptor: WaitingDescriptor;
  readonly #engine: WaitEngine;
  readonly #turns: Turns;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  #referenced: boolean;
  #timer: Timer | undefined;
  #retry: Timer | undefined;
  #lookAgainMs = FIRST_LOOK_MS;
  #forgetSignal: (() => void) | undefined;

  constructor(
    call: Call<unknown>,
    descriptor: WaitingDescriptor,
    engine: WaitEngine,
    turns: Turns,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.call = call;
    this.descriptor = descriptor;
    this.#engine = engine;
    this.#turns = turns;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#referenced = descriptor.referenced;
  }

  /** Queues the call until an event, the signal, the descriptor's timeout or its close. */
  wait(signal: AbortSignal | undefined): void {
    const { call, descriptor } = this;
    this.#engine.want(descriptor, call.direction);
    descriptor.makeQueues?.();
    descriptor.waiting[call.direction].push(this);
    if (this.#referenced) this.#engine.hold();
    const timeoutMs = descriptor.timeoutMs(call.direction);
    if (timeoutMs > 0) {
      this.#timer = this.#turns.timer(() => this.#cutShort(this.#timeoutError()), timeoutMs);
      if (!this.#referenced) this.#timer.unref();
    }
    if (signal !== undefined) {
      this.#forgetSignal = onAbort(signal, () => {
        this.call.cancel?.();
        this.#cutShort(abortError(signal));
      });
    }
    this.#retryLater();
  }

  /** Follows the descriptor's ref and unref. */
  referenceChanged(): void {
    const { referenced } = this.descriptor;
    if (referenced === this.#referenced) return;
    this.#referenced = referenced;
    if (referenced) {
      this.#engine.hold();
      this.#timer?.ref();
      this.#retry?.ref();
    } else {
      this.#engine.release();
      this.#timer?.unref();
      this.#retry?.unref();
    }
  }

  /** Attempts the call; true when that settled it. */
  attempt(): boolean {
    let value: unknown;
    try {
      value = this.call.attempt();
    } catch (error) {
      this.fail(error);
      return true;
    }
    if (value === undefined) return false;
    this.#settle();
    this.#resolve(value);
    return true;
  }

  /** Ends the wait with an error; what had been done already is the result instead, as on Linux. */
  fail(error: unknown): void {
    this.#settle();
    const done = this.call.partial?.();
    if (done === undefined) return this.#reject(error);
    this.descriptor.deferError(error);
    this.#resolve(done);
  }

  /** Ends the wait because the descriptor is closed. */
  closed(): void {
    this.#settle();
    this.#reject(systemError(this.call.syscall, "EBADF", undefined, "the descriptor was closed during the call"));
  }

  /** The signal or the timeout ended the wait. */
  #cutShort(error: Error): void {
    this.#settle();
    const done = this.call.partial?.();
    if (done === undefined) this.#reject(error);
    else this.#resolve(done);
  }

  #timeoutError(): Error {
    return systemError(this.call.syscall, this.call.timeoutCode ?? "EAGAIN", undefined, "the socket's timeout");
  }

  #retryLater(): void {
    let delayMs = this.call.retryMs?.();
    if (delayMs === undefined) {
      if (!this.descriptor.endsSilently(this.call.direction)) return;
      delayMs = this.#lookAgainMs;
      this.#lookAgainMs = Math.min(delayMs * 2, LAST_LOOK_MS);
    }
    this.#retry = this.#turns.timer(() => {
      // One that waits behind others has its turn after them.
      const isFirst = this.descriptor.waiting[this.call.direction].first === this;
      if (!isFirst || !this.attempt()) this.#retryLater();
    }, delayMs);
    if (!this.#referenced) this.#retry.unref();
  }

  #settle(): void {
    this.descriptor.waiting[this.call.direction].remove(this);
    if (this.#referenced) this.#engine.release();
    this.#timer?.close();
    this.#retry?.close();
    this.#forgetSignal?.();
  }
}
