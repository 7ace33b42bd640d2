import { invalidType, outOfRange } from "../api/errors.ts";
import { checkInteger, INT_MAX, UINT_MAX } from "./argument.ts";
import { type OptionCodec, paddedView, viewOf } from "./codec.ts";

const ALL_ONES = 0xffffffffffffffffn;

function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setInt32(0, value, true);
  return bytes;
}

/** Eight bytes, or the four that an older kernel gave. */
function unsigned64(bytes: Uint8Array): bigint {
  return paddedView(bytes, 8).getBigUint64(0, true);
}

function encode64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, value, true);
  return bytes;
}

/** An `int` that is 0 or 1; programs in C's manner may write the number. */
export const booleanCodec: OptionCodec<boolean> = {
  size: 4,
  encode(value, argument) {
    if (value !== 0 && value !== 1 && typeof value !== "boolean")
      throw invalidType(argument, "a boolean, 0 or 1", value);
    return int32(Number(value));
  },
  decode: (bytes) => bytes.some((byte) => byte !== 0),
};

/** An `int`; some options give a single byte. */
export const integerCodec: OptionCodec<number> = {
  size: 4,
  encode(value, argument) {
    checkInteger(argument, value, -INT_MAX - 1, INT_MAX);
    return int32(value);
  },
  decode: (bytes) => paddedView(bytes, 4).getInt32(0, true),
};

/** An `unsigned int`. */
export const unsignedCodec: OptionCodec<number> = {
  size: 4,
  encode(value, argument) {
    checkInteger(argument, value, 0, UINT_MAX);
    return int32(value);
  },
  decode: (bytes) => paddedView(bytes, 4).getUint32(0, true),
};

/** An `unsigned long long` that is a size. */
export const sizeCodec: OptionCodec<number> = {
  size: 8,
  encode(value, argument) {
    checkInteger(argument, value, 0, Number.MAX_SAFE_INTEGER);
    return encode64(BigInt(value));
  },
  decode: (bytes) => Number(unsigned64(bytes)),
};

/** An `unsigned long long` that is an identity. */
export const cookieCodec: OptionCodec<bigint> = { size: 8, decode: unsigned64 };

/** SO_MAX_PACING_RATE: an `unsigned long`, all ones for no limit. Before Linux 4.20 only its first four bytes count. */
export const rateCodec: OptionCodec<number> = {
  size: 8,
  encode(value, argument) {
    if (value === Infinity) return encode64(ALL_ONES);
    if (typeof value !== "number") throw invalidType(argument, "a number", value);
    if (!Number.isSafeInteger(value) || value < 0) {
      throw outOfRange(argument, "bytes per second: an integer from 0, or Infinity", value);
    }
    return encode64(BigInt(value));
  },
  decode(bytes) {
    const none = bytes.length === 4 ? BigInt(UINT_MAX) : ALL_ONES;
    const rate = unsigned64(bytes);
    return rate === none ? Infinity : Number(rate);
  },
};

/** An interface's index in network order: IP_UNICAST_IF. */
export const interfaceIndexCodec: OptionCodec<number> = {
  size: 4,
  encode(value, argument) {
    checkInteger(argument, value, 0, INT_MAX);
    const bytes = new Uint8Array(4);
    viewOf(bytes).setUint32(0, value, false);
    return bytes;
  },
  decode: (bytes) => paddedView(bytes, 4).getUint32(0, false),
};

/** IP_LOCAL_PORT_RANGE: the lower end in the low half, the upper one in the high half. */
export const portRangeCodec: OptionCodec<{ lower: number; upper: number }> = {
  size: 4,
  encode(value, argument) {
    if (typeof value !== "object" || value === null || !("lower" in value) || !("upper" in value)) {
      throw invalidType(argument, "an object { lower, upper }", value);
    }
    checkInteger(`${argument}.lower`, value.lower, 0, 0xffff);
    checkInteger(`${argument}.upper`, value.upper, 0, 0xffff);
    const bytes = new Uint8Array(4);
    viewOf(bytes).setUint16(0, value.lower, true);
    viewOf(bytes).setUint16(2, value.upper, true);
    return bytes;
  },
  decode(bytes) {
    const view = paddedView(bytes, 4);
    return { lower: view.getUint16(0, true), upper: view.getUint16(2, true) };
  },
};
