import { isMainThread } from "node:worker_threads";
import { POLLIN, POLLOUT, POLLPRI } from "../api/constants.ts";
import { errno } from "../api/errno.ts";
import { abortError, systemError } from "../api/errors.ts";
import { checkSignal } from "./calls/arguments.ts";
import { waitForOne } from "./calls/poll.ts";
import { SLICE_MS } from "./calls/poll-blocking.ts";
import { PRIORITY, READ, WRITE, type Call, type Direction } from "./call.ts";
import type { Descriptor } from "./descriptor.ts";
import type { DescriptorTable } from "./descriptor-table.ts";
import type { Engine } from "./engine.ts";
import { lastErrno } from "./ffi/libc.ts";
import { PendingCall } from "./pending-call.ts";
import { listensForSignals } from "./signals.ts";

/**
 * Calls in a row that may end at once before one goes through the event loop, so that timers and other work have their
 * turn.
 */
const MAX_AT_ONCE = 64;

const POLL_EVENTS: Record<Direction, number> = { [READ]: POLLIN, [WRITE]: POLLOUT, [PRIORITY]: POLLPRI };

/** Carries out calls: by the event loop, or by blocking the thread. */
export class Waits {
  readonly #table: DescriptorTable;
  readonly #engine: () => Engine;
  #atOnce = 0;

  constructor(table: DescriptorTable, engine: () => Engine) {
    this.#table = table;
    this.#engine = engine;
  }

  /** Makes the call; waits by the event loop where it must. Wrong arguments reject, too. */
  start<T>(make: () => Call<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      checkSignal(signal);
      const call = make();
      if (signal?.aborted) throw abortError(signal);
      const descriptor = this.#prepare(call);
      if (descriptor === undefined || descriptor.waiting[call.direction].length === 0) {
        const value = this.#attemptOrPartial(call);
        if (value !== undefined) return this.inTurn(value);
      }
      return this.#wait(call, this.#table.get(call.fd), signal);
    } catch (caught) {
      const error = caught as Error;
      if (!this.#othersTurn()) return Promise.reject(error);
      return new Promise((_, reject) => setImmediate(reject, error));
    }
  }

  /** Makes the call; blocks this thread where it must wait. */
  block<T>(call: Call<T>): T {
    const descriptor = this.#prepare(call);
    let deadline: number | undefined;
    for (;;) {
      const value = this.#attemptOrPartial(call);
      if (value !== undefined) return value;
      const waiting = descriptor ?? this.#table.get(call.fd);
      if (!call.mayWait || waiting.nonBlocking) return this.#withoutWaiting(call);
      const timeoutMs = waiting.timeoutMs(call.direction);
      if (timeoutMs > 0) deadline ??= performance.now() + timeoutMs;
      const reason = pollUntilReady(call, deadline, waiting.endsSilently(call.direction));
      if (reason === undefined) continue;
      const done = call.partial?.();
      if (done === undefined) throw reason;
      return done;
    }
  }

  #attemptOrPartial<T>(call: Call<T>): T | undefined {
    try {
      return call.attempt();
    } catch (error) {
      const done = call.partial?.();
      if (done === undefined) throw error;
      this.#table.get(call.fd).deferError(error);
      return done;
    }
  }

  #prepare(call: Call<unknown>): Descriptor | undefined {
    if (call.prepare !== undefined) call.prepare(this.#table.get(call.fd));
    const descriptor = this.#table.find(call.fd);
    if (descriptor === undefined) return undefined;
    if (descriptor.flow !== undefined) {
      throw systemError(call.syscall, "EBUSY", undefined, "the descriptor was handed over to a flow");
    }
    const number = descriptor.takeDeferredError();
    if (number !== undefined) throw systemError(call.syscall, number);
    return descriptor;
  }

  /** The part that was done, or EAGAIN. */
  #withoutWaiting<T>(call: Call<T>): T {
    const done = call.partial?.();
    if (done === undefined) throw systemError(call.syscall, "EAGAIN");
    return done;
  }

  #wait<T>(call: Call<T>, descriptor: Descriptor, signal: AbortSignal | undefined): Promise<T> {
    if (!call.mayWait || descriptor.nonBlocking) return Promise.resolve(this.#withoutWaiting(call));
    return new Promise<T>((resolve, reject) => {
      new PendingCall(call, descriptor, this.#engine(), resolve as (value: unknown) => void, reject).wait(signal);
    });
  }

  /** The result of a call that did not wait, after others had their turn when it was one of many in a row. */
  inTurn<T>(value: T): Promise<T> {
    return this.#othersTurn() ? new Promise((resolve) => setImmediate(resolve, value)) : Promise.resolve(value);
  }

  #othersTurn(): boolean {
    this.#atOnce += 1;
    if (this.#atOnce < MAX_AT_ONCE) return false;
    this.#atOnce = 0;
    return true;
  }
}

/** Blocks until the descriptor is ready. Returns what cut the wait short instead: the deadline, or a signal (EINTR). */
function pollUntilReady(call: Call<unknown>, deadline: number | undefined, endsSilently: boolean): Error | undefined {
  const retryMs = call.retryMs?.();
  for (;;) {
    const leftMs = deadline === undefined ? Infinity : Math.max(0, Math.ceil(deadline - performance.now()));
    const lookAgainMs = retryMs ?? (endsSilently ? SLICE_MS : undefined);
    const sliceMs = Math.min(leftMs, isMainThread ? Infinity : SLICE_MS, lookAgainMs ?? Infinity);
    // Where no event tells, time does: the descriptor itself may be ready for something else all the while.
    const fd = retryMs === undefined ? call.fd : -1;
    const ready = waitForOne(fd, POLL_EVENTS[call.direction], sliceMs === Infinity ? -1 : sliceMs);
    if (ready > 0) return undefined;
    if (ready < 0) {
      const number = lastErrno();
      if (number !== errno.EINTR) return systemError(call.syscall, number);
      if (listensForSignals()) return systemError(call.syscall, number, undefined, "a signal arrived");
      continue;
    }
    if (leftMs !== Infinity && performance.now() >= (deadline as number)) {
      return systemError(call.syscall, call.timeoutCode ?? "EAGAIN", undefined, "the socket's timeout");
    }
    if (lookAgainMs !== undefined) return undefined;
  }
}
