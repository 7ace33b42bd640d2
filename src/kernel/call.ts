import type { WaitingDescriptor } from "./descriptor.ts";

/** What a call waits for on its descriptor. */
export const READ = 0;
export const WRITE = 1;
/** Urgent data: MSG_OOB. */
export const PRIORITY = 2;
export type Direction = typeof READ | typeof WRITE | typeof PRIORITY;

/**
 * One system call that may have to wait, as a value: `attempt` makes it without waiting. The promise form and, on the
 * host, the blocking form of a call are the same Call, waited for by the event loop or by poll(2).
 */
export interface Call<T> {
  readonly syscall: string;
  readonly fd: number;
  readonly direction: Direction;
  /** False for MSG_DONTWAIT: reject with EAGAIN rather than wait. */
  readonly mayWait: boolean;
  /** True when an attempt could only find that it has to wait, and an event is sure to tell when not. */
  isFutile?(): boolean;
  /** The result, or undefined when the call would have to wait. Throws the error of the call. */
  attempt(): T | undefined;
  /**
   * What was done before the call was cut short by an error, a signal or a timeout: Linux then returns this instead of
   * failing. Undefined: nothing was.
   */
  partial?(): T | undefined;
  /** Undoes what the call began, when its wait is given up: `connect` takes its attempt back. */
  cancel?(): void;
  /** Some waits end without an event: milliseconds to the next attempt (a full Unix backlog cannot be polled). */
  retryMs?(): number | undefined;
  /** SO_RCVTIMEO and SO_SNDTIMEO end the wait with this: EAGAIN, for connect EINPROGRESS. */
  readonly timeoutCode?: "EAGAIN" | "EINPROGRESS";
  /** Makes sure that `attempt` cannot block, where no flag of the call does. */
  prepare?(descriptor: WaitingDescriptor): void;
}
