import { errno } from "../../api/errno.ts";
import { systemError } from "../../api/errors.ts";
import type { PollEntry } from "../../api/kernel.ts";
import { checkEntries, type Polled } from "../../kernel/poll-wait.ts";
import { POLLFD } from "../../layout/pollfd.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { nativeMemory } from "../ffi/memory.ts";

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
export class PollSet implements Polled {
  readonly entries: readonly PollEntry[];
  readonly #memory: Uint8Array;
  readonly #view: DataView;

  constructor(entries: readonly PollEntry[]) {
    checkEntries(entries);
    this.entries = entries;
    this.#memory = nativeMemory(entries.length * POLLFD.size);
    this.#view = new DataView(this.#memory.buffer);
    for (const [index, entry] of entries.entries()) {
      this.#view.setInt32(index * POLLFD.size + POLLFD.fd, entry.fd, true);
      this.#view.setInt16(index * POLLFD.size + POLLFD.events, entry.events, true);
    }
  }

  look(): number {
    return this.poll(0);
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
