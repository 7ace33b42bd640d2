import { POLLERR, POLLHUP, POLLNVAL } from "../../api/constants.ts";
import type { PollEntry } from "../../api/kernel.ts";
import { systemError } from "../../api/errors.ts";
import { checkEntries, type Polled } from "../../kernel/poll-wait.ts";
import type { DescriptorTable } from "./descriptor-table.ts";

/** The entries of a poll(2). */
export class PollSet implements Polled {
  readonly entries: readonly PollEntry[];
  readonly #table: DescriptorTable;

  constructor(table: DescriptorTable, entries: readonly PollEntry[]) {
    checkEntries(entries);
    if (entries.length > table.limit) throw systemError("poll", "EINVAL");
    this.#table = table;
    this.entries = entries;
  }

  look(): number {
    let count = 0;
    for (const entry of this.entries) {
      entry.revents = this.#eventsOf(entry);
      if (entry.revents !== 0) count += 1;
    }
    return count;
  }

  #eventsOf({ fd, events }: PollEntry): number {
    if (fd < 0) return 0;
    const descriptor = this.#table.find(fd);
    if (descriptor === undefined) return POLLNVAL;
    return descriptor.description.socket.poll() & (events | POLLERR | POLLHUP);
  }
}
