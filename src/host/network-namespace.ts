import { systemError } from "../api/errors.ts";
import { O_CLOEXEC, O_RDONLY } from "../api/constants.ts";
import { lastErrno, libc } from "./ffi/libc.ts";
import { cString } from "./ffi/memory.ts";

const CLONE_NEWNET = 0x40000000; // sched.h

/** The network of the calling thread, proc_thread-self(5). */
const OWN = "/proc/thread-self/ns/net";

/**
 * A network of its own: network_namespaces(7). It begins with nothing but a loopback that is down, and ends when it is
 * closed and its last socket is.
 */
export class NetworkNamespace {
  readonly #fd: number;
  #closed = false;

  /** Makes one: unshare(2). Errors: EPERM (needs CAP_SYS_ADMIN). */
  constructor() {
    const outside = openOwn();
    try {
      if (libc.unshare(CLONE_NEWNET) < 0) throw systemError("unshare", lastErrno(), undefined, "a network namespace");
      this.#fd = openOwn();
      enter(outside);
    } finally {
      libc.close(outside);
    }
  }

  /**
   * Does something with this thread in the namespace: what is opened meanwhile belongs to it, also commands that are
   * started. Nothing may wait in there: other work of the thread would find itself in it.
   */
  run<T>(work: () => T): T {
    const outside = openOwn();
    try {
      enter(this.#fd);
      return work();
    } finally {
      enter(outside);
      libc.close(outside);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    libc.close(this.#fd);
  }
}

function openOwn(): number {
  const fd = libc.open(cString(OWN), O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) throw systemError("open", lastErrno(), undefined, OWN);
  return fd;
}

function enter(fd: number): void {
  if (libc.setns(fd, CLONE_NEWNET) < 0) throw systemError("setns", lastErrno());
}
