import assert from "node:assert/strict";
import type { Worker } from "../../src/index.ts";
import type { Context } from "./conformance.ts";
import type { ProgramName, ThreadData } from "./thread-program.ts";

/** A thread that runs one of the programs on the same network. */
export interface Thread {
  readonly worker: Worker;
  /** What the program returned, after the thread has gone. */
  readonly result: Promise<unknown>;
}

/** Starts a thread; it has gone at the end of the test. */
export async function startThread(t: Context, program: ProgramName, fd = -1, count = 0): Promise<Thread> {
  const module = new URL(`./thread-program.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);
  const data: ThreadData = { program, fd, count };
  const worker = t.kernel.workers?.thread(module, data) ?? assert.fail("a kernel with threads");
  let result: unknown;
  const ready = new Promise<void>((resolve, reject) => {
    worker.onMessage((message) => {
      if (message === "ready") resolve();
      else ({ result } = message as { result: unknown });
    });
    worker.exited.catch(reject);
  });
  t.after(async () => {
    worker.terminate();
    await worker.exited.catch(() => undefined);
  });
  await ready;
  return { worker, result: worker.exited.then(() => result) };
}
