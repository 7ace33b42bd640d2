import { systemError } from "../api/errors.ts";
import { attemptAll, endWaits, type WaitingTable } from "../kernel/descriptor.ts";
import { PRIORITY, READ, WRITE } from "../kernel/call.ts";
import { Descriptor } from "./descriptor.ts";
import type { Engine } from "./engine.ts";
import { lastErrno, libc } from "./ffi/libc.ts";
import { closeWithThread, keepAfterThread } from "./ffi/thread-end.ts";
import { isMainThread } from "./node.ts";

/** The descriptors that this thread knows. A worker thread closes those it opened when it ends, however it ends. */
export class DescriptorTable implements WaitingTable {
  readonly #byNumber: (Descriptor | undefined)[] = [];
  readonly #owned = new Set<number>();
  /** True once a descriptor was duplicated: then two records may be of one socket. */
  #hasDuplicates = false;
  #generation = 0;
  #engine: Engine | undefined;

  set engine(engine: Engine) {
    this.#engine = engine;
  }

  /** The descriptor's record, if this thread has one. */
  find(fd: number): Descriptor | undefined {
    return this.#byNumber[fd];
  }

  /** The descriptor's record; made now for one that was opened elsewhere. */
  get(fd: number): Descriptor {
    return this.#byNumber[fd] ?? this.#enter(fd);
  }

  /** A descriptor that a call has just opened: whatever was known under its number is gone. */
  open(fd: number, nonBlocking?: boolean, family?: number): Descriptor {
    const stale = this.#byNumber[fd];
    if (stale !== undefined) this.#end(stale);
    this.own(fd);
    return this.#enter(fd, nonBlocking, family);
  }

  /** A second number of a descriptor, from dup(2) or fcntl(2). */
  openDuplicate(fd: number): void {
    this.#hasDuplicates = true;
    this.open(fd);
  }

  /** O_NONBLOCK or a timeout of the descriptor was set; its duplicates have it too. */
  forgetSettings(fd: number): void {
    if (!this.#hasDuplicates) this.#byNumber[fd]?.forgetSettings();
    else for (const descriptor of this.#byNumber) descriptor?.forgetSettings();
  }

  /**
   * Has the descriptor closed at the end of this thread, when it is a worker; the main thread's end is the process's.
   */
  own(fd: number): void {
    if (isMainThread || this.#owned.has(fd)) return;
    this.#owned.add(fd);
    closeWithThread(fd);
  }

  /** Forgets a descriptor without closing it: somebody else owns it now. */
  disown(fd: number): void {
    if (!this.#owned.delete(fd)) return;
    keepAfterThread(fd);
  }

  /** Closes the descriptor; the calls that wait on it reject with EBADF. */
  close(fd: number): void {
    const descriptor = this.#byNumber[fd];
    // A poll that watches the number looks at it after the close, and sees POLLNVAL.
    const watchers = descriptor === undefined ? [] : [...descriptor.watchers];
    descriptor?.watchers.clear();
    if (descriptor !== undefined) this.#end(descriptor);
    this.disown(fd);
    const result = libc.close(fd);
    const error = result < 0 ? systemError("close", lastErrno()) : undefined;
    for (const watcher of watchers) watcher.look();
    if (error !== undefined) throw error;
  }

  /** Has the calls that wait attempted again: after what ends waits without an event (shutdown(2) of a Unix socket). */
  retry(fd: number): void {
    const descriptor = this.#byNumber[fd];
    if (descriptor !== undefined)
      for (const direction of [READ, WRITE, PRIORITY] as const) attemptAll(descriptor, direction);
  }

  /** Forgets the descriptor, which stays open, for another owner; calls that wait reject with EBADF. */
  detach(fd: number): void {
    const descriptor = this.#byNumber[fd];
    if (descriptor !== undefined) this.#end(descriptor);
    this.disown(fd);
  }

  /** The thread is about to block: nothing that was written waits for it. */
  beforeBlocking(): void {
    this.#engine?.flush?.();
  }

  /** How many descriptors are known, and how many calls wait. */
  inspect(): { descriptors: number; waitingCalls: number } {
    const known = this.#byNumber.filter((descriptor) => descriptor !== undefined);
    const calls = known.map(({ waiting }) => waiting[READ].length + waiting[WRITE].length + waiting[PRIORITY].length);
    return { descriptors: known.length, waitingCalls: calls.reduce((sum, count) => sum + count, 0) };
  }

  #enter(fd: number, nonBlocking?: boolean, family?: number): Descriptor {
    this.#generation = (this.#generation + 1) >>> 0;
    const descriptor = new Descriptor(fd, this.#generation, nonBlocking, family);
    this.#byNumber[fd] = descriptor;
    return descriptor;
  }

  #end(descriptor: Descriptor): void {
    this.#byNumber[descriptor.fd] = undefined;
    // The flow first: what it has sent may come back while the engine ends its operations, and is to wait for nothing.
    endWaits(descriptor);
    this.#engine?.forget(descriptor);
  }
}
