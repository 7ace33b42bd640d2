import {
  AF_INET,
  AF_INET6,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  SHUT_WR,
  SO_ERROR,
  SO_LINGER,
  SOL_SOCKET,
} from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import type { StreamPort } from "../../kernel/flow/port.ts";
import type { Descriptor } from "../descriptor.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { integerOption } from "../raw-option.ts";
import { failedCall } from "./failed-call.ts";
import { chunkOf, pointerTo, receiveMemory } from "./receive-memory.ts";

/** send(2) without waiting: how many bytes, or an errno, negated. */
export function sendNow(fd: number, data: Uint8Array): number {
  const sent = libc.send(fd, pointerTo(data), data.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent >= 0 ? sent : failedCall();
}

/** shutdown(2) of the direction of sending. */
export function shutdownSending(fd: number): void {
  // ENOTCONN: the peer has reset the connection already; receiving tells the reason.
  libc.shutdown(fd, SHUT_WR);
}

/** SO_ERROR, which reading clears. */
export function takePendingError(fd: number): number {
  return integerOption(fd, SOL_SOCKET, SO_ERROR) ?? 0;
}

/** Has the next close(2) send a RST: struct linger { l_onoff: 1, l_linger: 0 }. */
export function lingerForNothing(fd: number): void {
  libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]), 8);
}

/** The system calls of the flows of connections, one port for all of a kind. None of these waits. */
export class HostStreamPort implements StreamPort {
  drained = false;
  readonly #shortMeansEmpty: boolean;

  /** Whether a receive that gives less than was asked for has taken all there was: so it is with TCP. */
  constructor(shortMeansEmpty: boolean) {
    this.#shortMeansEmpty = shortMeansEmpty;
  }

  receive(given: Uint8Array | undefined, fd: number): Uint8Array | number {
    const memory = given ?? receiveMemory();
    for (;;) {
      const bytes = libc.recv(fd, pointerTo(memory), memory.length, MSG_DONTWAIT);
      if (bytes > 0) {
        // It is empty then (epoll(7)), and the next byte makes an edge.
        this.drained = this.#shortMeansEmpty && bytes < memory.length;
        return chunkOf(memory, bytes);
      }
      if (bytes === 0) return 0;
      const number = lastErrno();
      if (number !== errno.EINTR) return -number;
    }
  }

  taken(): void {}

  send(data: Uint8Array, fd: number): number {
    return sendNow(fd, data);
  }

  shutdown(fd: number): void {
    shutdownSending(fd);
  }

  takeError(fd: number): number {
    return takePendingError(fd);
  }

  linger(fd: number): void {
    lingerForNothing(fd);
  }
}

/** The ports of an engine. */
export class HostStreamPorts {
  readonly #internet = new HostStreamPort(true);
  /** A Unix socket's receive stops where descriptors or other credentials were sent along, too. */
  readonly #other = new HostStreamPort(false);

  of({ family }: Descriptor): HostStreamPort {
    return family === AF_INET || family === AF_INET6 ? this.#internet : this.#other;
  }
}
