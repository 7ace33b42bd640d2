const DOT = 0x2e;
const ZERO = 0x30;

/**
 * Reads four decimal parts from `text[start, end)` into `target[at, at + 4)`: the form that inet_pton(3) takes,
 * without leading zeros. Returns whether the text had that form; `target` is only meaningful when it had.
 * Runs once a datagram, so it allocates nothing.
 */
export function parseInet4(text: string, start: number, end: number, target: Uint8Array, at: number): boolean {
  let part = 0;
  let value = -1; // -1: no digit of this part seen yet
  for (let i = start; i < end; i++) {
    const char = text.charCodeAt(i);
    const digit = char - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (value === 0) return false;
      value = value < 0 ? digit : value * 10 + digit;
      if (value > 255) return false;
    } else if (char === DOT && value >= 0 && part < 3) {
      target[at + part++] = value;
      value = -1;
    } else return false;
  }
  if (part !== 3 || value < 0) return false;
  target[at + 3] = value;
  return true;
}

/** The dotted text of the four bytes at `at`. The caller knows that they are there. */
export function formatInet4(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}
