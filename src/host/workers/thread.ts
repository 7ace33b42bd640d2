import type { MessagePort, Worker as NodeWorker } from "node:worker_threads";
import type { Worker } from "../../api/kernel.ts";
import { besideThis } from "./beside-this.ts";

/** Starts a module in a thread of this process: it shares the descriptors, by number. */
export function startThread(module: URL | string, data: unknown): Worker {
  const { MessageChannel, Worker: Thread } = process.getBuiltinModule("node:worker_threads");
  const { port1: loading, port2: loaded } = new MessageChannel();
  const worker = new Thread(besideThis("thread-main"), {
    workerData: { module: String(module), data, loaded },
    transferList: [loaded],
  });
  const end = endWhenLoaded(worker, loading);
  let thrown: { readonly error: unknown } | undefined;
  worker.once("error", (error) => (thrown = { error }));
  // Only at its exit is the thread gone, with its descriptors closed.
  const exited = new Promise<number>((resolve) => worker.once("exit", resolve)).then((code) => {
    if (thrown !== undefined) throw thrown.error;
    return code;
  });
  // Whoever awaits `exited` sees the error; one that nobody awaits must not end the process.
  exited.catch(() => undefined);
  return {
    id: worker.threadId,
    exited,
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => void worker.on("message", listener),
    terminate: end,
    ref: () => worker.ref(),
    unref: () => worker.unref(),
  };
}

/**
 * Ends the thread, but not before the FFI's addon is loaded in it and its engine started: an addon that is
 * interrupted there cannot throw, and ends the whole process instead.
 */
function endWhenLoaded(worker: NodeWorker, loading: MessagePort): () => void {
  let isLoaded = false;
  let isOver = false;
  loading.once("message", () => {
    isLoaded = true;
    if (isOver) void worker.terminate();
  });
  loading.unref();
  return () => {
    isOver = true;
    if (isLoaded) void worker.terminate();
    else loading.ref();
  };
}
