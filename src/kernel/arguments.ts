import { invalidType, invalidValue, outOfRange } from "../api/errors.ts";

/** Refuses what is no memory. A Buffer is a Uint8Array. */
export function checkBytes(argument: string, value: unknown): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw invalidType(argument, "a Uint8Array (a Buffer is one)", value);
  if (value.length === 0 && isDetached(value)) throw invalidValue(argument, "memory that was not transferred", value);
}

/** Memory that was transferred has no bytes; a length of 0 alone does not tell it from memory of no bytes. */
function isDetached(memory: Uint8Array): boolean {
  try {
    return new Uint8Array(memory.buffer).length < 0;
  } catch {
    return true;
  }
}

/** Refuses what is no array. It does not narrow: what is in it is checked one by one. */
export function checkArray(argument: string, accepted: string, value: unknown): void {
  if (!Array.isArray(value)) throw invalidType(argument, accepted, value);
}

/** Refuses what is no list of memory; at most IOV_MAX pieces, as Linux takes. */
export function checkVectors(argument: string, value: unknown): asserts value is readonly Uint8Array[] {
  if (!Array.isArray(value)) throw invalidType(argument, "an array of Uint8Arrays", value);
  if (value.length > 1024) throw outOfRange(`${argument}.length`, "at most 1024 (IOV_MAX)", value.length);
  for (const [index, piece] of value.entries()) checkBytes(`${argument}[${index}]`, piece);
}

/** Refuses what is no 32-bit integer: flags, levels, names, families. */
export function checkInteger(argument: string, value: unknown): asserts value is number {
  if (typeof value !== "number") throw invalidType(argument, "an integer", value);
  if (!Number.isInteger(value) || value < -0x80000000 || value > 0xffffffff) {
    throw outOfRange(argument, "a 32-bit integer", value);
  }
}

/** Refuses what is no time to wait: milliseconds, -1 or Infinity for ever. Returns what poll(2) takes. */
export function checkTimeout(argument: string, value: unknown): number {
  if (typeof value !== "number") throw invalidType(argument, "a number of milliseconds", value);
  if (Number.isNaN(value)) throw outOfRange(argument, "a number of milliseconds, or -1 for ever", value);
  if (value < 0 || value === Infinity) return -1;
  return Math.min(Math.ceil(value), 0x7fffffff);
}

/** Refuses what is no AbortSignal. */
export function checkSignal(signal: unknown): asserts signal is AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalidType("signal", "an AbortSignal", signal);
}

/** The largest descriptor number Linux can give: `fs.nr_open` is bounded by it. */
const MAX_FD = 0x7fffffff;

/** Refuses what cannot be a descriptor before the kernel is asked. */
export function checkDescriptor(fd: unknown, argument: string = "fd"): asserts fd is number {
  if (typeof fd !== "number") throw invalidType(argument, "an integer (a file descriptor)", fd);
  if (!Number.isInteger(fd) || fd < 0 || fd > MAX_FD) {
    throw outOfRange(argument, "an integer (a file descriptor) from 0 to 2147483647", fd);
  }
}

/** Refuses what is no handler of a flow. */
export function checkHandler(handler: unknown, method: string): void {
  if (typeof handler !== "object" || handler === null)
    throw invalidType("handler", `an object with ${method}()`, handler);
  if (typeof (handler as Record<string, unknown>)[method] !== "function") {
    throw invalidValue("handler", `an object with ${method}()`, handler);
  }
}
