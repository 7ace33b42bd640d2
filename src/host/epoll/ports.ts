import type { AddressLike, SocketAddress } from "../../api/address.ts";
import {
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_TRUNC,
  SHUT_WR,
  SO_ERROR,
  SO_LINGER,
  SOCK_CLOEXEC,
  SOL_SOCKET,
} from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { DEFAULT_MAX_BYTES } from "../../kernel/flow/datagram-flow.ts";
import type { AcceptPort, DatagramPort, StreamPort } from "../../kernel/flow/port.ts";
import { sockaddrDecode, sockaddrEncode } from "../../netdb/sockaddr.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { nativeMemory } from "../ffi/memory.ts";
import { hideNonBlocking } from "../non-blocking.ts";
import { integerOption } from "../raw-option.ts";
import { chunkOf, pointerTo, receiveMemory } from "./receive-memory.ts";

/* The system calls that the flows make. None of them waits. */

/** The errno of the call that failed, negated; a signal that interrupted it is no error. */
function failed(): number {
  const number = lastErrno();
  return number === errno.EINTR ? -errno.EAGAIN : -number;
}

export class EpollStreamPort implements StreamPort {
  drained = false;
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  receive(given: Uint8Array | undefined): Uint8Array | number {
    const memory = given ?? receiveMemory();
    for (;;) {
      const bytes = libc.recv(this.#fd, pointerTo(memory), memory.length, MSG_DONTWAIT);
      if (bytes > 0) {
        // A stream gave less than was asked for: it is empty (epoll(7)), and the next byte makes an edge.
        this.drained = bytes < memory.length;
        return chunkOf(memory, bytes);
      }
      if (bytes === 0) return 0;
      const number = lastErrno();
      if (number !== errno.EINTR) return -number;
    }
  }

  taken(): void {}

  send(data: Uint8Array): number {
    const sent = libc.send(this.#fd, pointerTo(data), data.length, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent >= 0 ? sent : failed();
  }

  shutdown(): void {
    // ENOTCONN: the peer has reset the connection already; receiving tells the reason.
    libc.shutdown(this.#fd, SHUT_WR);
  }

  takeError(): number {
    return integerOption(this.#fd, SOL_SOCKET, SO_ERROR) ?? 0;
  }

  linger(): void {
    // struct linger { l_onoff: 1, l_linger: 0 }: close sends a RST.
    libc.setsockopt(this.#fd, SOL_SOCKET, SO_LINGER, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]), 8);
  }
}

export class EpollAcceptPort implements AcceptPort {
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
    this.#table.open(fd, false);
    return fd;
  }
}

let sharedMemory: Uint8Array | undefined;
const from = nativeMemory(128);
const fromLength = nativeMemory(4);
const fromLengthView = new DataView(fromLength.buffer);

export class EpollDatagramPort implements DatagramPort {
  readonly #fd: number;
  readonly #memory: Uint8Array;
  #bytes = 0;

  constructor(fd: number, maxBytes: number) {
    this.#fd = fd;
    this.#memory = maxBytes === DEFAULT_MAX_BYTES ? (sharedMemory ??= nativeMemory(maxBytes)) : nativeMemory(maxBytes);
  }

  receive(): number {
    fromLengthView.setUint32(0, from.length, true);
    const memory = this.#memory;
    for (;;) {
      this.#bytes = libc.recvfrom(this.#fd, memory, memory.length, MSG_DONTWAIT | MSG_TRUNC, from, fromLength);
      if (this.#bytes >= 0) return this.#bytes;
      const number = lastErrno();
      if (number !== errno.EINTR) return -number;
    }
  }

  get data(): Uint8Array {
    return this.#memory.subarray(0, Math.min(this.#bytes, this.#memory.length));
  }

  get address(): SocketAddress | undefined {
    const bytes = fromLengthView.getUint32(0, true);
    return bytes === 0 ? undefined : sockaddrDecode(from, 0, bytes);
  }

  encode(address: AddressLike): Uint8Array {
    return sockaddrEncode(address);
  }

  send(data: Uint8Array, to: Uint8Array | null): number {
    const sent =
      to === null
        ? libc.send(this.#fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL)
        : libc.sendto(this.#fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, to.length);
    return sent >= 0 ? sent : failed();
  }
}
