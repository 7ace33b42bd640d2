import { notSupported } from "../../api/errors.ts";
import { isMainThread, node } from "../node.ts";

/** What crosses the boundary to C: integers, memory (its address is passed), and addresses as bigints; null is NULL. */
export type Pointer = Uint8Array | Int32Array | bigint | null;

/** The part of koffi that is used. Another FFI (node:ffi) need provide no more. */
export interface Ffi {
  readonly load: (path: null) => Library;
  readonly address: (memory: unknown) => bigint;
  readonly view: (address: bigint, bytes: number) => ArrayBuffer;
  readonly errno: () => number;
  /** A function that C can call, and the type that it has there. */
  readonly register: (callback: (...args: never[]) => void, type: unknown) => bigint;
  readonly unregister: (callback: bigint) => void;
  readonly proto: (declaration: string) => unknown;
  readonly pointer: (type: unknown) => unknown;
  readonly node: {
    readonly env: unknown;
    readonly poll: (fd: number, events: { readable: boolean }, callback: () => void) => PollHandle;
  };
}

export interface Library {
  func(declaration: string): NativeFunction;
  symbol(name: string): bigint;
}

export interface NativeFunction {
  (...args: unknown[]): unknown;
  async(...args: unknown[]): void;
}

/** libuv's `uv_poll_t`: calls back from the event loop. */
export interface PollHandle {
  stop(): void;
  close(): void;
  ref(): void;
  unref(): void;
}

let loaded: { ffi: Ffi; library: Library } | undefined;

/**
 * The FFI and the C library of this process (dlopen(NULL): glibc or musl, whichever Node runs on).
 * Loaded at the first system call, so that importing dialtone loads no native code.
 */
export function library(): { ffi: Ffi; library: Library } {
  if (loaded !== undefined) return loaded;
  if (node?.platform !== "linux") {
    const where = node === undefined ? "a page" : node.platform;
    throw notSupported(`dialtone's host kernel is Linux's; this is ${where}. The other kernels run here.`);
  }
  const ffi = node.getBuiltinModule("node:module").createRequire(import.meta.url)("koffi") as Ffi;
  loaded = { ffi, library: ffi.load(null) };
  if (!isMainThread) keepLoaded(loaded.library);
  return loaded;
}

/** dlopen(3)'s flags: name a library that is loaded already, and never unload it. */
const RTLD_LAZY = 0x1;
const RTLD_NOLOAD = 0x4;
const RTLD_NODELETE = 0x1000;

/**
 * Node unloads an addon with the last thread that used it, and only then lets libuv finish closing that thread's
 * handles: with code that is gone. So the FFI's addon stays in memory once a worker has loaded it.
 */
function keepLoaded(c: Library): void {
  const maps = process.getBuiltinModule("node:fs").readFileSync("/proc/self/maps", "utf8");
  const addon = /\/\S*koffi\S*\.node$/m.exec(maps)?.[0];
  if (addon === undefined) return;
  const dlopen = c.func("void *dlopen(void *path, int flags)");
  dlopen(new TextEncoder().encode(`${addon}\0`), RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}
