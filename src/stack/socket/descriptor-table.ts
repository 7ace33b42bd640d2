import { internalError, systemError } from "../../api/errors.ts";
import { endWaits, type WaitingTable } from "../../kernel/descriptor.ts";
import { PRIORITY, READ, WRITE } from "../../kernel/call.ts";
import { sockaddrDecode } from "../../netdb/sockaddr.ts";
import { Description } from "./description.ts";
import { Descriptor } from "./descriptor.ts";
import type { StackSocket } from "./socket.ts";

/** RLIMIT_NOFILE: descriptors at once, unless the stack's options say another. */
export const DEFAULT_DESCRIPTOR_LIMIT = 1_048_576;

/** The descriptors of a stack: each number the lowest that is free. */
export class DescriptorTable implements WaitingTable {
  readonly #byNumber: (Descriptor | undefined)[] = [];
  readonly limit: number;
  /** No number below it is free. */
  #lowest = 0;
  #open = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  find(fd: number): Descriptor | undefined {
    return this.#byNumber[fd];
  }

  get(fd: number): Descriptor {
    const descriptor = this.#byNumber[fd];
    if (descriptor === undefined) throw internalError(`nobody can wait on descriptor ${fd}, which is not open`);
    return descriptor;
  }

  /** The descriptor, for a call, which may have an address. EBADF when it is not open. */
  open(fd: number, syscall: string, address?: Uint8Array): Descriptor {
    const descriptor = this.#byNumber[fd];
    if (descriptor === undefined) throw systemError(syscall, "EBADF", address && sockaddrDecode(address));
    return descriptor;
  }

  /** Whether there is room for so many more. */
  hasRoom(count: number): boolean {
    return this.#open + count <= this.limit;
  }

  /** A descriptor for a new socket. There is room. */
  add(socket: StackSocket, nonBlocking: boolean): number {
    return this.enter(new Description(socket, nonBlocking), 0);
  }

  /** One more descriptor of a description: the lowest number from `least` on that is free; -1 for none. */
  enter(description: Description, least: number): number {
    let fd = Math.max(least, this.#lowest);
    while (this.#byNumber[fd] !== undefined) fd += 1;
    if (fd >= this.limit) return -1;
    if (least <= this.#lowest) this.#lowest = fd + 1;
    // Numbers in between stay holes of their own, so that the array is dense.
    for (let hole = this.#byNumber.length; hole < fd; hole += 1) this.#byNumber[hole] = undefined;
    const descriptor = new Descriptor(fd, description);
    this.#byNumber[fd] = descriptor;
    this.#open += 1;
    description.descriptors.push(descriptor);
    return fd;
  }

  /** Closes the descriptor; the calls that wait on it reject with EBADF. */
  close(fd: number): void {
    const descriptor = this.open(fd, "close");
    // A poll that watches the number looks at it after the close, and sees POLLNVAL.
    const watchers = [...descriptor.watchers];
    descriptor.watchers.clear();
    endWaits(descriptor);
    this.#byNumber[fd] = undefined;
    this.#open -= 1;
    this.#lowest = Math.min(this.#lowest, fd);
    const { description } = descriptor;
    description.descriptors.splice(description.descriptors.indexOf(descriptor), 1);
    description.closeIfUnused();
    for (const watcher of watchers) watcher.look();
  }

  /** The open descriptors, in their order. */
  *[Symbol.iterator](): IterableIterator<Descriptor> {
    for (const descriptor of this.#byNumber) if (descriptor !== undefined) yield descriptor;
  }

  /** How many descriptors are open, and how many calls wait. */
  inspect(): { descriptors: number; waitingCalls: number } {
    let waitingCalls = 0;
    for (const { waiting } of this) {
      waitingCalls += waiting[READ].length + waiting[WRITE].length + waiting[PRIORITY].length;
    }
    return { descriptors: this.#open, waitingCalls };
  }
}
