import { POLLIN, POLLOUT, POLLPRI } from "../api/constants.ts";
import { errno } from "../api/errno.ts";
import { systemError } from "../api/errors.ts";
import { PRIORITY, READ, WRITE, type Call, type Direction } from "../kernel/call.ts";
import { withoutWaiting, type Waits } from "../kernel/waits.ts";
import { waitForOne } from "./calls/poll.ts";
import { SLICE_MS } from "./calls/poll-blocking.ts";
import type { DescriptorTable } from "./descriptor-table.ts";
import { lastErrno } from "./ffi/libc.ts";
import { listensForSignals } from "./signals.ts";
import { isMainThread } from "./node.ts";

const POLL_EVENTS: Record<Direction, number> = { [READ]: POLLIN, [WRITE]: POLLOUT, [PRIORITY]: POLLPRI };

/** Makes the call; blocks this thread where it must wait. */
export function block<T>(table: DescriptorTable, waits: Waits, call: Call<T>): T {
  waits.prepare(call);
  let deadline: number | undefined;
  for (;;) {
    const value = waits.attemptOrPartial(call);
    if (value !== undefined) return value;
    const waiting = table.get(call.fd);
    if (!call.mayWait || waiting.nonBlocking) return withoutWaiting(call);
    const timeoutMs = waiting.timeoutMs(call.direction);
    table.beforeBlocking();
    if (timeoutMs > 0) deadline ??= performance.now() + timeoutMs;
    const reason = pollUntilReady(call, deadline, waiting.endsSilently(call.direction));
    if (reason === undefined) continue;
    const done = call.partial?.();
    if (done === undefined) throw reason;
    return done;
  }
}

/** Blocks until the descriptor is ready. Returns what cut the wait short instead: the deadline, or a signal (EINTR). */
function pollUntilReady(call: Call<unknown>, deadline: number | undefined, endsSilently: boolean): Error | undefined {
  const retryMs = call.retryMs?.();
  for (;;) {
    const leftMs = deadline === undefined ? Infinity : Math.max(0, Math.ceil(deadline - performance.now()));
    const lookAgainMs = retryMs ?? (endsSilently ? SLICE_MS : undefined);
    const sliceMs = Math.min(leftMs, isMainThread ? Infinity : SLICE_MS, lookAgainMs ?? Infinity);
    // Where no event tells, time does: the descriptor itself may be ready for something else all the while.
    const fd = retryMs === undefined ? call.fd : -1;
    const ready = waitForOne(fd, POLL_EVENTS[call.direction], sliceMs === Infinity ? -1 : sliceMs);
    if (ready > 0) return undefined;
    if (ready < 0) {
      const number = lastErrno();
      if (number !== errno.EINTR) return systemError(call.syscall, number);
      if (listensForSignals()) return systemError(call.syscall, number, undefined, "a signal arrived");
      continue;
    }
    if (leftMs !== Infinity && performance.now() >= (deadline as number)) {
      return systemError(call.syscall, call.timeoutCode ?? "EAGAIN", undefined, "the socket's timeout");
    }
    if (lookAgainMs !== undefined) return undefined;
  }
}
