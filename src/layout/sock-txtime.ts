import type { TransmitTime } from "../api/options.ts";
import { checkInteger, fieldsOf, INT_MAX, UINT_MAX } from "./argument.ts";
import { type OptionCodec, paddedView, viewOf } from "./codec.ts";

/** `struct sock_txtime`, SO_TXTIME. */
export const SOCK_TXTIME = { size: 8, clockid: 0, flags: 4 } as const;

export const transmitTimeCodec: OptionCodec<TransmitTime> = {
  size: SOCK_TXTIME.size,
  encode(value, argument) {
    const { clockId, flags } = fieldsOf(argument, value, "{ clockId, flags }");
    checkInteger(`${argument}.clockId`, clockId, -INT_MAX - 1, INT_MAX);
    checkInteger(`${argument}.flags`, flags, 0, UINT_MAX);
    const bytes = new Uint8Array(SOCK_TXTIME.size);
    viewOf(bytes).setInt32(SOCK_TXTIME.clockid, clockId, true);
    viewOf(bytes).setUint32(SOCK_TXTIME.flags, flags, true);
    return bytes;
  },
  decode(bytes) {
    const view = paddedView(bytes, SOCK_TXTIME.size);
    return { clockId: view.getInt32(SOCK_TXTIME.clockid, true), flags: view.getUint32(SOCK_TXTIME.flags, true) };
  },
};
