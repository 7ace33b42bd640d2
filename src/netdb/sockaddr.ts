import type { AddressLike, RawAddress, SocketAddress } from "../api/address.ts";
import { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX, AF_UNSPEC, AF_VSOCK } from "../api/constants.ts";
import { invalidType, outOfRange } from "../api/errors.ts";
import { uint16At } from "./host-order.ts";
import { beginSockaddr } from "./sockaddr-begin.ts";
import { decodeInet4, encodeInet4, SOCKADDR_IN_SIZE } from "./sockaddr-in.ts";
import { decodeInet6, encodeInet6, SOCKADDR_IN6_SIZE, SOCKADDR_IN6_SIZE_RFC2133 } from "./sockaddr-in6.ts";
import { decodePacket, encodePacket, SOCKADDR_LL_HEADER, SOCKADDR_LL_SIZE } from "./sockaddr-ll.ts";
import { decodeNetlink, encodeNetlink, SOCKADDR_NL_SIZE } from "./sockaddr-nl.ts";
import { decodeUnix, encodeUnix, SOCKADDR_UN_SIZE, SUN_PATH_SIZE } from "./sockaddr-un.ts";
import { decodeVsock, encodeVsock, SOCKADDR_VM_SIZE } from "./sockaddr-vm.ts";
import { checkUint } from "./uint.ts";

export { SOCKADDR_IN6_SIZE, SOCKADDR_IN_SIZE, SOCKADDR_LL_SIZE, SOCKADDR_NL_SIZE, SOCKADDR_UN_SIZE, SOCKADDR_VM_SIZE };
export { SUN_PATH_SIZE };

/** Bytes of `struct sockaddr_storage`: room for the address of any family. */
export const SOCKADDR_STORAGE_SIZE = 128;
/** Bytes of the family, which every address begins with. */
const FAMILY_SIZE = 2;

const scratch = new Uint8Array(SOCKADDR_STORAGE_SIZE);

/**
 * Lays an address out as the C structure that the kernel takes: sockaddr(3type), ip(7), ipv6(7), unix(7), packet(7).
 * The classic two, side by side (sizes in bytes):
 *
 *         struct sockaddr            struct sockaddr_in
 *     0  +-------------------+   0  +-------------------+
 *        | sa_family       2 |      | sin_family      2 |  AF_INET, in host order
 *     2  +-------------------+   2  +-------------------+
 *        | sa_data        14 |      | sin_port        2 |  in network order
 *        |                   |   4  +-------------------+
 *        | (what follows the |      | sin_addr        4 |  in network order
 *        | family, whatever  |   8  +-------------------+
 *        | the family is)    |      | sin_zero        8 |  zeros
 *    16  +-------------------+  16  +-------------------+
 *
 * `address` is an address of any modelled family, `{ family, data }` for any other, or the bytes of a sockaddr (2 to
 * 128), which are copied as they are. Ports and interface numbers are in host order; an IPv6 zone may stand in the text
 * as a number ("fe80::1%2").
 * Returns bytes of the caller's own, as many as the address has: their number is C's `socklen_t`.
 * Errors: ERR_INVALID_ARG_TYPE; ERR_INVALID_ARG_VALUE (not an address of that family, a NUL inside a path);
 * ERR_OUT_OF_RANGE (a port, a path longer than `sun_path`, another number).
 * Needs no kernel.
 *
 * @example
 * sockaddrEncode({ family: AF_INET, address: "127.0.0.1", port: 7 });
 * // Uint8Array [ 2, 0, 0, 7, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 ]
 */
export function sockaddrEncode(address: AddressLike): Uint8Array {
  return scratch.slice(0, sockaddrEncodeInto(address, scratch));
}

/**
 * Lays an address out like {@link sockaddrEncode}, in memory of the caller's, at `offset`; allocates nothing for IPv4.
 * Returns how many bytes were written. {@link SOCKADDR_STORAGE_SIZE} bytes are room enough for any address.
 * Errors: {@link sockaddrEncode}'s; ERR_OUT_OF_RANGE too where `target` is too short. What `target` holds after an
 * error is not said.
 * Needs no kernel.
 *
 * @example
 * const storage = new Uint8Array(SOCKADDR_STORAGE_SIZE);
 * sockaddrEncodeInto({ family: AF_UNIX, path: "/run/echo" }, storage); // 12
 */
