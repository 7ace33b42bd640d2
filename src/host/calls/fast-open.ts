import { F_GETFL, O_NONBLOCK } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { libc } from "../ffi/libc.ts";
import { isHiddenNonBlocking } from "../non-blocking.ts";

/**
 * TCP Fast Open, RFC 7413, to a peer whose cookie is not known yet: the first send begins an ordinary connection
 * instead. True when that is what the errno says, and the send goes on when the connection is made: without an address
 * and without MSG_FASTOPEN, which are for an unconnected socket.
 */
export function connectsFirst(fd: number, number: number): boolean {
  if (number !== errno.EINPROGRESS) return false;
  return (libc.fcntl(fd, F_GETFL, 0) & O_NONBLOCK) === 0 || isHiddenNonBlocking(fd);
}
