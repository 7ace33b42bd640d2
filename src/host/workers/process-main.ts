import { createHost } from "../host.ts";
import { CHANNEL_FD, type FromProcess, type ToProcess } from "./process-message.ts";
import { runProgram } from "./run-program.ts";

const endWithParent = (): void => process.exit(0);
// Without its parent this process has nobody to work for.
process.on("disconnect", endWithParent);
// Ctrl-C reaches the whole group; the parent decides when this process ends.
process.on("SIGINT", () => undefined);
process.on("uncaughtException", fail);

const listeners: ((message: unknown) => void)[] = [];
/** What was posted before the program, which is being loaded, listens. */
const early: unknown[] = [];
process.on("message", (message: ToProcess) => {
  if (!("posted" in message)) void run(message.module, message.data);
  else if (listeners.length === 0) early.push(message.posted);
  else for (const listener of listeners) listener(message.posted);
});

/** The process ends when its program has settled and nothing else keeps it alive. */
async function run(module: string, data: unknown): Promise<void> {
  const host = createHost();
  host.adopt(CHANNEL_FD);
  await runProgram(host, module, data, CHANNEL_FD, {
    post: (message) => say({ posted: message }),
    onMessage(listener) {
      listeners.push(listener);
      for (const message of early.splice(0)) listener(message);
    },
  });
  process.off("disconnect", endWithParent);
  if (process.connected) process.disconnect();
}

function fail(error: unknown): void {
  const gone = (): void => process.exit(1);
  if (!process.connected) return gone();
  try {
    process.send?.({ thrown: error } satisfies FromProcess, gone);
  } catch {
    // It holds what cannot be sent: a function, a handle.
    process.send?.({ thrown: String(error) } satisfies FromProcess, gone);
  }
}

function say(message: FromProcess): void {
  if (process.connected) process.send?.(message, () => undefined);
}
