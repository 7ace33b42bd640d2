import { INADDR_NONE } from "../api/constants.ts";
import { invalidType } from "../api/errors.ts";
import { htonl, ntohl } from "./byte-order.ts";
import { checkUint } from "./uint.ts";

// Networks by class, as they were before CIDR (RFC 4632 §3.1). Old programs and textbooks have these; new ones have
// prefixes.

/** How many bits of an address are the host's, by the class that the address's first bits say (RFC 791 §2.3). */
function hostBits(address: number): number {
  if (address >>> 31 === 0) return 24;
  return address >>> 30 === 0b10 ? 16 : 8;
}

/**
 * Reads a network number from text, exactly as glibc: inet_network(3).
 * One to four parts of at most 255, decimal, octal ("0…") or hexadecimal ("0x…"), each one byte.
 * Returns a number in host order ("127.1" is 0x7f01), or INADDR_NONE where C returns -1.
 * Errors: ERR_INVALID_ARG_TYPE. Needs no kernel.
 *
 * @example
 * inet_network("192.168.1") === 0xc0a801; // true
 */
export function inet_network(text: string): number {
  if (typeof text !== "string") throw invalidType("text", "a string", text);
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  const parts = text.slice(0, end).split(".", 5);
  if (parts.length > 4) return INADDR_NONE;
  let network = 0;
  for (const part of parts) {
    const value = networkPart(part);
    if (value === undefined || value > 0xff) return INADDR_NONE;
    network = (network << 8) | value;
  }
  return network >>> 0;
}

function isSpace(char: number): boolean {
  return char === 0x20 || (char >= 0x09 && char <= 0x0d);
}

/** As glibc: the "0" before "x" may be missing, and a number too large for 32 bits wraps around. */
function networkPart(part: string): number | undefined {
  const digits = /^(?:0?[xX](?<hex>[0-9a-fA-F]+)|0(?<octal>[0-7]*)|(?<decimal>[1-9][0-9]*))$/.exec(part)?.groups;
  if (digits === undefined) return undefined;
  const base = digits["hex"] === undefined ? (digits["octal"] === undefined ? 10 : 8) : 16;
  let value = 0;
  for (const digit of digits["hex"] ?? digits["octal"] ?? digits["decimal"] ?? "") {
    value = (value * base + Number.parseInt(digit, 16)) >>> 0;
  }
  return value;
}

/**
 * Puts a network number and a host number together: inet_makeaddr(3).
 * Both are integers from 0 to 4294967295 in host order. Returns C's number of the address (see `inet_addr`).
 * Errors: ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. Needs no kernel.
 *
 * @example
 * inet_ntoa(inet_makeaddr(127, 1)); // "127.0.0.1"
 */
export function inet_makeaddr(network: number, host: number): number {
  checkUint("network", network, 0xffffffff);
  checkUint("host", host, 0xffffffff);
  const bits = network < 0x80 ? 24 : network < 0x10000 ? 16 : network < 0x1000000 ? 8 : 0;
  const hostPart = bits === 0 ? host : host & (2 ** bits - 1);
  return htonl(((network << bits) | hostPart) >>> 0);
}

/**
 * The host's part of an address, by its class: inet_lnaof(3).
 * `address` is C's number (see `inet_addr`). Returns a number in host order.
 * Errors: ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. Needs no kernel.
 *
 * @example
 * inet_lnaof(inet_addr("192.168.1.7")); // 7
 */
export function inet_lnaof(address: number): number {
  checkUint("address", address, 0xffffffff);
  const value = ntohl(address);
  return value & (2 ** hostBits(value) - 1);
}

/**
 * The network's part of an address, by its class: inet_netof(3).
 * `address` is C's number (see `inet_addr`). Returns a number in host order.
 * Errors: ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. Needs no kernel.
 *
 * @example
 * inet_netof(inet_addr("192.168.1.7")) === 0xc0a801; // true
 */
export function inet_netof(address: number): number {
  checkUint("address", address, 0xffffffff);
  const value = ntohl(address);
  return value >>> hostBits(value);
}
