import { MSG_DONTWAIT, MSG_NOSIGNAL, SHUT_WR, SO_ERROR, SO_LINGER, SOL_SOCKET } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import type { StreamPort } from "../../kernel/flow/port.ts";
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

/** The system calls of the flows of connections, one port for all of them. None of these waits. */
export class HostStreamPort implements StreamPort {
  drained = false;

  receive(given: Uint8Array | undefined, fd: number): Uint8Array | number {
    const memory = given ?? receiveMemory();
    for (;;) {
      const bytes = libc.recv(fd, pointerTo(memory), memory.length, MSG_DONTWAIT);
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
