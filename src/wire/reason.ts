/**
 * Why bytes are not what they should be: what every parser of this folder returns. Parsers never throw, so that a
 * packet from anybody costs a comparison and no more.
 */

/** The header was filled. */
export const OK = 0;
/** The bytes end before the format does. */
export const TRUNCATED = 1;
/** A length field contradicts the format, or the bytes that are there. */
export const BAD_LENGTH = 2;
/** The version field names another protocol. */
export const BAD_VERSION = 3;
/** The checksum is wrong. */
export const BAD_CHECKSUM = 4;
/** It is legal, and of a kind that this stack does not speak. */
export const UNSUPPORTED = 5;
/** An option's own length or value is not legal. */
export const BAD_OPTION = 6;
/** An IPv6 option that nobody here knows, and whose type says that the packet must not pass. */
export const UNRECOGNIZED_OPTION = 7;
/** An IPv6 header stands where none of its kind may. */
export const UNRECOGNIZED_HEADER = 8;
/** An IPv6 routing header of an unknown type wants to be followed. */
export const UNRECOGNIZED_ROUTING = 9;
/** A compressed name points forward, or round in a circle. */
export const BAD_POINTER = 10;
/** More of them than the named limit. */
export const TOO_MANY = 11;
/** A field holds what the format forbids. */
export const BAD_VALUE = 12;

const TEXTS: readonly string[] = [
  "ok",
  "truncated",
  "bad length",
  "bad version",
  "bad checksum",
  "unsupported",
  "bad option",
  "unrecognized option",
  "unrecognized next header",
  "unrecognized routing type",
  "bad name pointer",
  "too many",
  "bad value",
];

/** A reason for people: "bad checksum". */
export function reasonText(reason: number): string {
  return TEXTS[reason] ?? `reason ${reason}`;
}
