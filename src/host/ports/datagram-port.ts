import type { AddressLike, SocketAddress } from "../../api/address.ts";
import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_TRUNC } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { DEFAULT_MAX_BYTES } from "../../kernel/flow/datagram-flow.ts";
import type { DatagramPort } from "../../kernel/flow/port.ts";
import { sockaddrDecode, sockaddrEncode } from "../../netdb/sockaddr.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { nativeMemory } from "../ffi/memory.ts";
import { failedCall } from "./failed-call.ts";

let sharedMemory: Uint8Array | undefined;
const from = nativeMemory(128);
const fromLength = nativeMemory(4);
const fromLengthView = new DataView(fromLength.buffer);

/** The system calls of a datagram socket's flow. None of them waits. */
export class HostDatagramPort implements DatagramPort {
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
    return sent >= 0 ? sent : failedCall();
  }
}
