import { invalidType, invalidValue, outOfRange } from "../api/errors.ts";
import type { OptionCodec } from "./codec.ts";

/** Bytes of an interface's or an algorithm's name, with its NUL: IFNAMSIZ, TCP_CA_NAME_MAX. */
const NAME_SIZE = 16;
/** Room for a security label. */
const LABEL_SIZE = 1024;

/** Text up to its NUL, or to the end. */
function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** A short name: SO_BINDTODEVICE, TCP_CONGESTION, TCP_ULP. */
export const textCodec: OptionCodec<string> = {
  size: NAME_SIZE,
  encode(value, argument) {
    if (typeof value !== "string") throw invalidType(argument, "a string", value);
    if (value.includes("\0")) throw invalidValue(argument, "a name without a NUL", value);
    const bytes = new TextEncoder().encode(`${value}\0`);
    if (bytes.length > NAME_SIZE) throw outOfRange(argument, `a name of at most ${NAME_SIZE - 1} bytes`, value);
    return bytes;
  },
  decode: decodeText,
};

/** SO_PEERSEC. */
export const labelCodec: OptionCodec<string> = { size: LABEL_SIZE, decode: decodeText };
