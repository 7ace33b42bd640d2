import { library, type NativeFunction } from "./library.ts";

/*
 * A worker thread that is terminated runs no more JavaScript, so its descriptors are closed from C: Node-API calls its
 * clean-up hooks at the end of an environment, and close(2) itself serves as the hook, with the descriptor as its
 * argument.
 */
interface Hooks {
  readonly env: unknown;
  readonly close: bigint;
  readonly shmdt: bigint;
  readonly add: NativeFunction;
  readonly remove: NativeFunction;
}

let hooks: Hooks | undefined;

const works: (() => void)[] = [];

/** Calls back when this thread's program exits: one listener for all, since Node warns of more than ten. */
export function atThreadExit(work: () => void): void {
  if (works.push(work) > 1) return;
  process.once("exit", () => {
    for (const each of works) each();
  });
}

function cleanUpHooks(): Hooks {
  if (hooks === undefined) {
    const { ffi, library: c } = library();
    hooks = {
      env: ffi.node.env,
      close: c.symbol("close"),
      shmdt: c.symbol("shmdt"),
      add: c.func("int napi_add_env_cleanup_hook(void *env, void *hook, void *argument)"),
      remove: c.func("int napi_remove_env_cleanup_hook(void *env, void *hook, void *argument)"),
    };
  }
  return hooks;
}

/**
 * Has the descriptor closed when this thread's environment ends. Twice for one number aborts the process: the caller
 * keeps count.
 */
export function closeWithThread(fd: number): void {
  const { add, env, close } = cleanUpHooks();
  add(env, close, BigInt(fd));
}

/** Takes that back. */
export function keepAfterThread(fd: number): void {
  const { remove, env, close } = cleanUpHooks();
  remove(env, close, BigInt(fd));
}

/** Has System V shared memory detached when this thread's environment ends: shmdt(2). */
export function detachWithThread(address: bigint): void {
  const { add, env, shmdt } = cleanUpHooks();
  add(env, shmdt, address);
}
