import type { AddressLike } from "../../api/address.ts";
import {
  AF_INET,
  AF_INET6,
  AF_ALG,
  AF_UNIX,
  AF_UNSPEC,
  F_GETFL,
  F_SETFL,
  O_NONBLOCK,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { systemError } from "../../api/errors.ts";
import type { Accepted } from "../../api/kernel.ts";
import { sockaddrDecode, sockaddrEncode } from "../../netdb/sockaddr.ts";
import { READ, WRITE, type Call, type Direction } from "../../kernel/call.ts";
import { checkDescriptor, checkInteger } from "../../kernel/arguments.ts";
import type { Descriptor } from "../descriptor.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { integerOption } from "../raw-option.ts";
import { hideNonBlocking } from "../non-blocking.ts";
import { addressLength, addressMemory, offerAddressMemory, returnedAddress } from "./sockaddr-memory.ts";

/** accept4(2). */
export class Accept implements Call<Accepted> {
  readonly syscall = "accept";
  readonly direction: Direction = READ;
  readonly mayWait = true;
  readonly fd: number;
  readonly #table: DescriptorTable;
  readonly #flags: number;
  /** AF_ALG has connections but no names for them, and fails when it is asked for one. */
  #hasNames = true;
  #family: number | undefined;

  constructor(table: DescriptorTable, fd: number, flags: number) {
    checkDescriptor(fd);
    checkInteger("flags", flags);
    this.#table = table;
    this.fd = fd;
    this.#flags = flags | SOCK_CLOEXEC;
  }

  prepare(descriptor: Descriptor): void {
    // What is accepted is of the listener's family.
    this.#family = descriptor.family;
    this.#hasNames = this.#family !== AF_ALG;
    descriptor.hidesNonBlocking ||= hideNonBlocking(this.fd);
  }

  attempt(): Accepted | undefined {
    offerAddressMemory();
    const named = this.#hasNames;
    const fd = libc.accept4(this.fd, named ? addressMemory : null, named ? addressLength : null, this.#flags);
    if (fd < 0) {
      const number = lastErrno();
      if (number === errno.EAGAIN || number === errno.EINTR) return undefined;
      throw systemError("accept", number);
    }
    this.#table.open(fd, (this.#flags & SOCK_NONBLOCK) !== 0, this.#family);
    const address = named ? returnedAddress() : undefined;
    return { fd, address: address ?? { family: AF_UNSPEC, data: new Uint8Array() } };
  }
}

/** A blocked connect to a full Unix backlog has no event: it is tried again, less and less often. */
const FIRST_RETRY_MS = 1;
const LAST_RETRY_MS = 50;

/** connect(2): begun without waiting, then waited for. */
export class Connect implements Call<true> {
  readonly syscall = "connect";
  readonly direction: Direction = WRITE;
  readonly fd: number;
  readonly #address: Uint8Array;
  #descriptor: Descriptor | undefined;
  #begun = false;
  #retryMs = 0;

  constructor(fd: number, address: AddressLike) {
    checkDescriptor(fd);
    this.fd = fd;
    this.#address = sockaddrEncode(address);
  }

  /** What SO_SNDTIMEO ends the wait with: only a full Unix backlog has begun nothing that goes on. */
  get timeoutCode(): "EAGAIN" | "EINPROGRESS" {
    return this.#begun ? "EINPROGRESS" : "EAGAIN";
  }

  get mayWait(): boolean {
    return true;
  }

  prepare(descriptor: Descriptor): void {
    this.#descriptor = descriptor;
  }

  attempt(): true | undefined {
    return this.#begun ? this.#outcome() : this.#begin();
  }

  /** Takes the attempt back, so that the socket can be used again: connect(2) to AF_UNSPEC. */
  cancel(): void {
    if (!this.#begun) return;
    const unspecified = new Uint8Array(16);
    unspecified[0] = AF_UNSPEC;
    libc.connect(this.fd, unspecified, unspecified.length);
  }

  retryMs(): number | undefined {
    if (this.#retryMs === 0) return undefined;
    const delayMs = this.#retryMs;
    this.#retryMs = Math.min(delayMs * 2, LAST_RETRY_MS);
    return delayMs;
  }

  #begin(): true | undefined {
    const number = this.#connect();
    if (number === 0) return true;
    const asked = this.#descriptor?.nonBlocking === true;
    if (number === errno.EINPROGRESS && !asked) {
      this.#begun = true;
      return undefined;
    }
    if (number === errno.EAGAIN && !asked && this.#address[0] === AF_UNIX) {
      this.#retryMs ||= FIRST_RETRY_MS;
      return undefined;
    }
    throw this.#error(number);
  }

  /** One connect(2) that does not block; the descriptor's own flag is as it was afterwards. The errno, or 0. */
  #connect(): number {
    const flags = libc.fcntl(this.fd, F_GETFL, 0);
    if (flags < 0) return lastErrno();
    const blocks = (flags & O_NONBLOCK) === 0;
    if (blocks) libc.fcntl(this.fd, F_SETFL, flags | O_NONBLOCK);
    const result = libc.connect(this.fd, this.#address, this.#address.length);
    const number = result < 0 ? lastErrno() : 0;
    if (blocks) libc.fcntl(this.fd, F_SETFL, flags);
    return number;
  }

  #outcome(): true | undefined {
    const family = this.#address[0];
    if (family === AF_INET || family === AF_INET6) {
      // connect(2) again tells, and only then has Linux done with the attempt: the socket is connected, or can connect
      // anew.
      const number = this.#connect();
      if (number === 0) return true;
      if (number === errno.EALREADY) return undefined;
      throw this.#error(number);
    }
    const number = integerOption(this.fd, SOL_SOCKET, SO_ERROR) ?? errno.EBADF;
    if (number !== 0) throw this.#error(number);
    offerAddressMemory();
    // No error and no peer: the event was an old one, and the attempt goes on.
    if (libc.getpeername(this.fd, addressMemory, addressLength) < 0 && lastErrno() === errno.ENOTCONN) return undefined;
    return true;
  }

  #error(number: number): Error {
    return systemError("connect", number, sockaddrDecode(this.#address));
  }
}
