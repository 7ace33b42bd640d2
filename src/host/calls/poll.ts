import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI } from "../../api/constants.ts";
import { abortError, invalidType, systemError } from "../../api/errors.ts";
import { errno } from "../../api/errno.ts";
import type { PollEntry, Selected, WaitOptions } from "../../api/kernel.ts";
import { onAbort } from "../abort.ts";
import { checkDescriptor, type Descriptor, type Watcher } from "../descriptor.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import type { Engine } from "../engine.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { nativeMemory } from "../ffi/memory.ts";
import { POLLFD } from "../layout/pollfd.ts";
import { checkArray, checkInteger, checkSignal, checkTimeout } from "./arguments.ts";

const one = nativeMemory(POLLFD.size);
const oneView = new DataView(one.buffer);

/** True when the descriptor has one of these events at this moment. */
export function isReadyNow(fd: number, events: number): boolean {
  return waitForOne(fd, events, 0) > 0;
}

/** poll(2) on one descriptor: 1 when ready, 0 after the time, -1 with errno. */
export function waitForOne(fd: number, events: number, timeoutMs: number): number {
  oneView.setInt32(POLLFD.fd, fd, true);
  oneView.setInt16(POLLFD.events, events, true);
  return libc.poll(one, 1, timeoutMs);
}

/** The entries of a poll as C has them. */
export class PollSet {
  readonly entries: readonly PollEntry[];
  readonly #memory: Uint8Array;
  readonly #view: DataView;

  constructor(entries: readonly PollEntry[]) {
    checkArray("entries", "an array of { fd, events }", entries);
    this.entries = entries;
    this.#memory = nativeMemory(entries.length * POLLFD.size);
    this.#view = new DataView(this.#memory.buffer);
    for (const [index, entry] of entries.entries()) {
      checkInteger(`entries[${index}].fd`, entry?.fd);
      checkInteger(`entries[${index}].events`, entry.events);
      this.#view.setInt32(index * POLLFD.size + POLLFD.fd, entry.fd, true);
      this.#view.setInt16(index * POLLFD.size + POLLFD.events, entry.events, true);
    }
  }

  /** Calls poll(2); fills `revents` unless nothing is ready yet. */
  poll(timeoutMs: number): number {
    const count = libc.poll(this.#memory, this.entries.length, timeoutMs);
    if (count < 0) {
      const number = lastErrno();
      if (number === errno.EINTR && timeoutMs === 0) return 0;
      throw systemError("poll", number);
    }
    for (const [index, entry] of this.entries.entries()) {
      entry.revents = this.#view.getInt16(index * POLLFD.size + POLLFD.revents, true);
    }
    return count;
  }
}

/** Waits for a set of descriptors by the event loop; a plain number when it needs not wait. */
export function pollAsync(
  table: DescriptorTable,
  engine: () => Engine,
  entries: readonly PollEntry[],
  timeoutMs: number,
  { signal }: WaitOptions,
): number | Promise<number> {
  checkSignal(signal);
  const limitMs = checkTimeout("timeoutMs", timeoutMs);
  const set = new PollSet(entries);
  if (signal?.aborted) throw abortError(signal);
  const count = set.poll(0);
  if (count > 0 || limitMs === 0) return count;
  return new Promise((resolve, reject) => {
    new PollWait(table, engine(), set, resolve, reject).start(limitMs, signal);
  });
}

/** One poll that waits: every event of any of its descriptors has the whole set looked at again. */
class PollWait implements Watcher {
  readonly #table: DescriptorTable;
  readonly #engine: Engine;
  readonly #set: PollSet;
  readonly #resolve: (count: number) => void;
  readonly #reject: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #forgetSignal: (() => void) | undefined;
  #watched: readonly { readonly of: Descriptor; readonly events: number }[] = [];
  #held = false;
  #done = false;

  constructor(
    table: DescriptorTable,
    engine: Engine,
    set: PollSet,
    resolve: (count: number) => void,
    reject: (error: unknown) => void,
  ) {
    this.#table = table;
    this.#engine = engine;
    this.#set = set;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(limitMs: number, signal: AbortSignal | undefined): void {
    if (signal !== undefined) {
      this.#forgetSignal = onAbort(signal, () => this.#finish(() => this.#reject(abortError(signal))));
    }
    if (limitMs > 0) this.#timer = setTimeout(() => this.#finish(() => this.#resolve(0)), limitMs);
    try {
      this.#watch();
    } catch (error) {
      this.#finish(() => this.#reject(error));
    }
  }

  #watch(): void {
    const { entries } = this.#set;
    this.#watched = entries.filter(({ fd }) => fd >= 0).map(({ fd, events }) => ({ events, of: this.#table.get(fd) }));
    this.#hold(true);
    this.referenceChanged();
    for (const { events, of } of this.#watched) {
      of.watchers.add(this);
      // POLLERR and POLLHUP are told whether asked for or not.
      this.#engine.watch(of, events | POLLERR | POLLHUP);
    }
  }

  look(): void {
    if (this.#done) return;
    try {
      const count = this.#set.poll(0);
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
    clearTimeout(this.#timer);
    this.#forgetSignal?.();
    for (const { of } of this.#watched) of.watchers.delete(this);
    if (this.#held) this.#engine.release();
    settle();
  }
}

/** What select(2) means by readable, writable and exceptional, in poll's terms (Linux, fs/select.c). */
const READABLE = POLLIN | POLLHUP | POLLERR;
const WRITABLE = POLLOUT | POLLERR;
const EXCEPTIONAL = POLLPRI;

/** The three sets of a select, as one poll. */
export class SelectSet {
  readonly entries: PollEntry[];
  readonly #wanted: readonly (readonly number[])[];

  constructor(read: Iterable<number>, write: Iterable<number>, except: Iterable<number>) {
    this.#wanted = [descriptorSet("read", read), descriptorSet("write", write), descriptorSet("except", except)];
    const events = new Map<number, number>();
    for (const [index, bit] of [POLLIN, POLLOUT, POLLPRI].entries()) {
      for (const fd of this.#wanted[index] as readonly number[]) events.set(fd, (events.get(fd) ?? 0) | bit);
    }
    this.entries = [...events].map(([fd, bits]) => ({ fd, events: bits }));
  }

  /** The sets after the poll. EBADF when one of the descriptors is not open. */
  selected(): Selected {
    const happened = new Map(this.entries.map(({ fd, revents }) => [fd, revents ?? 0]));
    for (const bits of happened.values()) if (bits & POLLNVAL) throw systemError("select", "EBADF");
    const [read, write, except] = [READABLE, WRITABLE, EXCEPTIONAL].map((bits, index) =>
      (this.#wanted[index] as readonly number[]).filter((fd) => ((happened.get(fd) ?? 0) & bits) !== 0),
    ) as [number[], number[], number[]];
    return { read, write, except };
  }
}

function descriptorSet(argument: string, fds: Iterable<number>): readonly number[] {
  if (typeof fds !== "object" || fds === null || !(Symbol.iterator in fds)) {
    throw invalidType(argument, "a list or set of file descriptors", fds);
  }
  const list = [...new Set(fds)];
  for (const fd of list) checkDescriptor(fd);
  return list;
}
