/**
 * Node's own modules, asked for when they are needed: `dialtone` is loaded, and bundled, where there is no Node, too,
 * for all that is not the host.
 */
export const node: NodeJS.Process | undefined = (globalThis as { readonly process?: NodeJS.Process }).process;

/** Whether this is the program's first thread. */
export const isMainThread: boolean = node?.getBuiltinModule("node:worker_threads").isMainThread ?? true;
