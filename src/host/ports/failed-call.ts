import { errno } from "../../api/errno.ts";
import { lastErrno } from "../ffi/libc.ts";

/** The errno of the call that failed, negated; a signal that interrupted it is no error. */
export function failedCall(): number {
  const number = lastErrno();
  return number === errno.EINTR ? -errno.EAGAIN : -number;
}
