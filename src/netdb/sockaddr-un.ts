import type { UnixAddress } from "../api/address.ts";
import { AF_UNIX } from "../api/constants.ts";
import { invalidType, invalidValue, outOfRange } from "../api/errors.ts";
import { beginSockaddr } from "./sockaddr-begin.ts";

/** Bytes of `struct sockaddr_un`, unix(7). */
export const SOCKADDR_UN_SIZE = 110;
/** Bytes of its `sun_path`. */
export const SUN_PATH_SIZE = 108;

const PATH = 2; // offsetof(struct sockaddr_un, sun_path)
const encoder = new TextEncoder();
// A byte order mark is a part of the name like any other.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Family and path. A file's path ends with a NUL, unless it fills `sun_path`, as Linux allows; a name in the abstract
 * namespace begins with one and ends where the length says; no path at all is the family alone.
 */
export function encodeUnix(address: UnixAddress, target: Uint8Array, at: number): number {
  const path = pathBytes(address.path);
  const isFile = path.length > 0 && path[0] !== 0;
  if (isFile && path.includes(0)) {
    throw invalidValue("address.path", "a path without a NUL (only a leading one, for an abstract name)", address.path);
  }
  if (path.length > SUN_PATH_SIZE) {
    throw outOfRange("address.path", `at most ${SUN_PATH_SIZE} bytes (sun_path)`, `${path.length} bytes`);
  }
  const terminator = isFile && path.length < SUN_PATH_SIZE ? 1 : 0;
  const length = PATH + path.length + terminator;
  beginSockaddr(target, at, length, AF_UNIX);
  target.set(path, at + PATH);
  if (terminator === 1) target[at + length - 1] = 0;
  return length;
}

function pathBytes(path: string | Uint8Array): Uint8Array {
  if (path instanceof Uint8Array) return path;
  if (typeof path !== "string") throw invalidType("address.path", "a string or a Uint8Array", path);
  // Encoding would turn half a surrogate pair into another character, and so name another file.
  if (/\p{Surrogate}/u.test(path)) {
    throw invalidValue("address.path", "well-formed text; other bytes are given as a Uint8Array", path);
  }
  return encoder.encode(path);
}

/** `undefined` for more bytes than `sun_path` has. `length` counts the family. */
export function decodeUnix(bytes: Uint8Array, at: number, length: number): UnixAddress | undefined {
  let path = bytes.subarray(at + PATH, at + length);
  const nul = path.indexOf(0);
  if (nul > 0) path = path.subarray(0, nul);
  if (path.length > SUN_PATH_SIZE) return undefined;
  try {
    return { family: AF_UNIX, path: decoder.decode(path) };
  } catch {
    return { family: AF_UNIX, path: Uint8Array.from(path) };
  }
}
