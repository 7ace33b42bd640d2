import type { Inet4Address } from "../api/address.ts";
import { AF_INET } from "../api/constants.ts";
import { invalidType, invalidValue } from "../api/errors.ts";
import { formatInet4, parseInet4 } from "./inet4-text.ts";
import { beginSockaddr } from "./sockaddr-begin.ts";
import { checkUint } from "./uint.ts";

/** Bytes of `struct sockaddr_in`, ip(7). */
export const SOCKADDR_IN_SIZE = 16;

/** Family, port (network order), address, eight zero bytes. Runs once a datagram. */
export function encodeInet4(address: Inet4Address, target: Uint8Array, at: number): number {
  const { address: text, port } = address;
  checkUint("address.port", port, 0xffff);
  if (typeof text !== "string") throw invalidType("address.address", "a string", text);
  beginSockaddr(target, at, SOCKADDR_IN_SIZE, AF_INET);
  target[at + 2] = port >>> 8;
  target[at + 3] = port;
  if (!parseInet4(text, 0, text.length, target, at + 4)) throw notInet4(text);
  for (let i = at + 8; i < at + SOCKADDR_IN_SIZE; i++) target[i] = 0;
  return SOCKADDR_IN_SIZE;
}

function notInet4(text: string): TypeError {
  const hint = text.includes(":")
    ? "; an IPv6 address has the family AF_INET6"
    : " such as 127.0.0.1; names are looked up with getaddrinfo";
  return invalidValue("address.address", `an IPv4 address${hint}`, text);
}

export function decodeInet4(bytes: Uint8Array, at: number): Inet4Address {
  const port = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return { family: AF_INET, address: formatInet4(bytes, at + 4), port };
}
