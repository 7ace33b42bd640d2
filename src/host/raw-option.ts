import { libc } from "./ffi/libc.ts";

const value = new Uint8Array(new ArrayBuffer(128));
const view = new DataView(value.buffer);
const length = new Uint8Array(new ArrayBuffer(128));
const lengthView = new DataView(length.buffer);

/** getsockopt into shared memory: the number of bytes, or -1. */
function read(fd: number, level: number, name: number, bytes: number): number {
  lengthView.setUint32(0, bytes, true);
  if (libc.getsockopt(fd, level, name, value, length) < 0) return -1;
  return lengthView.getUint32(0, true);
}

/**
 * An integer option, or undefined when the descriptor has none such. Clears nothing but what reading clears (SO_ERROR).
 */
export function integerOption(fd: number, level: number, name: number): number | undefined {
  return read(fd, level, name, 4) === 4 ? view.getInt32(0, true) : undefined;
}

/** A `struct timeval` option in milliseconds, rounded up, so that a short time is not taken for none. */
export function timeOption(fd: number, level: number, name: number): number | undefined {
  if (read(fd, level, name, 16) !== 16) return undefined;
  return Number(view.getBigInt64(0, true)) * 1000 + Math.ceil(Number(view.getBigInt64(8, true)) / 1000);
}
