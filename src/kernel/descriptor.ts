import type { Direction } from "./call.ts";
import { WaitQueue } from "./wait-queue.ts";

/** Something that takes the events of a descriptor: a flow. */
export interface EventTaker {
  readonly fd: number;
  /** The events that it takes from the beginning. */
  readonly interest: number;
  /** True when promises that it has settled wait for their turn. */
  happened(events: number): boolean;
  /** The descriptor was closed by `close(fd)` rather than through the flow. */
  closedUnderneath(): void;
  ref(): void;
  unref(): void;
}

/** A wait that looks at a whole set of descriptors at any event of one: poll and select. */
export interface Watcher {
  look(): void;
  /** The descriptor was given away, or its number found to be another's. */
  ended(): void;
  /** A descriptor of the set was ref'd or unref'd. */
  referenceChanged(): void;
}

/** The calls that wait on a descriptor, first come first served: readers, writers, waiters for urgent data. */
export type WaitingCalls = readonly [WaitQueue, WaitQueue, WaitQueue];

export function waitingCalls(): WaitingCalls {
  return [new WaitQueue(), new WaitQueue(), new WaitQueue()];
}

/** The queues of a descriptor on which nothing has waited yet. */
export const NO_CALLS: WaitingCalls = waitingCalls();
export const NO_WATCHERS: Set<Watcher> = new Set();
for (const queue of NO_CALLS) Object.freeze(queue);

/** An open descriptor as the calls see it that wait on it. */
export interface WaitingDescriptor {
  readonly fd: number;
  readonly waiting: WaitingCalls;
  readonly watchers: Set<Watcher>;
  /** Makes `waiting` and `watchers`, where they are made for the first wait alone: most connections never wait. */
  makeQueues?(): void;
  flow: EventTaker | undefined;
  /** Waits on this descriptor keep the program alive. */
  readonly referenced: boolean;
  /** True when the program asked for O_NONBLOCK. */
  readonly nonBlocking: boolean;
  /** True for a wait that can end without an event. */
  endsSilently(direction: Direction): boolean;
  /** SO_RCVTIMEO or SO_SNDTIMEO in milliseconds; 0 means no limit. */
  timeoutMs(direction: Direction): number;
  /** Keeps an error for the next call, after a part was done. */
  deferError(error: unknown): void;
  /** The errno that was kept, once. */
  takeDeferredError(): number | undefined;
}

/** The descriptors of a kernel, by their numbers. */
export interface WaitingTable {
  /** Undefined when the kernel has no record of it. */
  find(fd: number): WaitingDescriptor | undefined;
  /** The record of a descriptor that is known to be open. */
  get(fd: number): WaitingDescriptor;
  /** Closes the descriptor; what waits on it ends. */
  close(fd: number): void;
}

/** Has the program kept alive by the waits on a descriptor, or not: from now on, and for what waits already. */
export function referenceChanged({ waiting, watchers, flow, referenced }: WaitingDescriptor): void {
  for (const queue of waiting) for (const call of queue.all()) call.referenceChanged();
  for (const watcher of watchers) watcher.referenceChanged();
  if (referenced) flow?.ref();
  else flow?.unref();
}

/** Attempts the calls that wait for this direction, in their order, until one would wait again. */
export function attemptAll({ waiting }: WaitingDescriptor, direction: Direction): void {
  const queue = waiting[direction];
  while (queue.first?.attempt() === true);
}

/** Ends all that waits on a descriptor, and its flow: it is closed, or somebody else's now. */
export function endWaits(descriptor: WaitingDescriptor): void {
  const { flow } = descriptor;
  descriptor.flow = undefined;
  flow?.closedUnderneath();
  for (const queue of descriptor.waiting) for (const call of queue.all()) call.closed();
  for (const watcher of [...descriptor.watchers]) watcher.ended();
}

/** True when calls or polls wait on it. */
export function isWaitedFor({ waiting, watchers }: WaitingDescriptor): boolean {
  const [readers, writers, urgent] = waiting;
  if (readers.first !== undefined || writers.first !== undefined || urgent.first !== undefined) return true;
  return watchers.size > 0;
}
