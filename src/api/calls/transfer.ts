import type { AddressLike, SocketAddress } from "../address.ts";
import type { WaitOptions } from "./wait.ts";

/** What `recvfrom` received. */
export interface ReceivedFrom {
  readonly bytes: number;
  /** Undefined where the protocol gives none (a connected stream). */
  readonly address: SocketAddress | undefined;
}

/** Sending and receiving one buffer. */
export interface TransferCalls {
  /**
   * Sends bytes on a connected socket, send(2).
   * `flags`: MSG_DONTWAIT, MSG_MORE, MSG_OOB, MSG_EOR, MSG_DONTROUTE, MSG_CONFIRM … (MSG_NOSIGNAL is always set: EPIPE
   * comes, never SIGPIPE). A stream goes on until the kernel has taken all: resolves with `data.length`, or with less
   * where the call was cut short (below). A datagram leaves whole or not at all. Taken by the kernel is not received by
   * the peer. Do not change `data` meanwhile.
   *
   * Errors:
   * - EPIPE: this direction was shut down, or the peer has gone. ECONNRESET: the peer has reset the connection.
   * - EAGAIN: no room, and the descriptor is O_NONBLOCK, MSG_DONTWAIT is set, or SO_SNDTIMEO has passed.
   * - ENOTCONN, EDESTADDRREQ: not connected.
   * - EMSGSIZE: longer than a datagram can be.
   * - ECONNREFUSED: an earlier datagram found nobody; a Unix datagram socket has closed. ENOBUFS: the interface's queue
   *   is full.
   * - EOPNOTSUPP: a flag that the socket does not have. ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EPERM: the network, a
   *   firewall.
   * - EBUSY: the descriptor was handed over to a flow.
   * - EBADF, ENOTSOCK.
   *
   * Aborting, a timeout or an error after a part was taken: resolves with that part; the next call on the descriptor
   * meets the error. Closing rejects with EBADF, whatever was taken. Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * await send(near, new TextEncoder().encode("hello")); // 5
   * close(far);
   * send(near, new Uint8Array(1)); // rejects with EPIPE
   * close(near);
   */
  readonly send: (fd: number, data: Uint8Array, flags?: number, options?: WaitOptions) => Promise<number>;

  /**
   * Receives into `buffer`, recv(2): waits until something is there, and takes what is, up to `buffer.length` bytes.
   * `flags`: MSG_PEEK (look, do not take), MSG_WAITALL (a stream: wait until the buffer is full), MSG_DONTWAIT,
   * MSG_OOB, MSG_TRUNC (a datagram's whole length is the result), MSG_ERRQUEUE (never waits). Never reads ahead: what
   * is not asked for stays in the kernel. Resolves with the bytes; 0: the stream's other end has ended, or an empty
   * datagram. What a datagram has beyond the buffer is lost.
   *
   * Errors:
   * - ECONNRESET: the peer has reset the connection. ETIMEDOUT: it does not answer any more.
   * - EAGAIN: nothing there, and the descriptor is O_NONBLOCK, MSG_DONTWAIT is set, or SO_RCVTIMEO has passed.
   * - ECONNREFUSED: a datagram that was sent found nobody.
   * - ENOTCONN: a stream that is not connected. EINVAL: MSG_OOB, but no urgent data. EOPNOTSUPP: a flag that the socket
   *   does not have.
   * - EBUSY: the descriptor was handed over to a flow.
   * - EBADF, ENOTSOCK.
   *
   * Aborting loses no byte: MSG_WAITALL then resolves with what it has, if any. Closing rejects with EBADF. Every
   * kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * const buffer = new Uint8Array(4);
   * await send(near, new TextEncoder().encode("hello"));
   * await recv(far, buffer, MSG_PEEK); // 4
   * await recv(far, buffer); // 4
   * await recv(far, buffer); // 1: the "o"
   * recv(far, buffer, MSG_DONTWAIT); // rejects with EAGAIN
   * close(near);
   * await recv(far, buffer); // 0
   * close(far);
   */
  readonly recv: (fd: number, buffer: Uint8Array, flags?: number, options?: WaitOptions) => Promise<number>;

  /**
   * Sends to an address, sendto(2): a datagram, without a connection. With `undefined` it is `send`.
   * `flags` and result as `send`. TCP ignores the address, unless MSG_FASTOPEN has it connect there.
   *
   * Errors: those of `send`, and
   * - EAFNOSUPPORT, EINVAL: an address of another family, or port 0.
   * - EACCES: a broadcast address without SO_BROADCAST; no permission for the Unix path.
   * - EISCONN: a connected Unix socket has its address. ENOENT, EPROTOTYPE: of a Unix path.
   *
   * Aborting and closing as `send`. Every kernel.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_DGRAM);
   * bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
   * await sendto(fd, new Uint8Array(3), 0, getsockname(fd)); // 3
   * close(fd);
   */
  readonly sendto: (
    fd: number,
    data: Uint8Array,
    flags: number,
    address: AddressLike | undefined,
    options?: WaitOptions,
  ) => Promise<number>;

  /**
   * Receives, and says from whom, recvfrom(2).
   * `buffer`, `flags`, errors, aborting and closing as `recv`. Resolves with the bytes and the sender's address, which
   * is undefined on a connected stream; a Unix sender that did not bind has none either. Every kernel.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_DGRAM);
   * bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
   * await sendto(fd, new Uint8Array(3), 0, getsockname(fd));
   * const { bytes, address } = await recvfrom(fd, new Uint8Array(512));
   * console.log(`${bytes} bytes from`, address);
   * close(fd);
   */
  readonly recvfrom: (fd: number, buffer: Uint8Array, flags?: number, options?: WaitOptions) => Promise<ReceivedFrom>;
}
