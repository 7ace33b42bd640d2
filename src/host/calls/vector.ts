import { addressOf, nativeMemory } from "../ffi/memory.ts";
import { IOVEC } from "../../layout/iovec.ts";
import { MSGHDR } from "../../layout/msghdr.ts";

/**
 * The `struct iovec`s of some buffers. The buffers must stay reachable for as long as the vectors are used: the length
 * of one call.
 */
export function vectors(buffers: readonly Uint8Array[]): Uint8Array {
  const memory = nativeMemory(buffers.length * IOVEC.size);
  fillVectors(new DataView(memory.buffer), 0, buffers);
  return memory;
}

/** Writes the vectors of some buffers at an offset. */
export function fillVectors(view: DataView, at: number, buffers: readonly Uint8Array[]): void {
  for (const [index, piece] of buffers.entries()) {
    view.setBigUint64(at + index * IOVEC.size + IOVEC.base, addressOf(piece), true);
    view.setBigUint64(at + index * IOVEC.size + IOVEC.len, BigInt(piece.length), true);
  }
}

/** What a `struct msghdr` points at. */
export interface MessageParts {
  readonly buffers: readonly Uint8Array[];
  readonly name?: Uint8Array | null | undefined;
  readonly control?: Uint8Array | null | undefined;
}

/** Bytes that `fillHeader` and its vectors take. */
export function headerBytes(buffers: readonly Uint8Array[], headerSize: number): number {
  return headerSize + buffers.length * IOVEC.size;
}

/** Writes a header at `at` and its vectors at `vectorsAt`, both in `memory`. */
export function fillHeader(memory: Uint8Array, at: number, vectorsAt: number, parts: MessageParts): void {
  const view = new DataView(memory.buffer, memory.byteOffset);
  const { buffers, name, control } = parts;
  fillVectors(view, vectorsAt, buffers);
  view.setBigUint64(at + MSGHDR.name, name ? addressOf(name) : 0n, true);
  view.setUint32(at + MSGHDR.namelen, name?.length ?? 0, true);
  view.setBigUint64(at + MSGHDR.iov, addressOf(memory) + BigInt(vectorsAt), true);
  view.setBigUint64(at + MSGHDR.iovlen, BigInt(buffers.length), true);
  view.setBigUint64(at + MSGHDR.control, control && control.length > 0 ? addressOf(control) : 0n, true);
  view.setBigUint64(at + MSGHDR.controllen, BigInt(control?.length ?? 0), true);
  view.setInt32(at + MSGHDR.flags, 0, true);
}

/** A message header over buffers alone: neither address nor control messages. */
export function messageHeader(buffers: readonly Uint8Array[]): Uint8Array {
  const memory = nativeMemory(headerBytes(buffers, MSGHDR.size));
  fillHeader(memory, 0, MSGHDR.size, { buffers });
  return memory;
}
