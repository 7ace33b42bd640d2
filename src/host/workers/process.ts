import type { ChildProcess } from "node:child_process";
import { AF_UNIX, SOCK_CLOEXEC, SOCK_SEQPACKET } from "../../api/constants.ts";
import { systemError } from "../../api/errors.ts";
import type { ProcessWorker } from "../../api/kernel.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { besideThis } from "./beside-this.ts";
import type { FromProcess, ToProcess } from "./process-message.ts";

/** The shell's way to tell of a signal in an exit code. */
const ENDED_BY_SIGNAL = 128;

/** Starts a module in a process of its own, with a Unix socket pair through which descriptors can be passed. */
export function startProcess(table: DescriptorTable, module: URL | string, data: unknown): ProcessWorker {
  const pair = new Int32Array(2);
  // SOCK_SEQPACKET: a message is whole, and the end of the process is the end of the stream.
  if (libc.socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    throw systemError("socketpair", lastErrno());
  const [channel, childEnd] = pair as unknown as [number, number];
  const descriptor = table.open(channel, false);
  const closeChannel = (): void => {
    // The program may have closed it itself, and its number may be another's by now.
    if (table.find(channel) === descriptor) table.close(channel);
  };
  try {
    return supervise(module, data, channel, childEnd, closeChannel);
  } catch (error) {
    closeChannel();
    throw error;
  } finally {
    libc.close(childEnd);
  }
}

function supervise(
  module: URL | string,
  data: unknown,
  channel: number,
  childEnd: number,
  closeChannel: () => void,
): ProcessWorker {
  const { fileURLToPath } = process.getBuiltinModule("node:url");
  const child = process.getBuiltinModule("node:child_process").fork(fileURLToPath(besideThis("process-main")), [], {
    stdio: ["ignore", "inherit", "inherit", childEnd, "ipc"],
    serialization: "advanced",
  });
  const listeners: ((message: unknown) => void)[] = [];
  let thrown: { readonly error: unknown } | undefined;
  child.on("message", (message: FromProcess) => {
    if ("thrown" in message) thrown = { error: message.thrown };
    else for (const listener of listeners) listener(message.posted);
  });
  const exited = ended(child).finally(closeChannel);
  const settled = exited.then((code) => {
    if (thrown !== undefined) throw thrown.error;
    return code;
  });
  // Whoever awaits it sees the error; one that nobody awaits must not end the process.
  settled.catch(() => undefined);
  send(child, { module: String(module), data });
  return {
    id: child.pid ?? -1,
    channel,
    exited: settled,
    post: (message) => send(child, { posted: message }),
    onMessage: (listener) => void listeners.push(listener),
    terminate: () => void child.kill("SIGKILL"),
    ref() {
      child.ref();
      child.channel?.ref();
    },
    unref() {
      child.unref();
      child.channel?.unref();
    },
  };
}

/** The exit code, when the process is gone and all that it said was heard. */
function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      const exitCode =
        code ?? ENDED_BY_SIGNAL + (signal === null ? 0 : process.getBuiltinModule("node:os").constants.signals[signal]);
      if (child.connected) child.once("disconnect", () => resolve(exitCode));
      else resolve(exitCode);
    });
  });
}

function send(child: ChildProcess, message: ToProcess): void {
  // A process that has gone is noticed at its exit, not at each message.
  if (child.connected) child.send(message, () => undefined);
}