export function sockaddrEncodeInto(address: AddressLike, target: Uint8Array, offset: number = 0): number {
  if (!(target instanceof Uint8Array)) throw invalidType("target", "a Uint8Array", target);
  checkUint("offset", offset, target.length);
  if (typeof address !== "object" || address === null) {
    throw invalidType("address", "a socket address or the bytes of a sockaddr", address);
  }
  if (address instanceof Uint8Array) return copySockaddr(address, target, offset);
  if ("data" in address) return encodeRaw(address, target, offset);
  switch (address.family) {
    case AF_INET:
      return encodeInet4(address, target, offset);
    case AF_INET6:
      return encodeInet6(address, target, offset);
    case AF_UNIX:
      return encodeUnix(address, target, offset);
    case AF_PACKET:
      return encodePacket(address, target, offset);
    case AF_NETLINK:
      return encodeNetlink(address, target, offset);
    case AF_VSOCK:
      return encodeVsock(address, target, offset);
    default:
      // Only a program without types comes here: some other family, or none at all.
      return encodeRaw(address, target, offset);
  }
}

/**
 * Throws what {@link sockaddrEncode} would throw for the address, and returns otherwise.
 * Needs no kernel.
 *
 * @example
 * validateAddress({ family: AF_INET, address: "localhost", port: 7 }); // TypeError: names are looked up with
 * getaddrinfo
 */
export function validateAddress(address: AddressLike): void {
  sockaddrEncodeInto(address, scratch);
}

function copySockaddr(bytes: Uint8Array, target: Uint8Array, at: number): number {
  if (bytes.length < FAMILY_SIZE || bytes.length > SOCKADDR_STORAGE_SIZE) {
    throw outOfRange("address.length", `from ${FAMILY_SIZE} to ${SOCKADDR_STORAGE_SIZE} bytes`, bytes.length);
  }
  beginSockaddr(target, at, bytes.length, 0);
  target.set(bytes, at);
  return bytes.length;
}

function encodeRaw(address: RawAddress, target: Uint8Array, at: number): number {
  const { family, data } = address;
  checkUint("address.family", family, 0xffff);
  if (!(data instanceof Uint8Array)) {
    throw invalidType("address.data", "a Uint8Array with the bytes that follow the family", data);
  }
  const length = FAMILY_SIZE + data.length;
  if (length > SOCKADDR_STORAGE_SIZE) {
    throw outOfRange("address.data", `at most ${SOCKADDR_STORAGE_SIZE - FAMILY_SIZE} bytes`, `${data.length} bytes`);
  }
  beginSockaddr(target, at, length, family);
  target.set(data, at + FAMILY_SIZE);
  return length;
}

/**
 * Reads an address from the C structure that the kernel gives: the inverse of {@link sockaddrEncode}.
 * `bytes[offset, offset + length)` is the structure; `length` is what the call put into its `socklen_t`.
 * Any bytes are an address: those of a family that is not modelled, or too short for their family, become
 * `{ family, data }`; no bytes at all, as `recvfrom` has for a connected stream, become AF_UNSPEC with no data.
 * Ports come in host order; `scopeId` and `flowInfo` are left out when they are 0; a path that is not UTF-8 stays
 * bytes. Returns a value that shares no memory with `bytes`.
 * Errors: ERR_INVALID_ARG_TYPE; ERR_OUT_OF_RANGE (the range is not within `bytes`).
 * Needs no kernel.
 *
 * @example
 * sockaddrDecode(sockaddrEncode({ family: AF_INET6, address: "0::1", port: 7 }));
 * // { family: AF_INET6, address: "::1", port: 7 }
 */
export function sockaddrDecode(bytes: Uint8Array, offset: number = 0, length?: number): SocketAddress {
  if (!(bytes instanceof Uint8Array)) throw invalidType("bytes", "a Uint8Array", bytes);
  checkUint("offset", offset, bytes.length);
  if (length === undefined) length = bytes.length - offset;
  else checkUint("length", length, bytes.length - offset);
  if (length < FAMILY_SIZE)
    return { family: AF_UNSPEC, data: Uint8Array.from(bytes.subarray(offset, offset + length)) };
  const family = uint16At(bytes, offset);
  const address = decodeModelled(family, bytes, offset, length);
  return address ?? { family, data: Uint8Array.from(bytes.subarray(offset + FAMILY_SIZE, offset + length)) };
}

/** `undefined` for a family that is not modelled, and for too few bytes (or too many, for a path). */
function decodeModelled(family: number, bytes: Uint8Array, at: number, length: number): SocketAddress | undefined {
  switch (family) {
    case AF_INET:
      return length < SOCKADDR_IN_SIZE ? undefined : decodeInet4(bytes, at);
    case AF_INET6:
      return length < SOCKADDR_IN6_SIZE_RFC2133 ? undefined : decodeInet6(bytes, at, length);
    case AF_UNIX:
      return decodeUnix(bytes, at, length);
    case AF_PACKET:
      return length < SOCKADDR_LL_HEADER ? undefined : decodePacket(bytes, at, length);
    case AF_NETLINK:
      return length < SOCKADDR_NL_SIZE ? undefined : decodeNetlink(bytes, at);
    case AF_VSOCK:
      return length < SOCKADDR_VM_SIZE ? undefined : decodeVsock(bytes, at);
    default:
      return undefined;
  }
}
