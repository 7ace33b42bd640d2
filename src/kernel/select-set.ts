import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI } from "../api/constants.ts";
import { invalidType, systemError } from "../api/errors.ts";
import type { PollEntry, Selected } from "../api/kernel.ts";
import { checkDescriptor } from "./arguments.ts";

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
