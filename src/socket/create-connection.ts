import type { AddressLike, SocketAddress } from "../api/address.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AF_UNSPEC,
  IP_BIND_ADDRESS_NO_PORT,
  IPPROTO_IP,
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_NODELAY,
} from "../api/constants.ts";
import { invalidType, systemError } from "../api/errors.ts";
import type { Kernel } from "../api/kernel.ts";
import { inet_pton } from "../netdb/inet.ts";
import { interleaveFamilies } from "./address-order.ts";
import { ConnectionRace } from "./connection-race.ts";
import { withDeadline } from "./deadline.ts";
import { Socket } from "./socket.ts";

/** How far an attempt to connect may go. */
interface ConnectionLimits {
  /** Aborting it ends the attempt with an AbortError. It does not close the connection once it is there. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for all of it, names included; then ETIMEDOUT. Without it, the kernel's own patience (minutes). */
  readonly timeoutMs?: number | undefined;
}

/** A TCP connection to make. */
export interface TcpConnectionOptions extends ConnectionLimits {
  /** A name, or an address as text. Default: "localhost". */
  readonly host?: string | undefined;
  /** A port, or the name of a service. */
  readonly port: number | string;
  /** AF_INET or AF_INET6 alone; both by default. */
  readonly family?: number | undefined;
  /** An address of this machine to connect from, as text: the other family is then not tried. */
  readonly localAddress?: string | undefined;
  /** A port to connect from. */
  readonly localPort?: number | undefined;
  /** TCP_NODELAY: small writes leave at once. Default: as the kernel has it, off. */
  readonly noDelay?: boolean | undefined;
  /** SO_KEEPALIVE. Default: off. */
  readonly keepAlive?: boolean | undefined;
}

/** A connection to a Unix socket. */
export interface UnixConnectionOptions extends ConnectionLimits {
  /** The socket's file; a name in the abstract namespace when it begins with a NUL. */
  readonly path: string;
}

export type ConnectionOptions = TcpConnectionOptions | UnixConnectionOptions;

/**
 * Connects to a name and port, or to a Unix socket: getaddrinfo(3), socket(2) and connect(2) together.
 *
 * The addresses of the name are tried as RFC 8305 says: IPv6 and IPv4 in turns, the next one when an attempt has
 * failed or taken 250 ms; the first connection wins and the other attempts are closed.
 *
 * Errors: those of connect(2), when there was one attempt. After several, an AggregateError in the same shape
 * (`code`, `errno`, `syscall`, `address`, `port` of the attempt that tells most) with all of them as `errors`.
 * ENOTFOUND, EAI_AGAIN: the name. ETIMEDOUT after `timeoutMs`. AbortError. Whatever happens, no descriptor stays open
 * but the result's.
 *
 * On every kernel.
 *
 * @example
 * ```ts
 * await using server = await createServer(host, { host: "127.0.0.1", port: 0 });
 * await using client = await createConnection(host, { host: "127.0.0.1", port: server.localPort ?? 0 });
 * client.remotePort === server.localPort; // true
 * ```
 */
export async function createConnection(kernel: Kernel, options: ConnectionOptions): Promise<Socket> {
  if (typeof options !== "object" || options === null) throw invalidType("options", "an object", options);
  return withDeadline(
    kernel.clock,
    options,
    () => systemError("connect", "ETIMEDOUT", undefined, `${targetText(options)} after ${options.timeoutMs} ms`),
    (signal) => ("path" in options ? toPath(kernel, options.path, signal) : toName(kernel, options, signal)),
  );
}

function targetText(options: ConnectionOptions): string {
  return "path" in options ? options.path : `${options.host ?? "localhost"}:${options.port}`;
}

function toPath(kernel: Kernel, path: string, signal: AbortSignal): Promise<Socket> {
  const address: SocketAddress = { family: AF_UNIX, path };
  return attempt(kernel, address, signal, () => undefined);
}

async function toName(kernel: Kernel, options: TcpConnectionOptions, signal: AbortSignal): Promise<Socket> {
  const { host = "localhost", port, localAddress, localPort } = options;
  const local = localAddress === undefined ? undefined : parseLocal(localAddress, localPort ?? 0);
  const family = options.family ?? local?.family ?? AF_UNSPEC;
  const answers = await kernel.getaddrinfo(host, port, { family, type: SOCK_STREAM, signal });
  const race = new ConnectionRace(
    kernel.clock,
    interleaveFamilies(answers),
    ({ address }, over) => attempt(kernel, address, over, (socket) => prepare(socket, options, local)),
    (late) => late.close(),
  );
  return race.run(signal);
}

function parseLocal(address: string, port: number): SocketAddress {
  if (inet_pton(AF_INET, address) !== undefined) return { family: AF_INET, address, port };
  return { family: AF_INET6, address, port };
}

/** What is set before the connection is asked for. */
function prepare(socket: Socket, options: TcpConnectionOptions, local: SocketAddress | undefined): void {
  if (options.noDelay !== undefined) socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, options.noDelay);
  if (options.keepAlive !== undefined) socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, options.keepAlive);
  if (local !== undefined) {
    // ip(7): the port is chosen at connect, so that one local port serves many peers.
    if (options.localPort === undefined) socket.setsockopt(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, true);
    socket.bind(local);
  } else if (options.localPort !== undefined) {
    socket.bind({
      family: socket.family as typeof AF_INET,
      address: ANY[socket.family] ?? "",
      port: options.localPort,
    });
  }
}

const ANY: Readonly<Record<number, string>> = { [AF_INET]: "0.0.0.0", [AF_INET6]: "::" };

/** One attempt; its socket is closed at once when it fails or the signal is aborted. */
async function attempt(
  kernel: Kernel,
  address: AddressLike & SocketAddress,
  signal: AbortSignal,
  ready: (socket: Socket) => void,
): Promise<Socket> {
  const socket = new Socket(kernel, address.family, SOCK_STREAM);
  const abort = (): void => socket.close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    ready(socket);
    await socket.connect(address, { signal });
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
