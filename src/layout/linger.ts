import { invalidType } from "../api/errors.ts";
import type { Linger } from "../api/options.ts";
import { checkInteger, fieldsOf, INT_MAX } from "./argument.ts";
import { type OptionCodec, paddedView, viewOf } from "./codec.ts";

/** `struct linger`, SO_LINGER. */
export const LINGER = { size: 8, onoff: 0, linger: 4 } as const;

export const lingerCodec: OptionCodec<Linger> = {
  size: LINGER.size,
  encode(value, argument) {
    const { onoff, linger } = fieldsOf(argument, value, "{ onoff: boolean, linger: seconds }");
    if (typeof onoff !== "boolean") throw invalidType(`${argument}.onoff`, "a boolean", onoff);
    checkInteger(`${argument}.linger`, linger, 0, INT_MAX);
    const bytes = new Uint8Array(LINGER.size);
    viewOf(bytes).setInt32(LINGER.onoff, onoff ? 1 : 0, true);
    viewOf(bytes).setInt32(LINGER.linger, linger, true);
    return bytes;
  },
  decode(bytes) {
    const view = paddedView(bytes, LINGER.size);
    return { onoff: view.getInt32(LINGER.onoff, true) !== 0, linger: view.getInt32(LINGER.linger, true) };
  },
};
