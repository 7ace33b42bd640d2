import { SOCK_CLOEXEC } from "../../api/constants.ts";
import type { AcceptPort } from "../../kernel/flow/port.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { hideNonBlocking } from "../non-blocking.ts";

/** The system call of a listener's flow. It does not wait. */
export class HostAcceptPort implements AcceptPort {
  readonly #fd: number;
  readonly #table: DescriptorTable;

  constructor(fd: number, table: DescriptorTable) {
    this.#fd = fd;
    this.#table = table;
    hideNonBlocking(fd);
  }

  accept(): number {
    const fd = libc.accept4(this.#fd, null, null, SOCK_CLOEXEC);
    if (fd < 0) return -lastErrno();
    this.#table.open(fd, false, this.#table.get(this.#fd).family);
    return fd;
  }
}
