import type { AddressLike, SocketAddress } from "../address.ts";

/** The beginning, the addresses and the end of a descriptor: calls that never wait. */
export interface EndpointCalls {
  /**
   * Opens a socket, socket(2): installs the telephone.
   * `family`: AF_…; `type`: SOCK_…, with SOCK_NONBLOCK or not; `protocol`: IPPROTO_… (for AF_PACKET an EtherType in
   * network order), 0 for the type's own. Returns the descriptor: the lowest number that is free, close-on-exec.
   *
   * Errors:
   * - EAFNOSUPPORT: no such family here.
   * - EINVAL, ESOCKTNOSUPPORT: no such type, or not in this family.
   * - EPROTONOSUPPORT: the protocol is not of this family and type.
   * - EPERM: raw and packet sockets need CAP_NET_RAW.
   * - EACCES: a ping socket (SOCK_DGRAM, IPPROTO_ICMP) that net.ipv4.ping_group_range does not allow.
   * - EMFILE, ENFILE: the process, the system has too many descriptors.
   * - ENOBUFS, ENOMEM: no memory.
   *
   * Nothing closes it but `close`, or the end of the thread that opened it. Every kernel.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_STREAM);
   * getsockopt(fd, SOL_SOCKET, SO_PROTOCOL) === IPPROTO_TCP; // true
   * close(fd);
   */
  readonly socket: (family: number, type: number, protocol?: number) => number;

  /**
   * Opens two sockets that are connected with each other, socketpair(2): AF_UNIX; stream, datagram or seqpacket.
   * Returns both descriptors.
   *
   * Errors:
   * - EOPNOTSUPP: the family has no pairs.
   * - EAFNOSUPPORT, EINVAL, ESOCKTNOSUPPORT, EPROTONOSUPPORT, EMFILE, ENFILE, ENOMEM: as `socket`.
   *
   * Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * await send(near, new Uint8Array([7]));
   * await recv(far, new Uint8Array(16)); // 1
   * close(near);
   * close(far);
   */
  readonly socketpair: (family: number, type: number, protocol?: number) => [number, number];

  /**
   * Gives the socket its own address, bind(2): gets the telephone its number.
   * Port 0 has the system choose one (see `getsockname`); "0.0.0.0" and "::" are all of the machine's addresses. A Unix
   * path becomes a file, which `close` leaves; a path that begins with a NUL is a name without a file.
   *
   * Errors:
   * - EADDRINUSE: another socket has the address, or the file is there (also after its server has gone).
   * - EADDRNOTAVAIL: the address is not this machine's; for a Unix path of "", no name is left.
   * - EACCES: a port below net.ipv4.ip_unprivileged_port_start (1024) without CAP_NET_BIND_SERVICE; no permission in
   *   the folder.
   * - EINVAL: bound already; an address of another family.
   * - EAFNOSUPPORT: an address of another family.
   * - ENOENT, ENOTDIR, ELOOP, EROFS: the folder of a Unix path.
   * - ENODEV: the interface of a link-local or packet address is not there.
   * - EBADF, ENOTSOCK.
   *
   * Every kernel.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_DGRAM);
   * bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
   * close(fd);
   */
  readonly bind: (fd: number, address: AddressLike) => void;

  /**
   * Has the socket take connections, listen(2): plugs in the line.
   * `backlog`: how many may wait to be accepted (SOMAXCONN, 4096, when left out; net.core.somaxconn is the limit). An
   * internet socket that is not bound gets a port. Calling it again changes the backlog.
   *
   * Errors:
   * - EADDRINUSE: another socket listens on the port.
   * - EINVAL: the socket is connected; a Unix socket is not bound.
   * - EOPNOTSUPP: no stream and no seqpacket.
   * - EBADF, ENOTSOCK.
   *
   * Every kernel.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_STREAM);
   * listen(fd, 5);
   * getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN); // true
   * close(fd);
   */
  readonly listen: (fd: number, backlog?: number) => void;

  /**
   * Ends one direction of a connection, or both, shutdown(2); the descriptor stays open.
   * `how`: SHUT_WR: the peer receives what was sent, then the end (0). SHUT_RD: this end receives 0 once what has come
   * is taken. It works on the connection, so on every descriptor of it, here and in other processes.
   *
   * Errors:
   * - ENOTCONN: not connected, or reset already.
   * - ERR_INVALID_ARG_VALUE: another `how`.
   * - EBADF, ENOTSOCK.
   *
   * Calls that wait are ended as the kernel says: a receive with 0, a send with EPIPE, the `accept` of a listener with
   * EINVAL. Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * shutdown(near, SHUT_WR);
   * await recv(far, new Uint8Array(16)); // 0
   * await send(far, new Uint8Array(3)); // 3: the other direction is open
   * close(near);
   * close(far);
   */
  readonly shutdown: (fd: number, how: number) => void;

  /**
   * Closes the descriptor, close(2): hangs up.
   * What was sent still leaves, in the background; with SO_LINGER set, this blocks the thread for so long. A TCP socket
   * with bytes that nobody received answers with a reset instead. The connection ends with its last descriptor (see
   * `dup`).
   *
   * Errors: EBADF: closed already. (The number may be another descriptor's by then: close once.)
   *
   * Calls of this thread that wait on it reject with EBADF; its flow closes. Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * const received = recv(near, new Uint8Array(1));
   * close(near);
   * received; // rejects with EBADF
   * close(far);
   */
  readonly close: (fd: number) => void;

  /**
   * The socket's own address, getsockname(2): what `bind`, `connect` or the system gave it. An unbound Unix socket has
   * the path "".
   *
   * Errors: EBADF, ENOTSOCK.
   *
   * Every kernel.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_STREAM);
   * getsockname(fd); // { family: 2, address: '0.0.0.0', port: 0 }
   * close(fd);
   */
  readonly getsockname: (fd: number) => SocketAddress;

  /**
   * The address of the other end, getpeername(2). A Unix peer that did not bind has the path "".
   *
   * Errors:
   * - ENOTCONN: there is no other end, or not any more.
   * - EBADF, ENOTSOCK.
   *
   * Every kernel.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_DGRAM);
   * getpeername(fd); // throws ENOTCONN
   * await connect(fd, { family: AF_INET, address: "127.0.0.1", port: 9 });
   * getpeername(fd); // { family: 2, address: '127.0.0.1', port: 9 }
   * close(fd);
   */
  readonly getpeername: (fd: number) => SocketAddress;

  /**
   * Waits on this descriptor, and its flow, keep the program alive: the default, and the opposite of `unref`. No system
   * call.
   *
   * Errors: none but for what is no descriptor's number.
   *
   * Every kernel.
   *
   * @example
   * const [near, far] = socketpair(AF_UNIX, SOCK_STREAM);
   * host.unref(near);
   * host.ref(near);
   * const received = recv(near, new Uint8Array(1)); // keeps the program alive until it is there
   * await send(far, new Uint8Array(1));
   * await received; // 1
   * close(near);
   * close(far);
   */
  readonly ref: (fd: number) => void;

  /**
   * Waits on this descriptor that begin from now on do not keep the program alive. No system call.
   *
   * Errors: none but for what is no descriptor's number.
   *
   * Every kernel.
   *
   * @example
   * const listener = socket(AF_INET, SOCK_STREAM);
   * listen(listener);
   * host.unref(listener);
   * void accept(listener); // the program ends all the same
   */
  readonly unref: (fd: number) => void;
}
