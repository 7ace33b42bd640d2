/** Copies bytes into several buffers, from `at` of them all on. They have room. */
export function copyOut(
  from: Uint8Array,
  offset: number,
  length: number,
  buffers: readonly Uint8Array[],
  at: number,
): void {
  let [skip, source, left] = [at, offset, length];
  for (const buffer of buffers) {
    if (left === 0) return;
    if (skip >= buffer.length) {
      skip -= buffer.length;
      continue;
    }
    const part = Math.min(left, buffer.length - skip);
    buffer.set(from.subarray(source, source + part), skip);
    source += part;
    left -= part;
    skip = 0;
  }
}

/** A copy of `length` bytes of several buffers, from `at` of them all on. */
export function gather(buffers: readonly Uint8Array[], at: number, length: number): Uint8Array {
  const data = new Uint8Array(length);
  gatherInto(buffers, at, length, data, 0);
  return data;
}

/** Copies `length` bytes of several buffers, from `at` of them all on, to `target`. */
export function gatherInto(
  buffers: readonly Uint8Array[],
  at: number,
  length: number,
  target: Uint8Array,
  offset: number,
): void {
  let [skip, filled] = [at, 0];
  for (const buffer of buffers) {
    if (filled === length) return;
    if (skip >= buffer.length) {
      skip -= buffer.length;
      continue;
    }
    const part = Math.min(length - filled, buffer.length - skip);
    target.set(buffer.subarray(skip, skip + part), offset + filled);
    filled += part;
    skip = 0;
  }
}
