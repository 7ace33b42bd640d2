import type { SocketAddress } from "../api/address.ts";
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_VSOCK,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_RDM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "../api/constants.ts";
import { addressText } from "../api/errors.ts";
import type { Socket } from "./socket.ts";

/**
 * A socket's state as text, for people: `Socket { fd: 21, family: 'AF_INET', type: 'SOCK_STREAM', local:
 * '127.0.0.1:7' }`.
 */
export class SocketState {
  readonly [name: string]: unknown;

  constructor(socket: Socket, more: Record<string, unknown>) {
    const state: Record<string, unknown> = {
      fd: socket.fd,
      kernel: socket.kernel.name,
      family: nameOf(FAMILIES, socket.family),
      type: nameOf(TYPES, socket.type),
      local: endpoint(() => socket.localAddress),
      remote: endpoint(() => socket.remoteAddress),
      ...more,
    };
    for (const [name, value] of Object.entries(state)) if (value !== undefined) Object.assign(this, { [name]: value });
  }
}
// The class is there for its name, which Node prints before the fields.
Object.defineProperty(SocketState, "name", { value: "Socket" });

function endpoint(address: () => SocketAddress | undefined): string | undefined {
  try {
    const found = address();
    return found === undefined ? undefined : addressText(found);
  } catch {
    return undefined; // Closed, or without one: not worth an error while printing.
  }
}

const FAMILIES = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK };
const TYPES = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET };

function nameOf(names: Readonly<Record<string, number>>, value: number): string | number {
  return Object.keys(names).find((name) => names[name] === value) ?? value;
}
