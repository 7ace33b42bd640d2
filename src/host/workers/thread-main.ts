import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import { internalError } from "../../api/errors.ts";
import { createHost } from "../host.ts";
import { runProgram } from "./run-program.ts";

const port = parentPort;
if (port === null) throw internalError("the main module of a worker was started outside of one");
const { module, data, loaded } = workerData as { module: string; data: unknown; loaded: MessagePort };
const kernel = createHost({ start: true });
loaded.postMessage(true);
loaded.close();
await runProgram(kernel, module, data, undefined, {
  post: (message) => port.postMessage(message),
  onMessage: (listener) => void port.on("message", listener),
});
// The thread ends when its program has settled and nothing else keeps it alive.
port.unref();
