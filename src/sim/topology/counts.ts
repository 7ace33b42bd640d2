import { outOfRange } from "../../api/errors.ts";

/** Checks how many of something a topology has. Errors: ERR_OUT_OF_RANGE. */
export function checkCount(name: string, count: number, most: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw outOfRange(name, `an integer from 1 to ${most}`, count);
}

/** The numbers from 1 to `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
