import { boundFunction } from "./libc.ts";

/**
 * Calls on libuv's threads at a time. The FFI refuses more than 256, and while it has none to spare it cannot call back
 * from the event loop either, which would end the process; libuv has 4 threads unless UV_THREADPOOL_SIZE says another.
 */
const MOST_AT_ONCE = 32;

let running = 0;
const waiting: (() => void)[] = [];

/** Calls the function on libuv's thread pool, when its turn comes: for getaddrinfo and getnameinfo alone. */
export function onThreadPool(name: "getaddrinfo" | "getnameinfo", ...args: unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = (): void => {
      running += 1;
      boundFunction(name).async(...args, (error: Error | null, result: number) => {
        running -= 1;
        waiting.shift()?.();
        if (error) reject(error);
        else resolve(result);
      });
    };
    if (running < MOST_AT_ONCE) start();
    else waiting.push(start);
  });
}
