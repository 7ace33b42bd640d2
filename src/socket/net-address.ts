import type { SocketAddress } from "../api/address.ts";
import { AF_INET } from "../api/constants.ts";

/** An address as node:net shows it; nothing where the family has no host and port. */
export interface NetAddress {
  readonly address?: string;
  readonly family?: "IPv4" | "IPv6";
  readonly port?: number;
}

/** What node:net shows of an address. */
export function netAddress(find: () => SocketAddress): NetAddress {
  try {
    const found = find();
    if (!("address" in found)) return {};
    return { address: found.address, family: found.family === AF_INET ? "IPv4" : "IPv6", port: found.port };
  } catch {
    return {}; // Not connected any more: node:net then shows nothing.
  }
}
