import { abortError, systemError } from "../api/errors.ts";
import { checkSignal } from "./arguments.ts";
import type { Call } from "./call.ts";
import type { WaitingDescriptor, WaitingTable } from "./descriptor.ts";
import type { WaitEngine } from "./engine.ts";
import { PendingCall } from "./pending-call.ts";
import type { Turns } from "./turns.ts";

/**
 * Calls in a row that may end at once before one goes through the event loop, so that timers and other work have their
 * turn.
 */
const MAX_AT_ONCE = 64;

/** Carries out calls: at once, or when their descriptor is ready. */
export class Waits {
  readonly #table: WaitingTable;
  readonly #engine: () => WaitEngine;
  readonly #turns: Turns;
  #atOnce = 0;

  /** `engine` is asked for at the first call that waits. */
  constructor(table: WaitingTable, engine: () => WaitEngine, turns: Turns) {
    this.#table = table;
    this.#engine = engine;
    this.#turns = turns;
  }

  /** Makes the call; waits by the event loop where it must. Wrong arguments reject, too. */
  start<T>(make: () => Call<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      checkSignal(signal);
      const call = make();
      if (signal?.aborted) throw abortError(signal);
      const descriptor = this.prepare(call);
      const isFirst = descriptor === undefined || descriptor.waiting[call.direction].first === undefined;
      if (isFirst && call.isFutile?.() !== true) {
        const value = this.attemptOrPartial(call);
        if (value !== undefined) return this.inTurn(value);
      }
      return this.#wait(call, this.#table.get(call.fd), signal);
    } catch (caught) {
      return this.failed(caught as Error);
    }
  }

  /** The error of a call that did not wait, after others had their turn when it was one of many in a row. */
  failed(error: Error): Promise<never> {
    if (!this.#othersTurn()) return Promise.reject(error);
    return new Promise((_, reject) => this.#turns.nextTurn(() => reject(error)));
  }

  /** One attempt: the result, the part that was done before an error, or undefined where the call has to wait. */
  attemptOrPartial<T>(call: Call<T>): T | undefined {
    try {
      return call.attempt();
    } catch (error) {
      const done = call.partial?.();
      if (done === undefined) throw error;
      this.#table.get(call.fd).deferError(error);
      return done;
    }
  }

  /** Before the first attempt: refuses what a flow has, and what an error was kept for. */
  prepare(call: Call<unknown>): WaitingDescriptor | undefined {
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

  #wait<T>(call: Call<T>, descriptor: WaitingDescriptor, signal: AbortSignal | undefined): Promise<T> {
    if (!call.mayWait || descriptor.nonBlocking) return Promise.resolve(withoutWaiting(call));
    return new Promise<T>((resolve, reject) => {
      const settle = resolve as (value: unknown) => void;
      new PendingCall(call, descriptor, this.#engine(), this.#turns, settle, reject).wait(signal);
    });
  }

  /** The result of a call that did not wait, after others had their turn when it was one of many in a row. */
  inTurn<T>(value: T): Promise<T> {
    return this.#othersTurn()
      ? new Promise((resolve) => this.#turns.nextTurn(() => resolve(value)))
      : Promise.resolve(value);
  }

  #othersTurn(): boolean {
    this.#atOnce += 1;
    if (this.#atOnce < MAX_AT_ONCE) return false;
    this.#atOnce = 0;
    return true;
  }
}

/** The part that was done, or EAGAIN. */
export function withoutWaiting<T>(call: Call<T>): T {
  const done = call.partial?.();
  if (done === undefined) throw systemError(call.syscall, "EAGAIN");
  return done;
}
