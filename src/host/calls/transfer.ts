import type { AddressLike, SocketAddress } from "../../api/address.ts";
import { MSG_DONTWAIT, MSG_ERRQUEUE, MSG_FASTOPEN, MSG_NOSIGNAL, MSG_OOB } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { systemError } from "../../api/errors.ts";
import type { ReceivedFrom } from "../../api/kernel.ts";
import { sockaddrDecode, sockaddrEncode } from "../../netdb/sockaddr.ts";
import { WaitAll } from "../../kernel/wait-all.ts";
import { PRIORITY, READ, WRITE, type Call, type Direction } from "../../kernel/call.ts";
import { checkBytes, checkDescriptor, checkInteger } from "../../kernel/arguments.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { connectsFirst } from "./fast-open.ts";
import { addressLength, addressMemory, offerAddressMemory, returnedAddress } from "./sockaddr-memory.ts";
import { waitAllSocket } from "./wait-all-socket.ts";

/** recv(2). */
export class Receive implements Call<number> {
  readonly syscall = "recv";
  readonly direction: Direction;
  readonly mayWait: boolean;
  readonly fd: number;
  readonly #buffer: Uint8Array;
  readonly #length: number;
  readonly #flags: number;
  readonly #table: DescriptorTable;
  readonly #all: WaitAll | undefined;

  constructor(table: DescriptorTable, fd: number, buffer: Uint8Array, flags: number) {
    checkDescriptor(fd);
    checkBytes("buffer", buffer);
    checkInteger("flags", flags);
    this.#table = table;
    this.fd = fd;
    this.#buffer = buffer;
    this.#length = buffer.length;
    this.#flags = flags | MSG_DONTWAIT;
    this.#all = WaitAll.of(() => waitAllSocket(fd), buffer.length, flags);
    // The error queue never blocks on Linux (recv(2), MSG_ERRQUEUE).
    this.mayWait = (flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) === 0;
    this.direction = flags & MSG_OOB ? PRIORITY : READ;
  }

  isFutile(): boolean {
    const descriptor = this.#table.find(this.fd);
    return this.#flags === MSG_DONTWAIT && descriptor?.isEmptied === true && this.mayWait && !descriptor.nonBlocking;
  }

