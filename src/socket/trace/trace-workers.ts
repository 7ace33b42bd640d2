import type { ProcessWorker, Worker, Workers } from "../../api/kernel.ts";
import { overlay } from "./overlay.ts";
import type { Recorder } from "./recorder.ts";
import type { TracedCall } from "./traced-call.ts";

/** What the traced worker's module is started with. */
export interface TracedWorkerData {
  readonly module: string;
  readonly data: unknown;
  readonly limit: number;
}

/** A call of a worker, on its way to the kernel that started it. */
export interface TracedMessage {
  readonly tracedCall: TracedCall;
}

/** Workers whose programs run on traced kernels; their calls are told where those of the kernel are. */
export function traceWorkers(recorder: Recorder, workers: Workers): Workers {
  let threads = 0;
  let processes = 0;
  const start = (module: URL | string, data: unknown): TracedWorkerData => ({
    module: String(module),
    data,
    limit: recorder.limit,
  });
  return {
    thread(module, data) {
      const worker = workers.thread(besideThis(), start(module, data));
      threads += 1;
      return listened(recorder, worker, `thread ${threads}`);
    },
    process(module, data) {
      const worker = workers.process(besideThis(), start(module, data));
      processes += 1;
      return listened(recorder, worker, `process ${processes}`);
    },
  };
}

function besideThis(): URL {
  return new URL(`./worker-program.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);
}

/** The worker, with the calls that it reports taken out of what it says. */
function listened<W extends Worker | ProcessWorker>(recorder: Recorder, worker: W, name: string): W {
  worker.onMessage((message) => {
    if (isTracedMessage(message)) recorder.forward(message.tracedCall, name);
  });
  const onMessage: Worker["onMessage"] = (listener) =>
    worker.onMessage((message) => {
      if (!isTracedMessage(message)) listener(message);
    });
  return overlay(worker, new Map([["onMessage", onMessage]]));
}

function isTracedMessage(message: unknown): message is TracedMessage {
  return typeof message === "object" && message !== null && "tracedCall" in message;
}
