import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP } from "../api/constants.ts";
import { PRIORITY, READ, WRITE, type Direction } from "../kernel/call.ts";
import { attemptAll, isWaitedFor } from "../kernel/descriptor.ts";
import type { Descriptor } from "./descriptor.ts";

/** After so many events in a row that nobody waited for, the descriptor is not watched until somebody waits again. */
const MAX_UNCLAIMED = 8;

/** The events that a call waits for. */
export const INTEREST: Record<Direction, number> = {
  // Urgent data, too: a receive stops before it, and what follows makes no further event.
  [READ]: POLLIN | POLLRDHUP | POLLPRI,
  [WRITE]: POLLOUT,
  [PRIORITY]: POLLPRI,
};

/** Calls that receive wait, and nothing that looks at other events. */
function isForReaders({ waiting, watchers }: Descriptor): boolean {
  return waiting[READ].first !== undefined && waiting[PRIORITY].first === undefined && watchers.size === 0;
}

/** Has whatever waits on the descriptor look at it again. False when nobody has waited for its events for long. */
export function dispatch(descriptor: Descriptor, events: number): boolean {
  if (descriptor.flow !== undefined) {
    descriptor.flow.happened(events);
    return true;
  }
  // The rule: bytes have come, and a receive waits for them.
  if ((events & ~POLLPRI) === POLLIN && isForReaders(descriptor)) {
    descriptor.eventCame(events);
    descriptor.unclaimed = 0;
    attemptAll(descriptor, READ);
    return true;
  }
  const claimed = isWaitedFor(descriptor);
  const failed = events & (POLLERR | POLLHUP);
  descriptor.eventCame(events);
  if (events & (POLLIN | POLLRDHUP) || failed) attemptAll(descriptor, READ);
  if (events & POLLOUT || failed) attemptAll(descriptor, WRITE);
  if (events & POLLPRI || failed) attemptAll(descriptor, PRIORITY);
  for (const watcher of descriptor.watchers) watcher.look();
  descriptor.unclaimed = claimed ? 0 : descriptor.unclaimed + 1;
  if (descriptor.unclaimed <= MAX_UNCLAIMED) return true;
  descriptor.unclaimed = 0;
  return false;
}