  attempt(): number | undefined {
    const all = this.#all;
    for (;;) {
      const at = all?.filled ?? 0;
      const rest = at === 0 ? this.#buffer : this.#buffer.subarray(at);
      const bytes = libc.recv(this.fd, rest, this.#length - at, this.#flags);
      if (bytes < 0) {
        const number = lastErrno();
        if (number === errno.EAGAIN || number === errno.EINTR) return undefined;
        throw systemError("recv", number);
      }
      if (all === undefined) {
        if (bytes < this.#length && this.#flags === MSG_DONTWAIT) this.#table.find(this.fd)?.receivedLess();
        return bytes;
      }
      const next = all.add(bytes);
      if (next === "done") return all.received;
      if (next === "wait") return undefined;
    }
  }

  partial(): number | undefined {
    return this.#all?.partial();
  }

  retryMs(): number | undefined {
    return this.#all?.retryMs();
  }
}

/** recvfrom(2). */
export class ReceiveFrom implements Call<ReceivedFrom> {
  readonly syscall = "recvfrom";
  readonly direction: Direction;
  readonly mayWait: boolean;
  readonly fd: number;
  readonly #buffer: Uint8Array;
  readonly #length: number;
  readonly #flags: number;
  readonly #all: WaitAll | undefined;
  #address: SocketAddress | undefined;

  constructor(fd: number, buffer: Uint8Array, flags: number) {
    checkDescriptor(fd);
    checkBytes("buffer", buffer);
    checkInteger("flags", flags);
    this.fd = fd;
    this.#buffer = buffer;
    this.#length = buffer.length;
    this.#flags = flags | MSG_DONTWAIT;
    this.#all = WaitAll.of(() => waitAllSocket(fd), buffer.length, flags);
    this.mayWait = (flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) === 0;
    this.direction = flags & MSG_OOB ? PRIORITY : READ;
  }

  attempt(): ReceivedFrom | undefined {
    const all = this.#all;
    for (;;) {
      const at = all?.filled ?? 0;
      const rest = at === 0 ? this.#buffer : this.#buffer.subarray(at);
      offerAddressMemory();
      const bytes = libc.recvfrom(this.fd, rest, this.#length - at, this.#flags, addressMemory, addressLength);
      if (bytes < 0) {
        const number = lastErrno();
        if (number === errno.EAGAIN || number === errno.EINTR) return undefined;
        throw systemError("recvfrom", number);
      }
      this.#address = returnedAddress() ?? this.#address;
      if (all === undefined) return { bytes, address: this.#address };
      const next = all.add(bytes);
      if (next === "done") return { bytes: all.received, address: this.#address };
      if (next === "wait") return undefined;
    }
  }

  partial(): ReceivedFrom | undefined {
    const bytes = this.#all?.partial();
    return bytes === undefined ? undefined : { bytes, address: this.#address };
  }

  retryMs(): number | undefined {
    return this.#all?.retryMs();
  }
}

/** send(2) and sendto(2). On a stream it goes on until the kernel has taken all, as a blocking send does. */
export class Send implements Call<number> {
  readonly syscall: "send" | "sendto";
  readonly direction: Direction = WRITE;
  readonly mayWait: boolean;
  readonly fd: number;
  readonly #data: Uint8Array;
  readonly #length: number;
  #flags: number;
  #address: Uint8Array | null;
  #sent = 0;
  #mustWait = false;

  constructor(
    fd: number,
    data: Uint8Array,
    flags: number,
    address: AddressLike | undefined,
    syscall: "send" | "sendto",
  ) {
    checkDescriptor(fd);
    checkBytes("data", data);
    checkInteger("flags", flags);
    this.syscall = syscall;
    this.fd = fd;
    this.#data = data;
    this.#length = data.length;
    // EPIPE, never SIGPIPE: a signal would end a program that embeds Node and has not ignored it.
    this.#flags = flags | MSG_DONTWAIT | MSG_NOSIGNAL;
    this.#address = address === undefined ? null : sockaddrEncode(address);
    this.mayWait = (flags & MSG_DONTWAIT) === 0;
  }

  /** A send that has begun already: so many bytes have left, and the rest waits for room. */
  static begun(fd: number, data: Uint8Array, sent: number): Send {
    const call = new Send(fd, data, 0, undefined, "send");
    call.#sent = sent;
    call.#mustWait = true;
    return call;
  }

  isFutile(): boolean {
    return this.#mustWait;
  }

  attempt(): number | undefined {
    for (;;) {
      const rest = this.#sent === 0 ? this.#data : this.#data.subarray(this.#sent);
      const bytes = this.#call(rest, this.#length - this.#sent);
      if (bytes < 0) {
        const number = lastErrno();
        if (number === errno.EAGAIN || number === errno.EINTR) return undefined;
        if (this.mayWait && connectsFirst(this.fd, number)) {
          this.#flags &= ~MSG_FASTOPEN;
          this.#address = null;
          return undefined;
        }
        throw systemError(this.syscall, number, this.#address === null ? undefined : sockaddrDecode(this.#address));
      }
      this.#sent += bytes;
      if (this.#sent >= this.#length || !this.mayWait || bytes === 0) return this.#sent;
    }
  }

  partial(): number | undefined {
    return this.#sent > 0 ? this.#sent : undefined;
  }

  #call(data: Uint8Array, length: number): number {
    if (this.#address === null) return libc.send(this.fd, data, length, this.#flags);
    return libc.sendto(this.fd, data, length, this.#flags, this.#address, this.#address.length);
  }
}
