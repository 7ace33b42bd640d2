import { invalidValue } from "../../api/errors.ts";
import type { Kernel, WorkerPort, WorkerProgram } from "../../api/kernel.ts";

/** Loads a worker's module and runs its default export. */
export async function runProgram(
  kernel: Kernel,
  module: string,
  data: unknown,
  channel: number | undefined,
  port: WorkerPort,
): Promise<void> {
  const loaded = (await import(module)) as { default?: unknown };
  if (typeof loaded.default !== "function") {
    throw invalidValue("module", `a module whose default export is a function (${module})`, loaded.default);
  }
  await (loaded.default as WorkerProgram)(kernel, port, data, channel);
}
