import { AF_INET, AF_INET6 } from "../api/constants.ts";
import { invalidType, invalidValue, outOfRange } from "../api/errors.ts";
import { inet_pton } from "../netdb/inet.ts";

/** Throws unless `value` is an integer within the range. */
export function checkInteger(argument: string, value: unknown, least: number, most: number): asserts value is number {
  if (typeof value !== "number") throw invalidType(argument, "a number", value);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw outOfRange(argument, `an integer from ${least} to ${most}`, value);
  }
}

/** The largest `int` and `unsigned int`. */
export const INT_MAX = 0x7fffffff;
export const UINT_MAX = 0xffffffff;

/** An interface's index; 0, which stands for any, when it is left out. */
export function interfaceIndex(argument: string, value: unknown): number {
  if (value === undefined) return 0;
  checkInteger(argument, value, 0, INT_MAX);
  return value;
}

/** The fields of an object; `accepted` shows its shape. */
export function fieldsOf(argument: string, value: unknown, accepted: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidType(argument, `an object ${accepted}`, value);
  }
  return value as Record<string, unknown>;
}

/** The elements of an array, at most as many. */
export function elementsOf(argument: string, value: unknown, what: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidType(argument, `an array of ${what}`, value);
  if (value.length > most) throw outOfRange(`${argument}.length`, `at most ${most}`, value.length);
  return value as unknown[];
}

/** The four bytes of an IPv4 address. */
export function inet4Bytes(argument: string, value: unknown): Uint8Array {
  return addressBytes(argument, value, AF_INET, "an IPv4 address");
}

/** The sixteen bytes of an IPv6 address. */
export function inet6Bytes(argument: string, value: unknown): Uint8Array {
  return addressBytes(argument, value, AF_INET6, "an IPv6 address without a zone");
}

function addressBytes(argument: string, value: unknown, family: number, accepted: string): Uint8Array {
  if (typeof value !== "string") throw invalidType(argument, `${accepted} as a string`, value);
  const bytes = inet_pton(family, value);
  if (bytes === undefined) throw invalidValue(argument, accepted, value);
  return bytes;
}
