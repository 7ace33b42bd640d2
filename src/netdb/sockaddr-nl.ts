import type { NetlinkAddress } from "../api/address.ts";
import { AF_NETLINK } from "../api/constants.ts";
import { putUint16, putUint32, uint32At } from "./host-order.ts";
import { beginSockaddr } from "./sockaddr-begin.ts";
import { checkUint } from "./uint.ts";

/** Bytes of `struct sockaddr_nl`, netlink(7). */
export const SOCKADDR_NL_SIZE = 12;

/** Family, padding, port id, groups: all in host order. */
export function encodeNetlink(address: NetlinkAddress, target: Uint8Array, at: number): number {
  const { portId, groups } = address;
  checkUint("address.portId", portId, 0xffffffff);
  checkUint("address.groups", groups, 0xffffffff);
  beginSockaddr(target, at, SOCKADDR_NL_SIZE, AF_NETLINK);
  putUint16(target, at + 2, 0);
  putUint32(target, at + 4, portId);
  putUint32(target, at + 8, groups);
  return SOCKADDR_NL_SIZE;
}

export function decodeNetlink(bytes: Uint8Array, at: number): NetlinkAddress {
  return { family: AF_NETLINK, portId: uint32At(bytes, at + 4), groups: uint32At(bytes, at + 8) };
}
