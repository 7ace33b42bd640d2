import { MSG_OOB, MSG_PEEK, MSG_TRUNC } from "../../api/constants.ts";
import type { Expression } from "../language/tree.ts";
import type { Comparison } from "../run/difference.ts";
import { patternBytes, patternFault } from "../run/pattern.ts";
import type { Session } from "../run/session.ts";
import type { Arguments } from "./arguments.ts";

/** More than any script moves in one call; a length beyond it is a slip. */
const MAX_BYTES = 64 * 1024 * 1024;

export function checkedLength(args: Arguments, length: number): number {
  if (!Number.isInteger(length) || length < 0 || length > MAX_BYTES) throw args.fault(`${length} is no length`);
  return length;
}

/** The bytes to send: a string's, or the stream's own pattern for `...`. */
export function dataToSend(
  session: Session,
  args: Arguments,
  fd: number,
  data: Expression | undefined,
  length: number,
): Uint8Array {
  checkedLength(args, length);
  if (data?.kind === "ellipsis") return patternBytes(session.isStream(fd) ? session.place(fd).written : 0, length);
  if (data?.kind !== "string") throw args.fault('the data is ... or a string: "…"');
  if (session.isStream(fd)) session.writesPattern = false;
  return latin1(data.text).subarray(0, length);
}

export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Compares what was read with a string of the script, or with the pattern, and moves on in the stream. */
export function receivedBytes(
  session: Session,
  args: Arguments,
  fd: number,
  expected: Expression | undefined,
  bytes: Uint8Array,
  flags = 0,
): Comparison[] {
  if (expected?.kind !== "ellipsis" && expected?.kind !== "string") throw args.fault("the buffer is ... or a string");
  const place = session.place(fd);
  const offset = session.isStream(fd) ? place.read : 0;
  const isPattern = expected.kind === "ellipsis";
  if ((flags & (MSG_PEEK | MSG_OOB)) === 0) place.read += bytes.length;
  if (!isPattern) {
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const same = expected.open ? text.startsWith(expected.text) : text === expected.text;
    return [{ field: "data", expected: JSON.stringify(expected.text), actual: JSON.stringify(text), differs: !same }];
  }
  const unchecked = !session.readsPattern || (flags & (MSG_OOB | MSG_TRUNC)) !== 0;
  const fault = unchecked ? -1 : patternFault(offset, bytes);
  if (fault < 0) return [];
  const at = `byte ${offset + fault} of the stream`;
  return [{ field: "data", expected: `${at} as it was sent`, actual: "another", differs: true }];
}
