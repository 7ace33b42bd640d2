import type { OptionInput, OptionValue } from "../options.ts";

/** The options of a socket: calls that never wait. */
export interface OptionCalls {
  /**
   * Reads an option, getsockopt(2); socket(7), ip(7), ipv6(7), tcp(7), udp(7), unix(7), packet(7).
   * `level`: SOL_…; `name`: SO_…, IP_…, TCP_… The value has the option's type (boolean, number, object: see
   * docs/options.md); of an option that dialtone does not know, the bytes.
   *
   * Errors:
   * - ENOPROTOOPT, EOPNOTSUPP: the socket has no such option or level; it cannot be read; the kernel is older than it.
   * - ENOTCONN, EINVAL: not in the socket's state.
   * - EPERM: needs a capability.
   * - EBADF, ENOTSOCK.
   *
   * Every kernel; which options, is each kernel's matter.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_STREAM);
   * getsockopt(fd, SOL_SOCKET, SO_TYPE) === SOCK_STREAM; // true
   * getsockopt(fd, SOL_SOCKET, SO_LINGER); // { onoff: false, linger: 0 }
   * getsockopt(fd, SOL_TCP, TCP_INFO).sndCwnd; // 10
   * close(fd);
   */
  readonly getsockopt: <L extends number, N extends number>(fd: number, level: L, name: N) => OptionValue<L, N>;

  /**
   * Sets an option, setsockopt(2). `level` and `name` as `getsockopt`; `value` has the option's type, or is the bytes
   * of C's. An option that dialtone does not know takes bytes, an integer or a boolean. Times of SO_RCVTIMEO and
   * SO_SNDTIMEO are in milliseconds.
   *
   * Errors:
   * - ENOPROTOOPT, EOPNOTSUPP: the socket has no such option or level; it cannot be set; the kernel is older than it.
   * - EINVAL, EDOM: the value, or not in the socket's state.
   * - EPERM, EACCES: needs a capability.
   * - ENODEV: no such interface. EADDRNOTAVAIL, EADDRINUSE: of a multicast group. ENOMEM, ENOBUFS: net.core.optmem_max.
   * - EBADF, ENOTSOCK.
   *
   * A limit of time (SO_RCVTIMEO, SO_SNDTIMEO) counts for the calls that begin after it. Every kernel, as `getsockopt`.
   *
   * @example
   * const fd = socket(AF_INET, SOCK_STREAM);
   * setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, true);
   * setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, 250);
   * setsockopt(fd, SOL_TCP, TCP_CONGESTION, "reno");
   * getsockopt(fd, SOL_TCP, TCP_CONGESTION); // "reno"
   * close(fd);
   */
  readonly setsockopt: <L extends number, N extends number>(
    fd: number,
    level: L,
    name: N,
    value: OptionInput<L, N>,
  ) => void;
}
