import type { ConnectionCalls } from "./calls/connection.ts";
import type { EndpointCalls } from "./calls/endpoint.ts";
import type { FileCalls } from "./calls/file.ts";
import type { FlowCalls } from "./calls/flow.ts";
import type { MessageCalls } from "./calls/message.ts";
import type { NameCalls } from "./calls/name.ts";
import type { OptionCalls } from "./calls/option.ts";
import type { PollCalls } from "./calls/poll.ts";
import type { TransferCalls } from "./calls/transfer.ts";
import type { Clock } from "./clock.ts";
import type { Workers } from "./workers.ts";

export type * from "./calls/blocking.ts";
export type * from "./calls/connection.ts";
export type * from "./calls/endpoint.ts";
export type * from "./calls/file.ts";
export type * from "./calls/flow.ts";
export type * from "./calls/message.ts";
export type * from "./calls/name.ts";
export type * from "./calls/option.ts";
export type * from "./calls/poll.ts";
export type * from "./calls/transfer.ts";
export type * from "./calls/wait.ts";
export type * from "./clock.ts";
export type * from "./workers.ts";

/**
 * The system calls of a network: the machine's own (`host`), or a stack's. Every textbook call, by its name and with
 * its arguments in their order. What can wait returns a promise, what cannot is plain. The members are functions that
 * can be taken out: `const { send, recv } = kernel`.
 *
 * What the members do not repeat:
 * - The kernel's errors are a SystemError: `code` ("ECONNREFUSED"), `errno` (negative), `syscall`, `address`, `port`.
 * - A wrong argument is a TypeError (`code` ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE) or a RangeError
 *   (ERR_OUT_OF_RANGE), before any system call. Calls that return a promise reject with it; they never throw.
 * - An aborted call rejects with an AbortError, whose `cause` is the signal's reason.
 * - EBADF: the descriptor is not open, or was closed while the call waited. ENOTSOCK: it is no socket.
 * - A call that would wait on a descriptor with O_NONBLOCK rejects with EAGAIN.
 * - Buffers are the program's; the kernel has them until the promise settles.
 */
export interface Kernel
  extends
    EndpointCalls,
    OptionCalls,
    ConnectionCalls,
    TransferCalls,
    MessageCalls,
    FileCalls,
    PollCalls,
    NameCalls,
    FlowCalls {
  /** What this kernel is, for people: "host". */
  readonly name: string;
  /** The time of this network. */
  readonly clock: Clock;
  /** Threads and processes that run a program on this network; undefined where it has none. */
  readonly workers?: Workers;
  /**
   * Forgets a descriptor without closing it, for another owner: a thread that is told its number, a library. Returns
   * it. No system call.
   *
   * Errors: none but for what is no descriptor's number.
   *
   * Calls of this thread that wait on it reject with EBADF; its flow closes. On a kernel whose threads share
   * descriptors: the host.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * const received = recv(near, new Uint8Array(1));
   * host.detach(near);
   * received; // rejects with EBADF
   * await send(far, new Uint8Array(1)); // 1: the line is open
   * close(near);
   * close(far);
   */
  readonly detach?: (fd: number) => number;
  /**
   * Takes over a descriptor that another thread has detached, or something else of this process has opened: from now on
   * it is closed with this thread. Returns it. No system call.
   *
   * Errors: none but for what is no descriptor's number.
   *
   * On a kernel whose threads share descriptors: the host.
   *
   * @example
   * const fd = host.detach(socket(AF_INET, SOCK_DGRAM));
   * host.adopt(fd) === fd; // true
   * close(fd);
   */
  readonly adopt?: (fd: number) => number;
}
