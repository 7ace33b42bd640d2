import { library, type Library, type PollHandle } from "./library.ts";
import { nativeMemory } from "./memory.ts";
import { atThreadExit } from "./thread-end.ts";
import { isMainThread } from "../node.ts";

/** `uv_handle_type` and `uv_poll_event` of libuv's uv.h. */
const UV_POLL = 8;
const UV_READABLE = 1;

/**
 * Has the event loop call back when the descriptor is readable: a descriptor of dialtone's own, since libuv makes it
 * O_NONBLOCK.
 *
 * The FFI's handle calls JavaScript also while its thread is ending, which Node refuses, and then it ends the whole
 * process. So libuv is given another callback for the same handle, one that takes the refusal.
 */
export function pollReadable(fd: number, callback: () => void): PollHandle {
  const { ffi } = library();
  const handle = ffi.node.poll(fd, { readable: true }, callback);
  let forget: (() => void) | undefined;
  try {
    forget = callBackSafely(handle, fd, callback);
  } catch {
    // A process has 8192 callbacks, and terminated threads did not give theirs back: the FFI's own serves, but for the
    // end.
  }
  return {
    stop: () => handle.stop(),
    ref: () => handle.ref(),
    unref: () => handle.unref(),
    close() {
      handle.close();
      // The close may have been asked for by the callback itself, which is still needed to return from it.
      if (forget !== undefined) setImmediate(forget);
      forget = undefined;
    },
  };
}

/** Returns what gives the callback back, once the handle is closed. */
function callBackSafely(handle: PollHandle, fd: number, callback: () => void): (() => void) | undefined {
  const { ffi, library: c } = library();
  const address = pollHandleOf(fd, c);
  if (address === undefined) return undefined;
  // C passes (handle, status, events), which nobody needs.
  const registered = ffi.register(callback, ffi.pointer(ffi.proto("void ()")));
  c.func("int uv_poll_start(uintptr_t handle, int events, void *callback)")(address, UV_READABLE, registered);
  let isRegistered = true;
  const forget = (): void => {
    if (isRegistered) ffi.unregister(registered);
    isRegistered = false;
  };
  if (isMainThread) return forget;
  atThreadExit(() => {
    if (!isRegistered) return;
    handle.stop();
    forget();
  });
  return forget;
}

/** Finds this loop's `uv_poll_t` of a descriptor. */
function pollHandleOf(fd: number, c: Library): bigint | number | undefined {
  const { ffi } = library();
  const loop = nativeMemory(8);
  c.func("int napi_get_uv_event_loop(void *env, void *loop)")(ffi.node.env, loop);
  const typeOf = c.func("int uv_handle_get_type(uintptr_t handle)");
  const fileno = c.func("int uv_fileno(uintptr_t handle, void *fd)");
  const walk = c.func("void uv_walk(uintptr_t loop, void *callback, void *argument)");
  const number = nativeMemory(4);
  const view = new DataView(number.buffer);
  let found: bigint | number | undefined;
  const look = ffi.register(
    (handle: bigint | number) => {
      if (typeOf(handle) === UV_POLL && fileno(handle, number) === 0 && view.getInt32(0, true) === fd) found = handle;
    },
    ffi.pointer(ffi.proto("void (uintptr_t handle, void *argument)")),
  );
  walk(new DataView(loop.buffer).getBigUint64(0, true), look, null);
  ffi.unregister(look);
  return found;
}
