import { AF_INET, AF_INET6 } from "../api/constants.ts";
import { invalidType, outOfRange, systemError } from "../api/errors.ts";
import { formatInet4, parseInet4 } from "./inet4-text.ts";
import { formatInet6, parseInet6 } from "./inet6-text.ts";

/** Bytes of an IPv4 address. */
export const INET4_LENGTH = 4;
/** Bytes of an IPv6 address. */
export const INET6_LENGTH = 16;

/**
 * Turns the text of an IPv4 or IPv6 address into its bytes, exactly as glibc: inet_pton(3).
 * `family` is AF_INET (four decimal parts, no leading zeros) or AF_INET6 (RFC 4291 §2.2, no scope id).
 * Returns 4 or 16 bytes in network order, or `undefined` where C returns 0: the text is not an address of that family.
 * Text with a NUL in it is none, since C could not be given it.
 * Errors: EAFNOSUPPORT (another family); ERR_INVALID_ARG_TYPE. Needs no kernel.
 *
 * @example
 * inet_pton(AF_INET, "127.0.0.1"); // Uint8Array [ 127, 0, 0, 1 ]
 * inet_pton(AF_INET, "0x7f.1"); // undefined: that form is for inet_aton
 * inet_pton(AF_INET6, "::ffff:10.0.0.1")?.length; // 16
 */
export function inet_pton(family: number, text: string): Uint8Array | undefined {
  const length = addressLength("inet_pton", family);
  if (typeof text !== "string") throw invalidType("text", "a string", text);
  const bytes = new Uint8Array(length);
  const parse = length === INET4_LENGTH ? parseInet4 : parseInet6;
  return parse(text, 0, text.length, bytes, 0) ? bytes : undefined;
}

/**
 * Turns the bytes of an IPv4 or IPv6 address into text, exactly as glibc: inet_ntop(3).
 * `bytes` are in network order: 4 of them for AF_INET, 16 for AF_INET6.
 * Returns the shortest text: the first longest run of zero groups is "::"; mapped and compatible addresses end in
 * dotted decimal. Errors: EAFNOSUPPORT (another family); ERR_INVALID_ARG_TYPE; ERR_OUT_OF_RANGE (another number of
 * bytes). Needs no kernel.
 *
 * @example
 * inet_ntop(AF_INET6, new Uint8Array(16)); // "::"
 */
export function inet_ntop(family: number, bytes: Uint8Array): string {
  const length = addressLength("inet_ntop", family);
  if (!(bytes instanceof Uint8Array)) throw invalidType("bytes", "a Uint8Array", bytes);
  if (bytes.length !== length) throw outOfRange("bytes.length", `${length} for this family`, bytes.length);
  return length === INET4_LENGTH ? formatInet4(bytes, 0) : formatInet6(bytes, 0);
}

function addressLength(syscall: string, family: number): number {
  if (typeof family !== "number") throw invalidType("family", "a number", family);
  if (family === AF_INET) return INET4_LENGTH;
  if (family === AF_INET6) return INET6_LENGTH;
  throw systemError(syscall, "EAFNOSUPPORT");
}
