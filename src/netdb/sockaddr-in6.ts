import type { Inet6Address } from "../api/address.ts";
import { AF_INET6 } from "../api/constants.ts";
import { invalidType, invalidValue } from "../api/errors.ts";
import { putUint32, uint32At } from "./host-order.ts";
import { formatInet6, parseInet6 } from "./inet6-text.ts";
import { beginSockaddr } from "./sockaddr-begin.ts";
import { checkUint } from "./uint.ts";

/** Bytes of `struct sockaddr_in6`, ipv6(7). */
export const SOCKADDR_IN6_SIZE = 28;
/** The kernel still takes RFC 2133's structure, which ended before the scope id. */
export const SOCKADDR_IN6_SIZE_RFC2133 = 24;

const ZONE = /^%[0-9]{1,10}$/;

/** Family, port (network order), flow information (network order), address, scope id (host order). */
export function encodeInet6(address: Inet6Address, target: Uint8Array, at: number): number {
  const { address: text, port, flowInfo = 0 } = address;
  checkUint("address.port", port, 0xffff);
  checkUint("address.flowInfo", flowInfo, 0xffffffff);
  if (typeof text !== "string") throw invalidType("address.address", "a string", text);
  const percent = text.indexOf("%");
  const end = percent < 0 ? text.length : percent;
  const scopeId = scopeOf(address, text, end);
  beginSockaddr(target, at, SOCKADDR_IN6_SIZE, AF_INET6);
  target[at + 2] = port >>> 8;
  target[at + 3] = port;
  target[at + 4] = flowInfo >>> 24;
  target[at + 5] = flowInfo >>> 16;
  target[at + 6] = flowInfo >>> 8;
  target[at + 7] = flowInfo;
  if (!parseInet6(text, 0, end, target, at + 8)) throw notInet6(text);
  putUint32(target, at + 24, scopeId);
  return SOCKADDR_IN6_SIZE;
}

/** The scope id: the field, or the number after "%" in the text (RFC 4007 §11); both may be there when they agree. */
function scopeOf(address: Inet6Address, text: string, end: number): number {
  const { scopeId } = address;
  if (scopeId !== undefined) checkUint("address.scopeId", scopeId, 0xffffffff);
  if (end === text.length) return scopeId ?? 0;
  const zone = text.slice(end);
  if (!ZONE.test(zone)) {
    throw invalidValue(
      "address.address",
      "an IPv6 address; an interface's name becomes a scopeId with if_nametoindex",
      text,
    );
  }
  const value = Number(zone.slice(1));
  checkUint("address.scopeId", value, 0xffffffff);
  if (scopeId !== undefined && scopeId !== value) {
    throw invalidValue("address.scopeId", `left out or ${value}, as address.address says`, scopeId);
  }
  return value;
}

function notInet6(text: string): TypeError {
  const hint = /^[0-9.]+$/.test(text)
    ? `; IPv4 within IPv6 is "::ffff:${text}"`
    : " such as ::1; names are looked up with getaddrinfo";
  return invalidValue("address.address", `an IPv6 address${hint}`, text);
}

/**
 * `length` is at least SOCKADDR_IN6_SIZE_RFC2133. A scope id and flow information of 0 are left out: they mean none.
 */
export function decodeInet6(bytes: Uint8Array, at: number, length: number): Inet6Address {
  const port = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  const flowInfo =
    (((bytes[at + 4] ?? 0) << 24) |
      ((bytes[at + 5] ?? 0) << 16) |
      ((bytes[at + 6] ?? 0) << 8) |
      (bytes[at + 7] ?? 0)) >>>
    0;
  const scopeId = length < SOCKADDR_IN6_SIZE ? 0 : uint32At(bytes, at + 24);
  return {
    family: AF_INET6,
    address: formatInet6(bytes, at + 8),
    port,
    ...(scopeId === 0 ? undefined : { scopeId }),
    ...(flowInfo === 0 ? undefined : { flowInfo }),
  };
}
