/**
 * The bytes that stand for `...` in a payload: the one at each place of a stream is known, so that what arrives can be
 * compared, wherever a packet begins. The period is a prime, and no size of a segment is a multiple of it.
 */
export function patternBytes(offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let from = phase(offset); at < length; from = 0) {
    const piece = PATTERN.subarray(from, from + length - at);
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

const PERIOD = 251;
const PATTERN: Uint8Array = Uint8Array.from({ length: PERIOD }, (_, place) => place);

function phase(place: number): number {
  return ((place % PERIOD) + PERIOD) % PERIOD;
}

/** The first place where the bytes are not the stream's from `offset` on; -1 when they are. */
export function patternFault(offset: number, bytes: Uint8Array): number {
  let from = phase(offset);
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] !== from) return at;
    from = from + 1 === PERIOD ? 0 : from + 1;
  }
  return -1;
}
