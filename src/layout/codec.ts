/**
 * How the value of one kind of option lies in memory.
 * A kind that is only read has no `encode`, one that is only written no `decode`.
 */
export interface OptionCodec<Value> {
  /** Room for what `getsockopt` writes. */
  readonly size: number;
  /** `argument` is the value's name in the errors that a wrong one throws. */
  encode?(value: unknown, argument: string): Uint8Array;
  /** `bytes` are those that the kernel wrote: fewer than `size` on an older one. */
  decode?(bytes: Uint8Array): Value;
}

/** The bytes as a view of their own. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A view of the bytes, with zeros where a shorter structure ends. */
export function paddedView(bytes: Uint8Array, size: number): DataView {
  if (bytes.length >= size) return viewOf(bytes);
  const padded = new Uint8Array(size);
  padded.set(bytes);
  return viewOf(padded);
}
