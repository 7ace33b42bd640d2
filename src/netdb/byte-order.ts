import { checkUint } from "./uint.ts";

// The network's order is big-endian (RFC 1700); every machine that dialtone runs on is little-endian,
// so each of these turns the bytes around, and each is its own inverse.

/**
 * Turns a 16-bit number from the host's byte order to the network's: htons(3).
 * `value` is an integer from 0 to 65535. Returns the number whose bytes in memory, written in host order, are in
 * network order. Ports in addresses here are in host order already; this is for bytes that a program lays out itself.
 * Errors: ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. Needs no kernel.
 *
 * @example
 * htons(7).toString(16); // "700"
 */
export function htons(value: number): number {
  checkUint("value", value, 0xffff);
  return ((value & 0xff) << 8) | (value >>> 8);
}

/**
 * Turns a 32-bit number from the host's byte order to the network's: htonl(3).
 * `value` is an integer from 0 to 4294967295; so is the result.
 * Errors: ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. Needs no kernel.
 *
 * @example
 * htonl(0x7f000001) === inet_addr("127.0.0.1"); // true
 */
export function htonl(value: number): number {
  checkUint("value", value, 0xffffffff);
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/**
 * Turns a 16-bit number from the network's byte order to the host's: ntohs(3). The same as {@link htons}, said the
 * other way. Errors: ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. Needs no kernel.
 *
 * @example
 * ntohs(htons(8080)); // 8080
 */
export function ntohs(value: number): number {
  return htons(value);
}

/**
 * Turns a 32-bit number from the network's byte order to the host's: ntohl(3). The same as {@link htonl}, said the
 * other way. Errors: ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. Needs no kernel.
 *
 * @example
 * ntohl(inet_addr("127.0.0.1")).toString(16); // "7f000001"
 */
export function ntohl(value: number): number {
  return htonl(value);
}
