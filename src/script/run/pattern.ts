/**
 * The bytes that stand for `...` in a payload: the one at each place of a stream is known, so that what arrives can be
 * compared, wherever a packet begins. The period is a prime, and no size of a segment is a multiple of it.
 */
export function patternBytes(offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) bytes[at] = patternByte(offset + at);
  return bytes;
}

const PERIOD = 251;

function patternByte(place: number): number {
  return ((place % PERIOD) + PERIOD) % PERIOD;
}

/** The first place where the bytes are not the stream's from `offset` on; -1 when they are. */
export function patternFault(offset: number, bytes: Uint8Array): number {
  return bytes.findIndex((byte, at) => byte !== patternByte(offset + at));
}
