import type { Inet4Address, SocketAddress } from "../api/address.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AI_PASSIVE,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../api/constants.ts";
import { attemptsFailed, invalidType, isSystemError } from "../api/errors.ts";
import type { AddressInfo, Kernel } from "../api/kernel.ts";
import { Socket } from "./socket.ts";
import { removeStaleSocket } from "./stale-socket.ts";

/** What all listeners have. */
interface ListenerOptions {
  /** Connections that wait to be accepted; at most, and by default, SOMAXCONN as the system has set it. */
  readonly backlog?: number | undefined;
  /** Aborting it closes the listener. */
  readonly signal?: AbortSignal | undefined;
}

/** A TCP listener. */
export interface TcpServerOptions extends ListenerOptions {
  /** A port, or the name of a service; 0 picks a free port. */
  readonly port: number | string;
  /** An address of this machine, or its name. Default: all addresses, of both families. */
  readonly host?: string | undefined;
  /** Several listeners may share the port, and the kernel spreads the connections: SO_REUSEPORT. */
  readonly reusePort?: boolean | undefined;
  /** On "::", leave the IPv4 addresses alone: IPV6_V6ONLY. */
  readonly ipv6Only?: boolean | undefined;
}

/** A listener on a Unix socket. */
export interface UnixServerOptions extends ListenerOptions {
  /** The socket's file, which closing does not remove; a name in the abstract namespace when it begins with a NUL. */
  readonly path: string;
  /** Removes a socket file that nobody listens on any more: what a server leaves that was killed. */
  readonly removeStale?: boolean | undefined;
}

export type ServerOptions = TcpServerOptions | UnixServerOptions;

/**
 * Opens a listening stream socket: socket(2), bind(2) and listen(2) together.
 *
 * Without `host` it listens on `::` with IPV6_V6ONLY off, so that IPv4 clients come too (as `::ffff:…`), and on
 * 0.0.0.0 where there is no IPv6. SO_REUSEADDR is on, so that a server can start again at once.
 *
 * Errors: those of bind(2) and listen(2): EADDRINUSE, EACCES, EADDRNOTAVAIL; ENOTFOUND: the name; AbortError.
 *
 * On every kernel. For the example see `createConnection`.
 */
export async function createServer(kernel: Kernel, options: ServerOptions): Promise<Socket> {
  if (typeof options !== "object" || options === null) throw invalidType("options", "an object", options);
  if ("path" in options) return onPath(kernel, options);
  const { host, port, signal } = options;
  if (host !== undefined) {
    const answers = await kernel.getaddrinfo(host, port, { type: SOCK_STREAM, flags: AI_PASSIVE, signal });
    return firstThatListens(
      kernel,
      answers.map(({ address }) => address),
      options,
    );
  }
  const number = typeof port === "number" ? port : await portOf(kernel, port, signal);
  const any: SocketAddress = { family: AF_INET6, address: "::", port: number };
  const any4: SocketAddress = { family: AF_INET, address: "0.0.0.0", port: number };
  try {
    return listener(kernel, any, options);
  } catch (error) {
    const withoutIpv6 = isSystemError(error, "EAFNOSUPPORT", "EADDRNOTAVAIL");
    if (!withoutIpv6 || options.ipv6Only) throw error;
    return listener(kernel, any4, options);
  }
}

async function portOf(kernel: Kernel, service: string, signal: AbortSignal | undefined): Promise<number> {
  const [answer] = await kernel.getaddrinfo(null, service, { type: SOCK_STREAM, flags: AI_PASSIVE, signal });
  return ((answer as AddressInfo).address as Inet4Address).port;
}

/** A name may have addresses that are not this machine's. */
function firstThatListens(kernel: Kernel, addresses: readonly SocketAddress[], options: TcpServerOptions): Socket {
  const errors: Error[] = [];
  for (const address of addresses) {
    try {
      return listener(kernel, address, options);
    } catch (error) {
      if (!isSystemError(error, "EADDRNOTAVAIL", "EAFNOSUPPORT")) throw error;
      errors.push(error);
    }
  }
  throw errors.length === 1 ? (errors[0] as Error) : attemptsFailed(errors, errors[0] as Error);
}

function listener(kernel: Kernel, address: SocketAddress, options: TcpServerOptions & ListenerOptions): Socket {
  return opened(kernel, address.family, options, (socket) => {
    socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, true);
    if (options.reusePort) socket.setsockopt(SOL_SOCKET, SO_REUSEPORT, true);
    if (address.family === AF_INET6) socket.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6Only ?? false);
    socket.bind(address);
  });
}

async function onPath(kernel: Kernel, options: UnixServerOptions): Promise<Socket> {
  const address: SocketAddress = { family: AF_UNIX, path: options.path };
  try {
    return opened(kernel, AF_UNIX, options, (socket) => socket.bind(address));
  } catch (error) {
    if (!options.removeStale || !isSystemError(error, "EADDRINUSE")) throw error;
    if (!(await removeStaleSocket(kernel, options.path, options.signal))) throw error;
  }
  return opened(kernel, AF_UNIX, options, (socket) => socket.bind(address));
}

/** A socket that is made ready and listens; it is closed when that fails. */
function opened(kernel: Kernel, family: number, options: ListenerOptions, ready: (socket: Socket) => void): Socket {
  const socket = new Socket(kernel, family, SOCK_STREAM, { signal: options.signal });
  try {
    ready(socket);
    socket.listen(options.backlog);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}
