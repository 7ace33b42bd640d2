import type { AddressLike, SocketAddress } from "../../../api/address.ts";
import { SOCK_CLOEXEC, SOCK_NONBLOCK } from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { systemError } from "../../../api/errors.ts";
import type { Accepted } from "../../../api/kernel.ts";
import { checkDescriptor, checkInteger } from "../../../kernel/arguments.ts";
import { READ, WRITE, type Call, type Direction } from "../../../kernel/call.ts";
import { sockaddrDecode, sockaddrEncode } from "../../../netdb/sockaddr.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import type { StackSocket } from "../socket.ts";

/** accept4(2) without waiting: a descriptor, or an errno, negated. */
export function acceptNow(table: DescriptorTable, socket: StackSocket, flags: number): number {
  if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) !== 0) return -errno.EINVAL;
  // The connection stays in the backlog when there is no descriptor for it.
  if (!table.hasRoom(1)) return -errno.EMFILE;
  const connection = socket.accept();
  if (typeof connection === "number") return connection;
  return table.add(connection, (flags & SOCK_NONBLOCK) !== 0);
}

/** accept4(2). */
export class Accept implements Call<Accepted> {
  readonly syscall = "accept";
  readonly direction: Direction = READ;
  readonly mayWait = true;
  readonly fd: number;
  readonly #table: DescriptorTable;
  readonly #flags: number;

  constructor(table: DescriptorTable, fd: number, flags: number) {
    checkDescriptor(fd);
    checkInteger("flags", flags);
    this.#table = table;
    this.fd = fd;
    this.#flags = flags;
  }

  attempt(): Accepted | undefined {
    const fd = acceptNow(this.#table, this.#table.open(this.fd, "accept").description.socket, this.#flags);
    if (fd === -errno.EAGAIN) return undefined;
    if (fd < 0) throw systemError("accept", -fd);
    const address = this.#table.get(fd).description.socket.remoteAddress();
    return { fd, address: sockaddrDecode(address as Uint8Array) };
  }
}

/** connect(2): begun without waiting, then waited for. */
export class Connect implements Call<true> {
  readonly syscall = "connect";
  readonly direction: Direction = WRITE;
  readonly mayWait = true;
  readonly fd: number;
  readonly #table: DescriptorTable;
  readonly #address: Uint8Array;
  #begun = false;

  constructor(table: DescriptorTable, fd: number, address: AddressLike) {
    checkDescriptor(fd);
    this.#table = table;
    this.fd = fd;
    this.#address = sockaddrEncode(address);
  }

  /** What SO_SNDTIMEO ends the wait with: only a full Unix backlog has begun nothing that goes on. */
  get timeoutCode(): "EAGAIN" | "EINPROGRESS" {
    return this.#begun ? "EINPROGRESS" : "EAGAIN";
  }

  attempt(): true | undefined {
    const descriptor = this.#table.open(this.fd, "connect", this.#address);
    const { socket } = descriptor.description;
    const result = this.#begun ? socket.connecting() : socket.connect(this.#address);
    if (result >= 0) return true;
    if (this.#begun ? result === -errno.EALREADY : !descriptor.nonBlocking && this.#waits(-result)) return undefined;
    const address: SocketAddress = sockaddrDecode(this.#address);
    throw systemError("connect", -result, address);
  }

  /** Takes the attempt back, so that the socket can be used again. */
  cancel(): void {
    if (this.#begun) this.#table.get(this.fd).description.socket.cancelConnect();
  }

  #waits(number: number): boolean {
    this.#begun = number === errno.EINPROGRESS;
    return this.#begun || number === errno.EAGAIN;
  }
}
