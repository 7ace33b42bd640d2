/**
 * Times of IGMPv3 and MLDv2 in one or two bytes: the lower half of the codes is the value itself, the upper half a
 * small floating-point number, 1 | exponent | mantissa (RFC 3376 §4.1.1 and §4.1.7, RFC 3810 §5.1.3).
 */
interface FloatingCode {
  /** The first code that is not the value itself. */
  readonly first: number;
  readonly mantissaBits: number;
}

const BYTE: FloatingCode = { first: 0x80, mantissaBits: 4 };
const SHORT: FloatingCode = { first: 0x8000, mantissaBits: 12 };

/** Bits of the exponent in both. */
const EXPONENT_BITS = 3;
const MAX_EXPONENT = 7;

function decode({ first, mantissaBits }: FloatingCode, code: number): number {
  if (code < first) return code;
  const mantissa = code & ((1 << mantissaBits) - 1);
  const exponent = (code >>> mantissaBits) & MAX_EXPONENT;
  return (mantissa | (1 << mantissaBits)) << (exponent + EXPONENT_BITS);
}

/** The largest code whose value is not above `value`. */
function encode({ first, mantissaBits }: FloatingCode, value: number): number {
  if (value < first) return Math.max(0, Math.floor(value));
  const whole = 1 << mantissaBits;
  let exponent = 0;
  while (exponent < MAX_EXPONENT && value >= (whole * 2) << (exponent + EXPONENT_BITS)) exponent++;
  const mantissa = Math.min(Math.floor(value / (1 << (exponent + EXPONENT_BITS))), whole * 2 - 1);
  return first | (exponent << mantissaBits) | (mantissa & (whole - 1));
}

/** The value of a code of one byte: tenths of a second in IGMPv3's Max Resp Code, seconds in a Querier's Interval. */
export function decodeByteCode(code: number): number {
  return decode(BYTE, code);
}

/** The code of one byte for a value, rounded down; the largest one stands for 31,744. */
export function encodeByteCode(value: number): number {
  return encode(BYTE, value);
}

/** The value of a code of two bytes: milliseconds in MLDv2's Maximum Response Code. */
export function decodeShortCode(code: number): number {
  return decode(SHORT, code);
}

/** The code of two bytes for a value, rounded down; the largest one stands for 8,387,584. */
export function encodeShortCode(value: number): number {
  return encode(SHORT, value);
}
