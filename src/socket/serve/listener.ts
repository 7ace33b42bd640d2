import type { AddressLike } from "../../api/address.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AI_PASSIVE,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_ACCEPTCONN,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
  SOMAXCONN,
} from "../../api/constants.ts";
import { invalidValue, isSystemError } from "../../api/errors.ts";
import type { AddressInfo, Kernel } from "../../api/kernel.ts";
import { inet_pton } from "../../netdb/inet.ts";
import { sockaddrDecode } from "../../netdb/sockaddr.ts";
import { activatedListener } from "./activation.ts";
import type { Socket } from "../socket.ts";

/** Where a server listens. */
export interface ListenOptions {
  /**
   * The local address: numeric text, a name, or an address of any family (whose port counts). Left out, every address
   * of the machine: the IPv6 wildcard, which takes IPv4 too, or the IPv4 one where there is no IPv6.
   */
  readonly address?: string | AddressLike | undefined;
  /** 0, the default, has the kernel choose a free one. */
  readonly port?: number | undefined;
  /** A Unix-domain path; a leading NUL makes it an abstract name. The file is the caller's to remove. */
  readonly path?: string | undefined;
  /** A descriptor that listens already; the server owns it from now on. */
  readonly fd?: number | undefined;
  /** A socket that listens already; the server takes its descriptor. */
  readonly listener?: Socket | undefined;
  /**
   * Socket activation: the only descriptor that the service manager passed (true), or the one of that name; see
   * `listenFds`.
   */
  readonly activation?: boolean | string | undefined;
  /** Connections that wait to be accepted (default SOMAXCONN; the kernel has a limit of its own). */
  readonly backlog?: number | undefined;
  /** For an IPv6 address: no IPv4. */
  readonly ipv6Only?: boolean | undefined;
  /** SO_REUSEPORT: other sockets may listen on the same port, and the kernel spreads the connections. */
  readonly reusePort?: boolean | undefined;
}

/** A descriptor that listens, as the options say: given, or opened. */
export async function openListener(kernel: Kernel, options: ListenOptions): Promise<number> {
  const given = givenListener(kernel, options);
  if (given !== undefined) return given;
  const fd = await openBound(kernel, options);
  try {
    kernel.listen(fd, options.backlog ?? SOMAXCONN);
    return fd;
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
}

function givenListener(kernel: Kernel, { fd, listener, activation }: ListenOptions): number | undefined {
  const activated =
    activation === undefined || activation === false ? undefined : activatedListener(kernel, activation);
  const number = listener?.fd ?? fd ?? activated;
  if (number === undefined) return undefined;
  if (!kernel.getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN)) {
    throw invalidValue("options.fd", "a socket that listens", number);
  }
  return listener?.detach() ?? number;
}

/** A stream socket with the address of the options, which does not listen yet. */
export async function openBound(kernel: Kernel, options: ListenOptions): Promise<number> {
  if (options.address === undefined && options.path === undefined) return bindWildcard(kernel, options);
  return bindSocket(kernel, await localAddress(kernel, options), options);
}

/** The IPv6 wildcard takes IPv4 too; a machine without IPv6 has the IPv4 one. */
function bindWildcard(kernel: Kernel, options: ListenOptions): number {
  const port = options.port ?? 0;
  try {
    return bindSocket(kernel, { family: AF_INET6, address: "::", port }, { ipv6Only: false, ...options });
  } catch (error) {
    if (!isSystemError(error, "EAFNOSUPPORT", "EADDRNOTAVAIL")) throw error;
    return bindSocket(kernel, { family: AF_INET, address: "0.0.0.0", port }, options);
  }
}

function bindSocket(kernel: Kernel, address: AddressLike, options: ListenOptions): number {
  const family = address instanceof Uint8Array ? sockaddrDecode(address).family : address.family;
  const fd = kernel.socket(family, SOCK_STREAM);
  try {
    const isInternet = family === AF_INET || family === AF_INET6;
    // The connections of the server before this one, in TIME-WAIT, do not keep the port from us: RFC 9293 (3.10.1),
    // socket(7).
    if (isInternet) kernel.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, true);
    if (isInternet && options.reusePort) kernel.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, true);
    if (family === AF_INET6 && options.ipv6Only !== undefined) {
      kernel.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6Only);
    }
    kernel.bind(fd, address);
    return fd;
  } catch (error) {
    kernel.close(fd);
    throw error;
  }
}

async function localAddress(kernel: Kernel, { address, port = 0, path }: ListenOptions): Promise<AddressLike> {
  if (path !== undefined) return { family: AF_UNIX, path };
  if (typeof address === "object") return address;
  const text = address as string;
  if (inet_pton(AF_INET, text) !== undefined) return { family: AF_INET, address: text, port };
  if (inet_pton(AF_INET6, text) !== undefined) return { family: AF_INET6, address: text, port };
  const found = await kernel.getaddrinfo(text, port, { type: SOCK_STREAM, flags: AI_PASSIVE });
  return (found[0] as AddressInfo).address;
}
