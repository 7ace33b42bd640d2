import { systemError } from "../api/errors.ts";
import { lastErrno, libc } from "./ffi/libc.ts";

const CLONE_NEWNET = 0x40000000; // sched.h

/**
 * Gives the calling thread a network of its own: unshare(2), network_namespaces(7). It holds nothing but a loopback that
 * is down; it ends with its last socket and thread. Sockets that are open stay where they were made; threads that run
 * already, such as those that look up names, stay where they are. Errors: EPERM (needs CAP_SYS_ADMIN).
 */
export function enterNewNetwork(): void {
  if (libc.unshare(CLONE_NEWNET) < 0) throw systemError("unshare", lastErrno(), undefined, "a network namespace");
}
