import type { Workers } from "../../api/kernel.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { startProcess } from "./process.ts";
import { startThread } from "./thread.ts";

/** Threads and processes on this machine's network; their channels are descriptors of this thread's. */
export function hostWorkers(table: DescriptorTable): Workers {
  return { thread: startThread, process: (module, data) => startProcess(table, module, data) };
}
