import { invalidType, outOfRange } from "../api/errors.ts";
import { type OptionCodec, paddedView, viewOf } from "./codec.ts";

/** `struct timeval`: seconds and microseconds. */
export const TIMEVAL = { size: 16, sec: 0, usec: 8 } as const;

/** The longest time whose microseconds are exact: 285 years. */
const LONGEST_MS = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

/** Milliseconds as a `struct timeval`. What is not 0 does not become 0, which would be no limit. */
export const millisecondsCodec: OptionCodec<number> = {
  size: TIMEVAL.size,
  encode(value, argument) {
    if (typeof value !== "number") throw invalidType(argument, "a number of milliseconds", value);
    if (!(value >= 0 && value <= LONGEST_MS)) throw outOfRange(argument, `from 0 to ${LONGEST_MS} ms`, value);
    const us = value === 0 ? 0 : Math.max(1, Math.round(value * 1000));
    const bytes = new Uint8Array(TIMEVAL.size);
    const view = viewOf(bytes);
    view.setBigInt64(TIMEVAL.sec, BigInt(Math.floor(us / 1_000_000)), true);
    view.setBigInt64(TIMEVAL.usec, BigInt(us % 1_000_000), true);
    return bytes;
  },
  decode(bytes) {
    const view = paddedView(bytes, TIMEVAL.size);
    const us = view.getBigInt64(TIMEVAL.sec, true) * 1_000_000n + view.getBigInt64(TIMEVAL.usec, true);
    return Number(us) / 1000;
  },
};
