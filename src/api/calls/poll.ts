import type { WaitOptions } from "./wait.ts";

/** `struct pollfd`: `revents` is filled by the call. A negative `fd` is passed over. */
export interface PollEntry {
  readonly fd: number;
  readonly events: number;
  revents?: number;
}

/** The descriptors that are ready, of each set. */
export interface Selected {
  readonly read: number[];
  readonly write: number[];
  readonly except: number[];
}

/** Waiting for several descriptors at once. */
export interface PollCalls {
  /**
   * Waits until one of the entries has one of its events, poll(2): POLLIN, POLLOUT, POLLPRI, POLLRDHUP; POLLERR,
   * POLLHUP and POLLNVAL (not open) always count. Fills `revents` of each. `timeoutMs`: milliseconds; 0 looks and does
   * not wait; -1, the default, waits for ever. Resolves with the number of entries that have events; 0 when the time
   * has passed.
   *
   * Errors: EINVAL: more entries than the process may have descriptors. ENOMEM.
   *
   * Aborting rejects with an AbortError; nothing is lost, since nothing was taken. Closing one of the descriptors gives
   * it POLLNVAL. Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * const entry = { fd: far, events: POLLIN, revents: 0 };
   * await poll([entry], 10); // 0: nothing has come
   * await send(near, new Uint8Array(1));
   * await poll([entry]); // 1
   * entry.revents === POLLIN; // true
   * close(near);
   * close(far);
   */
  readonly poll: (entries: readonly PollEntry[], timeoutMs?: number, options?: WaitOptions) => Promise<number>;

  /**
   * Waits until one of the descriptors is ready, select(2): `read`: a receive or accept would not wait; `write`: a send
   * would not; `except`: urgent data. Lists or sets of numbers; any number, also above 1,023. `timeoutMs` as `poll`.
   * Resolves with those that are ready; the sets that were given are not changed.
   *
   * Errors: EBADF: one of them is not open. ENOMEM.
   *
   * Aborting as `poll`. Closing one of the descriptors rejects with EBADF. Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * await send(near, new Uint8Array(1));
   * const ready = await select([near, far], [], []);
   * ready.read.includes(far); // true
   * ready.read.includes(near); // false
   * close(near);
   * close(far);
   */
  readonly select: (
    read: Iterable<number>,
    write: Iterable<number>,
    except: Iterable<number>,
    timeoutMs?: number,
    options?: WaitOptions,
  ) => Promise<Selected>;
}
