import type { Pointer } from "../ffi/library.ts";
import { addressOf, nativeMemory } from "../ffi/memory.ts";

/** One receive of a flow takes at most this much. */
const RECEIVE_BYTES = 64 * 1024;

/** What all stream flows of this thread receive into: a chunk is valid during its handler's call alone. */
let memory: Uint8Array = new Uint8Array(0);
let address: Pointer = null;
/** The last chunk in it: the next of the same length can be the same object. */
let chunk: Uint8Array = memory;

/** The memory; anew when there is none yet, or when a program has transferred it to another thread. */
export function receiveMemory(): Uint8Array {
  if (memory.length === 0) {
    memory = nativeMemory(RECEIVE_BYTES);
    address = addressOf(memory);
    chunk = memory;
  }
  return memory;
}

/** What was received into some memory, as its handler sees it. */
export function chunkOf(received: Uint8Array, bytes: number): Uint8Array {
  if (received !== memory) return received.subarray(0, bytes);
  if (chunk.length !== bytes) chunk = memory.subarray(0, bytes);
  return chunk;
}

/**
 * What the FFI is given for some bytes. A number is cheaper for it than a view, so the shared memory, and the chunk in
 * it that an echo or a proxy sends on, go by their address.
 */
export function pointerTo(bytes: Uint8Array): Pointer {
  return bytes === memory || bytes === chunk ? address : bytes;
}
