import type { Message, MessageBuffers, ReceivedMessage } from "../message.ts";
import type { WaitOptions } from "./wait.ts";

/** Messages: several buffers, an address and control messages in one call. */
export interface MessageCalls {
  /**
   * Sends a message, sendmsg(2): the buffers of `message.data` one after the other, to `message.address`, with the
   * control messages (descriptors, credentials, the address to answer from …; see `controlMessage`).
   * `flags` and result as `send`. A stream carries the control messages with the first byte. At most 1,024 buffers.
   *
   * Errors: those of `sendto`, and
   * - EBADF: a descriptor of SCM_RIGHTS is not open. ETOOMANYREFS: too many are under way. EINVAL: more than 253.
   * - EPERM: credentials that are not the process's. EINVAL: a control message that the socket does not take.
   *
   * Aborting and closing as `send`. A descriptor that was passed stays open here: close it. Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * const [one, other] = socketpair(AF_UNIX, SOCK_STREAM);
   * const control = [controlMessage(SOL_SOCKET, SCM_RIGHTS, [one])];
   * await sendmsg(near, { data: new Uint8Array(1), control }); // 1
   * for (const fd of [near, far, one, other]) close(fd);
   */
  readonly sendmsg: (fd: number, message: Message, flags?: number, options?: WaitOptions) => Promise<number>;

  /**
   * Receives a message, recvmsg(2): fills the buffers of `message.data` in order; `message.controlBytes` is room for
   * control messages. `flags` as `recv`. Resolves with the bytes, the sender, the control messages, and the kernel's
   * flags: MSG_TRUNC (the message was longer), MSG_CTRUNC (there was no room for all control messages), MSG_EOR,
   * MSG_OOB, MSG_ERRQUEUE. Descriptors that come are the program's, close-on-exec: close them.
   *
   * Errors: those of `recv`.
   *
   * Aborting and closing as `recv`. Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * const control = [controlMessage(SOL_SOCKET, SCM_RIGHTS, [near])];
   * await sendmsg(near, { data: new Uint8Array(1), control });
   * const message = await recvmsg(far, { data: new Uint8Array(16) });
   * message.bytes; // 1
   * const [copy = -1] = controlValue(message.control, SOL_SOCKET, SCM_RIGHTS) ?? [];
   * for (const fd of [copy, near, far]) close(fd);
   */
  readonly recvmsg: (
    fd: number,
    message: MessageBuffers,
    flags?: number,
    options?: WaitOptions,
  ) => Promise<ReceivedMessage>;

  /**
   * Sends many messages, sendmmsg(2): at most 1,024, each as `sendmsg`. Resolves with how many messages left: all, or
   * fewer where the call was cut short.
   *
   * Errors: those of `sendmsg`, of the first message. An error of a later one is the next call's.
   *
   * Aborting and closing as `send`, counted in messages. Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_DGRAM);
   * const messages = ["one", "two"].map((word) => ({ data: new TextEncoder().encode(word) }));
   * await sendmmsg(near, messages); // 2
   * close(near);
   * close(far);
   */
  readonly sendmmsg: (
    fd: number,
    messages: readonly Message[],
    flags?: number,
    options?: WaitOptions,
  ) => Promise<number>;

  /**
   * Receives many messages, recvmmsg(2) with MSG_WAITFORONE: waits for the first, and takes what else is there, up to
   * `messages.length` (at most 1,024). Resolves with those that came, each as `recvmsg`.
   *
   * Errors: those of `recv`. An error after the first message is the next call's.
   *
   * Aborting and closing as `recv`: no message is lost. Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_DGRAM);
   * await sendmmsg(near, [{ data: new Uint8Array(1) }, { data: new Uint8Array(2) }]);
   * const room = [1, 2, 3].map(() => ({ data: new Uint8Array(512) }));
   * const messages = await recvmmsg(far, room);
   * messages.map(({ bytes }) => bytes); // [ 1, 2 ]
   * close(near);
   * close(far);
   */
  readonly recvmmsg: (
    fd: number,
    messages: readonly MessageBuffers[],
    flags?: number,
    options?: WaitOptions,
  ) => Promise<ReceivedMessage[]>;
}
