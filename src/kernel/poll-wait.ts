import { POLLERR, POLLHUP } from "../api/constants.ts";
import { abortError, systemError } from "../api/errors.ts";
import type { PollEntry, WaitOptions } from "../api/kernel.ts";
import { onAbort } from "./abort.ts";
import { checkArray, checkInteger, checkSignal, checkTimeout } from "./arguments.ts";
import type { WaitingDescriptor, WaitingTable, Watcher } from "./descriptor.ts";
import type { WaitEngine } from "./engine.ts";
import type { Timer, Turns } from "./turns.ts";

/** The entries of a poll, and the look at all of them. */
export interface Polled {
  readonly entries: readonly PollEntry[];
  /** Looks, without waiting: the number of entries that have events. Fills `revents`. */
  look(): number;
}

/** Refuses what are no entries of a poll. */
export function checkEntries(entries: readonly PollEntry[]): void {
  checkArray("entries", "an array of { fd, events }", entries);
  for (const [index, entry] of entries.entries()) {
    checkInteger(`entries[${index}].fd`, entry?.fd);
    checkInteger(`entries[${index}].events`, entry.events);
  }
}

/** What a poll that waits needs of its kernel. */
export interface PollKernel {
  readonly table: WaitingTable;
  readonly engine: () => WaitEngine;
  readonly turns: Turns;
}

/** Waits for a set of descriptors by the event loop; a plain number when it needs not wait. */
export function pollAsync(
  kernel: PollKernel,
  makeSet: () => Polled,
  timeoutMs: number,
  { signal }: WaitOptions,
): number | Promise<number> {
  checkSignal(signal);
  const limitMs = checkTimeout("timeoutMs", timeoutMs);
  const set = makeSet();
  if (signal?.aborted) throw abortError(signal);
  const count = set.look();
  if (count > 0 || limitMs === 0) return count;
  return new Promise((resolve, reject) => {
    new PollWait(kernel, set, resolve, reject).start(limitMs, signal);
  });
}

/** One poll that waits: every event of any of its descriptors has the whole set looked at again. */
class PollWait implements Watcher {
  readonly #kernel: PollKernel;
  readonly #engine: WaitEngine;
  readonly #set: Polled;
  readonly #resolve: (count: number) => void;
  readonly #reject: (error: unknown) => void;
  #timer: Timer | undefined;
  #forgetSignal: (() => void) | undefined;
  #watched: readonly { readonly of: WaitingDescriptor; readonly events: number }[] = [];
  #held = false;
  #done = false;

  constructor(kernel: PollKernel, set: Polled, resolve: (count: number) => void, reject: (error: unknown) => void) {
    this.#kernel = kernel;
    this.#engine = kernel.engine();
    this.#set = set;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(limitMs: number, signal: AbortSignal | undefined): void {
    if (signal !== undefined) {
      this.#forgetSignal = onAbort(signal, () => this.#finish(() => this.#reject(abortError(signal))));
    }
    if (limitMs > 0) this.#timer = this.#kernel.turns.timer(() => this.#finish(() => this.#resolve(0)), limitMs);
    try {
      this.#watch();
    } catch (error) {
      this.#finish(() => this.#reject(error));
    }
  }

  #watch(): void {
    const { table } = this.#kernel;
    const open = this.#set.entries.filter(({ fd }) => fd >= 0);
    this.#watched = open.map(({ fd, events }) => ({ events, of: table.get(fd) }));
    this.#hold(true);
    this.referenceChanged();
    for (const { events, of } of this.#watched) {
      of.makeQueues?.();
      of.watchers.add(this);
      // POLLERR and POLLHUP are told whether asked for or not.
      this.#engine.watch(of, events | POLLERR | POLLHUP);
    }
  }

  look(): void {
    if (this.#done) return;
    try {
      const count = this.#set.look();
      if (count > 0) this.#finish(() => this.#resolve(count));
    } catch (error) {
      this.#finish(() => this.#reject(error));
    }
  }

  ended(): void {
    this.#finish(() =>
      this.#reject(systemError("poll", "EBADF", undefined, "a descriptor was given away during the call")),
    );
  }

  referenceChanged(): void {
    const referenced = this.#watched.length === 0 || this.#watched.some(({ of }) => of.referenced);
    if (referenced !== this.#held) this.#hold(referenced);
  }

  #hold(held: boolean): void {
    this.#held = held;
    if (held) {
      this.#engine.hold();
      this.#timer?.ref();
    } else {
      this.#engine.release();
      this.#timer?.unref();
    }
  }

  #finish(settle: () => void): void {
    if (this.#done) return;
    this.#done = true;
    this.#timer?.close();
    this.#forgetSignal?.();
    for (const { of } of this.#watched) of.watchers.delete(this);
    if (this.#held) this.#engine.release();
    settle();
  }
}
