import { INADDR_NONE } from "../api/constants.ts";
import { invalidType, outOfRange } from "../api/errors.ts";
import { INET4_LENGTH } from "./inet.ts";
import { formatInet4 } from "./inet4-text.ts";
import { checkUint } from "./uint.ts";

/** One part: "0x" and hexadecimal, "0" and octal, or decimal. A bare "0x" has no digits and is none. */
const PART = /0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*/y;
/** The most that the last part may be, by how many come before it. */
const LAST_PART = [0xffffffff, 0xffffff, 0xffff, 0xff] as const;
const SPACE = /[ \t\n\v\f\r]/;

/**
 * Turns the classic text of an IPv4 address into its bytes, exactly as glibc: inet_aton(3).
 * One to four parts, each decimal, octal ("0…") or hexadecimal ("0x…"); the last one fills the bytes that are left, so
 * "127.1" is 127.0.0.1. As in glibc, what follows white space after the address is ignored.
 * Returns four bytes in network order, or `undefined` where C returns 0. Text with a NUL in it is no address.
 * Where the text comes from people, prefer `inet_pton`: it takes one form only.
 * Errors: ERR_INVALID_ARG_TYPE. Needs no kernel.
 *
 * @example
 * inet_aton("0x7f.1"); // Uint8Array [ 127, 0, 0, 1 ]
 */
export function inet_aton(text: string): Uint8Array | undefined {
  if (typeof text !== "string") throw invalidType("text", "a string", text);
  if (text.includes("\0")) return undefined;
  const parts = readParts(text);
  if (parts === undefined) return undefined;
  const last = parts.pop() ?? 0;
  if (last > (LAST_PART[parts.length] ?? -1)) return undefined;
  const bytes = new Uint8Array(INET4_LENGTH);
  bytes.set(parts);
  for (let i = INET4_LENGTH - 1, rest = last; i >= parts.length; i--, rest >>>= 8) bytes[i] = rest & 0xff;
  return bytes;
}

/** One to four numbers with dots between them, all but the last at most 255, up to the end or white space. */
function readParts(text: string): number[] | undefined {
  const parts: number[] = [];
  for (let at = 0; ;) {
    PART.lastIndex = at;
    const digits = PART.exec(text)?.[0];
    if (digits === undefined) return undefined;
    const value = partValue(digits);
    parts.push(value);
    at += digits.length;
    if (text[at] !== ".") return at === text.length || SPACE.test(text.charAt(at)) ? parts : undefined;
    if (parts.length === 4 || value > 0xff) return undefined;
    at++;
  }
}

function partValue(digits: string): number {
  const octal = digits.startsWith("0") && !/[xX]/.test(digits);
  return octal ? Number.parseInt(digits, 8) : Number(digits);
}

/**
 * Turns the classic text of an IPv4 address into C's 32-bit number: inet_addr(3), with {@link inet_aton}'s text.
 * Returns the number whose bytes in memory are the address in network order (so 127.0.0.1 is 0x0100007f), or
 * INADDR_NONE where C returns -1. 255.255.255.255 is that number too: prefer `inet_aton` or `inet_pton`.
 * Errors: ERR_INVALID_ARG_TYPE. Needs no kernel.
 *
 * @example
 * inet_addr("127.0.0.1") === 0x0100007f; // true
 */
export function inet_addr(text: string): number {
  const bytes = inet_aton(text);
  return bytes === undefined ? INADDR_NONE : new DataView(bytes.buffer).getUint32(0, true);
}

/**
 * Turns an IPv4 address into dotted decimal: inet_ntoa(3).
 * `address` is four bytes in network order, or the number that {@link inet_addr} gives for them. Returns the text.
 * Errors: ERR_INVALID_ARG_TYPE; ERR_OUT_OF_RANGE (not four bytes, not a 32-bit number). Needs no kernel.
 *
 * @example
 * inet_ntoa(inet_addr("10.1")); // "10.0.0.1"
 */
export function inet_ntoa(address: Uint8Array | number): string {
  if (typeof address === "number") {
    checkUint("address", address, 0xffffffff);
    return `${address & 0xff}.${(address >>> 8) & 0xff}.${(address >>> 16) & 0xff}.${address >>> 24}`;
  }
  if (!(address instanceof Uint8Array)) throw invalidType("address", "a Uint8Array or a number", address);
  if (address.length !== INET4_LENGTH) throw outOfRange("address.length", "4", address.length);
  return formatInet4(address, 0);
}
