import type { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX, AF_VSOCK } from "./constants.ts";

/** An IPv4 address and port: `struct sockaddr_in`, ip(7). `address` is dotted decimal; `port` is in host order. */
export interface Inet4Address {
  readonly family: typeof AF_INET;
  readonly address: string;
  readonly port: number;
}

/**
 * An IPv6 address and port: `struct sockaddr_in6`, ipv6(7). `scopeId` is an interface index (link-local addresses need
 * it).
 */
export interface Inet6Address {
  readonly family: typeof AF_INET6;
  readonly address: string;
  readonly port: number;
  readonly scopeId?: number;
  readonly flowInfo?: number;
}

/**
 * A Unix-domain address: `struct sockaddr_un`, unix(7).
 * `path` is a file's path, or a name in the abstract namespace when it begins with a NUL; empty when the socket is
 * unnamed. Bytes that are not UTF-8 are kept as a Uint8Array.
 */
export interface UnixAddress {
  readonly family: typeof AF_UNIX;
  readonly path: string | Uint8Array;
}

/** A link-layer address: `struct sockaddr_ll`, packet(7). `protocol` is an EtherType in host order (ETH_P_ALL is 3). */
export interface PacketAddress {
  readonly family: typeof AF_PACKET;
  readonly protocol: number;
  readonly interfaceIndex: number;
  readonly hardwareType?: number;
  readonly packetType?: number;
  readonly hardwareAddress?: Uint8Array;
}

/** A netlink address: `struct sockaddr_nl`, netlink(7). `portId` 0 is the kernel. */
export interface NetlinkAddress {
  readonly family: typeof AF_NETLINK;
  readonly portId: number;
  readonly groups: number;
}

/** A virtual machine's address: `struct sockaddr_vm`, vsock(7). */
export interface VsockAddress {
  readonly family: typeof AF_VSOCK;
  readonly cid: number;
  readonly port: number;
}

/** An address of a family that is not modelled: its number, and the bytes that follow it in `struct sockaddr`. */
export interface RawAddress {
  readonly family: number;
  readonly data: Uint8Array;
}

/** What the calls return for an address. */
export type SocketAddress =
  | Inet4Address
  | Inet6Address
  | UnixAddress
  | PacketAddress
  | NetlinkAddress
  | VsockAddress
  | RawAddress;

/** What the calls take for an address: a value, or the bytes of any `struct sockaddr`. */
export type AddressLike = SocketAddress | Uint8Array;
