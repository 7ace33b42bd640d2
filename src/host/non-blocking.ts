import { F_GETFL, F_SETFL, O_NONBLOCK, SO_ACCEPTCONN, SOL_SOCKET } from "../api/constants.ts";
import { libc } from "./ffi/libc.ts";
import { integerOption } from "./raw-option.ts";

/*
 * accept(2), and connect(2), have no flag that says "do not wait", so the descriptor itself must not block. The flag
 * belongs to the open file description, which other threads and processes may share; so a listener stays O_NONBLOCK
 * once dialtone has accepted from it. A program that did not ask for O_NONBLOCK must not see its effect: the
 * description carries a mark, an unused signal number in F_SETSIG (it means something only with O_ASYNC), which any
 * thread or process that runs dialtone can read.
 */
const F_SETSIG = 10;
const F_GETSIG = 11;
/** O_NONBLOCK is dialtone's alone. */
const HIDDEN = 63;
/** O_NONBLOCK is dialtone's, and the program asked for it too. */
const SHARED = 62;

/** True when the description is O_NONBLOCK for dialtone's own sake. */
export function isHiddenNonBlocking(fd: number): boolean {
  return libc.fcntl(fd, F_GETSIG, 0) === HIDDEN;
}

/**
 * Makes a listener's description O_NONBLOCK for good, and marks it. False for what is no listener: accept does not wait
 * there.
 */
export function hideNonBlocking(fd: number): boolean {
  const flags = libc.fcntl(fd, F_GETFL, 0);
  if (flags < 0 || integerOption(fd, SOL_SOCKET, SO_ACCEPTCONN) !== 1) return false;
  if (isMarked(fd)) return true;
  const asked = (flags & O_NONBLOCK) !== 0;
  libc.fcntl(fd, F_SETSIG, asked ? SHARED : HIDDEN);
  if (!asked) libc.fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  return true;
}

/** F_GETFL as the program set it. */
export function visibleFlags(fd: number, flags: number): number {
  return flags >= 0 && (flags & O_NONBLOCK) !== 0 && isHiddenNonBlocking(fd) ? flags & ~O_NONBLOCK : flags;
}

/**
 * F_SETFL: the flags to set. Where dialtone needs O_NONBLOCK it stays, and the mark tells what the program asked for.
 */
export function flagsToSet(fd: number, flags: number): number {
  if (!isMarked(fd)) return flags;
  libc.fcntl(fd, F_SETSIG, (flags & O_NONBLOCK) === 0 ? HIDDEN : SHARED);
  return flags | O_NONBLOCK;
}

function isMarked(fd: number): boolean {
  const mark = libc.fcntl(fd, F_GETSIG, 0);
  return mark === HIDDEN || mark === SHARED;
}
