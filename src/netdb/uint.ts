import { invalidType, outOfRange } from "../api/errors.ts";

/** Throws unless `value` is an integer from 0 to `largest`; `argument` is the name that the error gives it. */
export function checkUint(argument: string, value: unknown, largest: number): asserts value is number {
  if (typeof value !== "number") throw invalidType(argument, "a number", value);
  if (!Number.isInteger(value) || value < 0 || value > largest) {
    throw outOfRange(argument, `an integer from 0 to ${largest}`, value);
  }
}
