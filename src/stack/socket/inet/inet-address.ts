import { AF_INET, AF_INET6, AF_UNSPEC } from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { uint16At } from "../../../netdb/host-order.ts";
import { SOCKADDR_IN6_SIZE, SOCKADDR_IN_SIZE } from "../../../netdb/sockaddr.ts";
import { ANY_V4, ANY_V6, IpAddress } from "../../ip/address.ts";

/** SIN6_LEN_RFC2133: `struct sockaddr_in6` without its scope. */
const SHORTEST_IN6 = 24;

/** An address and port of the internet, as a sockaddr has them. */
export interface InetEndpoint {
  /** IPv4 also for an IPv4-mapped address of a `sockaddr_in6`. */
  readonly address: IpAddress;
  readonly port: number;
  /** The interface of a link-local address; 0 for none. */
  readonly scopeId: number;
  /** Flow label and traffic class of a `sockaddr_in6`. */
  readonly flowInfo: number;
}

/** The family of a sockaddr. */
export function familyOfSockaddr(bytes: Uint8Array): number {
  return uint16At(bytes, 0);
}

/** Reads a sockaddr of a socket's family: an errno, negated, when it is too short or of another family. */
export function readEndpoint(bytes: Uint8Array, family: number, wrongFamily: number): InetEndpoint | number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (family === AF_INET) {
    if (bytes.length < SOCKADDR_IN_SIZE) return -errno.EINVAL;
    if (familyOfSockaddr(bytes) !== AF_INET) return -wrongFamily;
    return { address: IpAddress.read(view, 4, 4), port: view.getUint16(2), scopeId: 0, flowInfo: 0 };
  }
  if (bytes.length < SHORTEST_IN6) return -errno.EINVAL;
  if (familyOfSockaddr(bytes) !== AF_INET6) return -wrongFamily;
  return {
    address: IpAddress.read(view, 8, 6),
    port: view.getUint16(2),
    scopeId: bytes.length >= SOCKADDR_IN6_SIZE ? view.getUint32(24, true) : 0,
    flowInfo: view.getUint32(4),
  };
}

/** The address that takes a connection or a peer back, connect(2): its family is AF_UNSPEC. */
export function isUnspecified(bytes: Uint8Array): boolean {
  return familyOfSockaddr(bytes) === AF_UNSPEC;
}

/** The bytes of a sockaddr; on an IPv6 socket an IPv4 address is IPv4-mapped. */
export function writeEndpoint(family: number, address: IpAddress, port: number, scopeId: number): Uint8Array {
  const bytes = new Uint8Array(family === AF_INET ? SOCKADDR_IN_SIZE : SOCKADDR_IN6_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  if (family === AF_INET) {
    view.setInt32(4, address.w3);
    return bytes;
  }
  // The unspecified address of an IPv6 socket is ::, whichever of the two it was given as.
  const { w0, w1, w2, w3 } = address === ANY_V4 ? ANY_V6 : address;
  for (const [index, word] of [w0, w1, w2, w3].entries()) view.setInt32(8 + 4 * index, word);
  if (address.version === 6 && (address.isLinkLocal || address.isMulticast)) view.setUint32(24, scopeId, true);
  return bytes;
}
