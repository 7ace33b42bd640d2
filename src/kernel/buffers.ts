/* Several buffers as one: what readv(2) and sendmsg(2) take. */

/** The bytes of all buffers together. */
export function totalBytes(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((sum, piece) => sum + piece.length, 0);
}

/** What is left of the buffers after so many bytes. */
export function buffersAfter(buffers: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skip = bytes;
  const left: Uint8Array[] = [];
  for (const piece of buffers) {
    const skipped = Math.min(skip, piece.length);
    skip -= skipped;
    if (skipped < piece.length) left.push(piece.subarray(skipped));
  }
  return left;
}

/** The first so many bytes of the buffers, or all of them. */
export function firstBytes(buffers: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  const first: Uint8Array[] = [];
  let room = bytes;
  for (const piece of buffers) {
    if (room === 0) break;
    first.push(piece.length > room ? piece.subarray(0, room) : piece);
    room -= Math.min(piece.length, room);
  }
  return first;
}
