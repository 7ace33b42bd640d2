/**
 * Sequence numbers are signed 32-bit integers that wrap. One is before another when their difference, wrapped, is
 * negative: RFC 9293 §3.4.
 */
export function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export function isAfter(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

/** How far `a` is behind `b`: negative when it is before. */
export function distance(a: number, b: number): number {
  return (a - b) | 0;
}

/** The later of two. */
export function later(a: number, b: number): number {
  return ((a - b) | 0) > 0 ? a : b;
}
