import { isSystemError } from "../../api/errors.ts";
import { WRITE, type Direction } from "../../kernel/call.ts";
import {
  NO_CALLS,
  NO_WATCHERS,
  referenceChanged,
  waitingCalls,
  type EventTaker,
  type WaitingCalls,
  type WaitingDescriptor,
  type Watcher,
} from "../../kernel/descriptor.ts";
import type { Description } from "./description.ts";

/** An open descriptor: a number for a description, and what waits on it. */
export class Descriptor implements WaitingDescriptor {
  readonly fd: number;
  readonly description: Description;
  /** FD_CLOEXEC; always set at first, as dialtone's descriptors are. */
  closeOnExec = true;
  flow: EventTaker | undefined;
  waiting: WaitingCalls = NO_CALLS;
  watchers: Set<Watcher> = NO_WATCHERS;
  #referenced = true;
  #deferredError: number | undefined;

  constructor(fd: number, description: Description) {
    this.fd = fd;
    this.description = description;
  }

  get referenced(): boolean {
    return this.#referenced;
  }

  set referenced(value: boolean) {
    this.#referenced = value;
    referenceChanged(this);
  }

  /** Most descriptors never have anybody wait. */
  makeQueues(): void {
    if (this.waiting !== NO_CALLS) return;
    this.waiting = waitingCalls();
    this.watchers = new Set();
  }

  get nonBlocking(): boolean {
    return this.description.nonBlocking;
  }

  endsSilently(): boolean {
    return false;
  }

  timeoutMs(direction: Direction): number {
    const { state } = this.description.socket;
    return direction === WRITE ? state.sendTimeoutMs : state.receiveTimeoutMs;
  }

  /** EPIPE is a state, which the next send meets itself. */
  deferError(error: unknown): void {
    if (isSystemError(error) && error.code !== "EPIPE") this.#deferredError = -error.errno;
  }

  takeDeferredError(): number | undefined {
    const number = this.#deferredError;
    this.#deferredError = undefined;
    return number;
  }
}
