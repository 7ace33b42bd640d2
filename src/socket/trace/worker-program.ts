import type { WorkerProgram } from "../../api/kernel.ts";
import { traceCalls } from "./trace-calls.ts";
import type { TracedMessage, TracedWorkerData } from "./trace-workers.ts";

/** What runs in a traced kernel's worker: the worker's own program, on a kernel that reports to the one outside. */
const tracedWorker: WorkerProgram = async (kernel, port, start, channel) => {
  const { module, data, limit } = start as TracedWorkerData;
  const traced = traceCalls(kernel, (tracedCall) => port.post({ tracedCall } satisfies TracedMessage), { limit });
  const program = (await import(module)) as { readonly default: WorkerProgram };
  await program.default(traced, port, data, channel);
};

export default tracedWorker;
