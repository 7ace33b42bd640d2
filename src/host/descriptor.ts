import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  F_GETFL,
  O_NONBLOCK,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  SO_DOMAIN,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../api/constants.ts";
import { isSystemError } from "../api/errors.ts";
import { READ, WRITE, type Direction } from "../kernel/call.ts";
import {
  NO_CALLS,
  NO_WATCHERS,
  referenceChanged,
  waitingCalls,
  type EventTaker,
  type WaitingCalls,
  type WaitingDescriptor,
  type Watcher,
} from "../kernel/descriptor.ts";
import { libc } from "./ffi/libc.ts";
import { isHiddenNonBlocking } from "./non-blocking.ts";
import { integerOption, timeOption } from "./raw-option.ts";
import type { WaitingReceive } from "./waiting-receive.ts";

/** What this thread knows of an open descriptor. One object an opening: a recycled number gets a new one. */
export class Descriptor implements WaitingDescriptor {
  readonly fd: number;
  /** Tells this opening from an earlier one of the same number, in the events of the engine. */
  readonly generation: number;
  /** Serves the receives that wait, one after the other; made for the first. */
  receive: WaitingReceive | undefined;
  flow: EventTaker | undefined;
  /** The events that the engine watches for; 0 when it does not know the descriptor. */
  interest = 0;
  /** Events in a row that nobody waited for. */
  unclaimed = 0;
  /** A listener whose description dialtone has made O_NONBLOCK (see non-blocking.ts), so that it is asked for once. */
  hidesNonBlocking = false;
  /** The last receive took all there was, and no event has told of more since. */
  #emptied = false;
  /** The last receive has probably taken all there was: this is not sure of urgent data. */
  #seemsEmptied = false;
  /** Of these alone a receive that gives less than was asked for has taken all there was; undefined: not known yet. */
  #isInternetStream: boolean | undefined;
  /** An event told of urgent data, as those of io_uring always do. */
  #hadUrgent = false;
  #isAtEnd = false;
  waiting: WaitingCalls = NO_CALLS;
  watchers: Set<Watcher> = NO_WATCHERS;
  /** An error that came after a part had been sent: the next call reports it, as Linux keeps it in the socket. */
  #deferredError: number | undefined;
  #referenced = true;
  #nonBlocking: boolean | undefined;
  #type: number | undefined;
  #family: number | undefined;
  #receiveTimeoutMs: number | undefined;
  #sendTimeoutMs: number | undefined;

  constructor(fd: number, generation: number, nonBlocking?: boolean, family?: number) {
    this.fd = fd;
    this.generation = generation;
    this.#nonBlocking = nonBlocking;
    this.#family = family;
  }

  makeQueues(): void {
    if (this.waiting !== NO_CALLS) return;
    this.waiting = waitingCalls();
    this.watchers = new Set();
  }

  /** Waits on this descriptor keep the program alive. */
  get referenced(): boolean {
    return this.#referenced;
  }

  /** From now on, and for what waits already. */
  set referenced(value: boolean) {
    this.#referenced = value;
    referenceChanged(this);
  }

  /** A receive gave less than was asked for. */
  receivedLess(): void {
    // A Unix socket stops where descriptors or other credentials were sent along, too.
    this.#isInternetStream ??= this.type === SOCK_STREAM && (this.family === AF_INET || this.family === AF_INET6);
    this.#seemsEmptied = this.#isInternetStream && !this.#isAtEnd;
    this.#emptied = this.#seemsEmptied && !this.#hadUrgent;
  }

  /** The engine has seen these events. */
  eventCame(events: number): void {
    // At urgent data and at the end, what follows makes no further event.
    if (events & POLLPRI) this.#hadUrgent = true;
    if (events & (POLLRDHUP | POLLHUP | POLLERR)) this.#isAtEnd = true;
    if ((events & ~POLLOUT) === 0) return;
    this.#emptied = false;
    this.#seemsEmptied = false;
  }

  /** True when a receive could only find that nothing is there: an event tells when that has changed. */
  get isEmptied(): boolean {
    return this.#emptied && (this.interest & POLLIN) !== 0;
  }

  /** The same, but for urgent data: whoever waits therefore has to look again some time. */
  get seemsEmptied(): boolean {
    return this.#seemsEmptied && (this.interest & POLLIN) !== 0;
  }

  /**
   * Keeps an error for the next call. EPIPE is no event but a state, which the next send meets itself and a receive
   * never.
   */
  deferError(error: unknown): void {
    if (isSystemError(error) && error.code !== "EPIPE") this.#deferredError = -error.errno;
  }

  /** The errno that was kept, once. */
  takeDeferredError(): number | undefined {
    const number = this.#deferredError;
    this.#deferredError = undefined;
    return number;
  }

  /** True when the program asked for O_NONBLOCK (not when dialtone set it for itself). */
  get nonBlocking(): boolean {
    this.#nonBlocking ??= (libc.fcntl(this.fd, F_GETFL, 0) & O_NONBLOCK) !== 0 && !isHiddenNonBlocking(this.fd);
    return this.#nonBlocking;
  }

  /** No call waits for this direction, no flow has the descriptor, and no error is kept for the next call. */
  isFree(direction: Direction): boolean {
    if (this.flow !== undefined || this.#deferredError !== undefined) return false;
    return this.waiting[direction].first === undefined;
  }

  /** A receive may wait, and without a limit. */
  get waitsForEver(): boolean {
    return !this.nonBlocking && this.timeoutMs(READ) === 0;
  }

  /** AF_UNIX and so on; undefined when it is no socket. */
  get family(): number | undefined {
    this.#family ??= integerOption(this.fd, SOL_SOCKET, SO_DOMAIN);
    return this.#family;
  }

  /** SOCK_STREAM and so on; 0 when it is no socket. */
  get type(): number {
    this.#type ??= integerOption(this.fd, SOL_SOCKET, SO_TYPE) ?? 0;
    return this.#type;
  }

  /**
   * True for a wait that can end without an event: Linux ends a send on a Unix socket whose peer takes no more
   * (SHUT_RD), and poll(2) tells nothing of that.
   */
  endsSilently(direction: Direction): boolean {
    return direction === WRITE && this.family === AF_UNIX;
  }

  /** SO_RCVTIMEO or SO_SNDTIMEO in milliseconds; 0 means no limit. */
  timeoutMs(direction: Direction): number {
    if (direction === WRITE) return (this.#sendTimeoutMs ??= timeOption(this.fd, SOL_SOCKET, SO_SNDTIMEO) ?? 0);
    return (this.#receiveTimeoutMs ??= timeOption(this.fd, SOL_SOCKET, SO_RCVTIMEO) ?? 0);
  }

  /** O_NONBLOCK or a timeout was set: what was remembered may be old. */
  forgetSettings(): void {
    this.#nonBlocking = undefined;
    this.#receiveTimeoutMs = undefined;
    this.#sendTimeoutMs = undefined;
  }
}
