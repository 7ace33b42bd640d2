import { libc } from "./libc.ts";
import { library } from "./library.ts";

const WASM_PAGE_BYTES = 65536;

/** The part of WebAssembly that is used. */
interface Wasm {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
}

/**
 * The address of a view's first byte. Reading `buffer` first moves a small array off the JavaScript heap, where the
 * collector could move it; so the address holds for as long as the view is reachable.
 */
export function addressOf(view: Uint8Array): bigint {
  // An empty view has no address of its own, and C reads nothing there.
  if (view.byteLength === 0 || view.buffer.byteLength === 0) return 0n;
  return library().ffi.address(view);
}

/**
 * A copy of the bytes at an address of C's. It is C that copies: to have JavaScript see C's memory, the FFI makes an
 * object, which fails while a worker is being terminated, and that ends the process.
 */
export function memoryAt(address: bigint, bytes: number): Uint8Array {
  const copy = nativeMemory(bytes);
  if (bytes > 0) libc.memcpy(copy, address, bytes);
  return copy;
}

/** A copy of the NUL-terminated text at an address. */
export function textAt(address: bigint): string {
  const bytes = libc.strlen(address);
  return bytes === 0 ? "" : new TextDecoder().decode(memoryAt(address, bytes));
}

/** Memory outside the JavaScript heap, for what C keeps the address of. */
export function nativeMemory(bytes: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(Math.max(bytes, 128)), 0, bytes);
}

/**
 * Memory outside the JavaScript heap that a program cannot take away by transferring it to another thread: for what C
 * goes on writing to, and programs see parts of.
 */
export function pinnedMemory(bytes: number): Uint8Array {
  // Only memory of WebAssembly cannot be transferred. Where there is none (--jitless), a program must not try.
  const { WebAssembly: wasm } = globalThis as { readonly WebAssembly?: Wasm };
  if (wasm === undefined) return nativeMemory(bytes);
  const memory = new wasm.Memory({ initial: Math.ceil(bytes / WASM_PAGE_BYTES) });
  return new Uint8Array(memory.buffer, 0, bytes);
}

/** Text as C wants it: UTF-8 and a NUL, in memory that does not move, since the resolver reads it on another thread. */
export function cString(text: string): Uint8Array {
  const encoded = new TextEncoder().encode(text);
  const memory = nativeMemory(encoded.length + 1);
  memory.set(encoded);
  return memory;
}
