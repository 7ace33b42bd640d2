import type { AddressLike, SocketAddress } from "../address.ts";
import type { WaitOptions } from "./wait.ts";

/** `flags`: SOCK_NONBLOCK. Descriptors are always close-on-exec. */
export interface AcceptOptions extends WaitOptions {
  readonly flags?: number | undefined;
}

/** A connection that was accepted, and who called. */
export interface Accepted {
  readonly fd: number;
  readonly address: SocketAddress;
}

/** The two ends of a call that is being set up. */
export interface ConnectionCalls {
  /**
   * Waits for a connection and takes it, accept4(2): picks up.
   * `flags`: SOCK_NONBLOCK for the new descriptor, which does not inherit it; most options of the listener it does
   * inherit. Resolves with the connection's descriptor and the caller's address. Several calls may wait: first come,
   * first served.
   *
   * Errors:
   * - EINVAL: the socket does not listen, or was shut down.
   * - EOPNOTSUPP: no stream and no seqpacket.
   * - EAGAIN: nobody calls, and the descriptor is O_NONBLOCK, or SO_RCVTIMEO has passed.
   * - EMFILE, ENFILE, ENOBUFS, ENOMEM: no descriptor or memory; the connection stays in the backlog.
   * - ECONNABORTED, EPROTO, EPERM, ENETDOWN: that connection has failed; accept again.
   * - EBUSY: the descriptor was handed over to a flow.
   * - EBADF, ENOTSOCK.
   *
   * Aborting loses no connection: it stays in the backlog. Closing the listener rejects with EBADF, and resets those in
   * the backlog. Every kernel.
   *
   * @example
   * const listener = socket(AF_INET, SOCK_STREAM);
   * bind(listener, { family: AF_INET, address: "127.0.0.1", port: 0 });
   * listen(listener);
   * const caller = socket(AF_INET, SOCK_STREAM);
   * await connect(caller, getsockname(listener));
   * const { fd, address } = await accept(listener);
   * "port" in address; // true
   * for (const one of [fd, caller, listener]) close(one);
   */
  readonly accept: (fd: number, options?: AcceptOptions) => Promise<Accepted>;

  /**
   * Connects the socket, connect(2): dials.
   * A stream waits for the other end's kernel to answer (not for its `accept`). A datagram socket only remembers the
   * address: `send` goes there, and nobody else is heard. The bytes `new Uint8Array(16)` (AF_UNSPEC) take that back.
   *
   * Errors:
   * - ECONNREFUSED: nobody listens there.
   * - ETIMEDOUT: no answer. EHOSTUNREACH, ENETUNREACH: no way there.
   * - EISCONN: connected already. EALREADY: an attempt is under way.
   * - EINPROGRESS: begun, but the descriptor is O_NONBLOCK (POLLOUT and SO_ERROR tell the end), or SO_SNDTIMEO has
   *   passed.
   * - EADDRNOTAVAIL: no port is left to call from. EADDRINUSE: the bound one has this connection already.
   * - EAFNOSUPPORT, EINVAL: an address of another family.
   * - EACCES, EPERM: a broadcast address without SO_BROADCAST; a firewall; no permission for the Unix path.
   * - ENOENT: no such Unix path. EPROTOTYPE: it has another type. EAGAIN: its backlog is full, and the descriptor is
   *   O_NONBLOCK.
   * - EBUSY: the descriptor was handed over to a flow.
   * - EBADF, ENOTSOCK.
   *
   * Aborting takes the attempt back: the socket can connect again. Closing rejects with EBADF. Every kernel.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_STREAM);
   * connect(fd, { family: AF_INET, address: "127.0.0.1", port: 1 }); // rejects with ECONNREFUSED
   * close(fd);
   */
  readonly connect: (fd: number, address: AddressLike, options?: WaitOptions) => Promise<void>;
}
