import { outOfRange } from "../api/errors.ts";

/** Checks how many of something there are to be. Errors: ERR_OUT_OF_RANGE. */
export function checkCount(name: string, count: number, least: number, most: number): number {
  if (Number.isInteger(count) && count >= least && count <= most) return count;
  throw outOfRange(name, `an integer from ${least} to ${most}`, count);
}
