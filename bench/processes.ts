/** The servers and loads of a benchmark: pinned, bounded in time, and ended by their own pids whatever happens. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { cpus } from "node:os";
import { onPath } from "./compile.ts";

const START_LIMIT_MS = 15_000;
const STOP_LIMIT_MS = 3_000;

const alive = new Set<ChildProcess>();
let mayPin: boolean | undefined;

/** Servers run on the first core, loads on the second. */
export const SERVER_CORE = "0";
export const LOAD_CORE = "1";
/** For servers that share a port, and their load. */
export const BOTH_CORES = "0,1";

export function canPin(): boolean {
  mayPin ??= cpus().length > 1 && onPath("taskset");
  return mayPin;
}

/** Starts a command on these cores, with as many descriptors as the machine allows; the pid is the command's own. */
function start(command: readonly string[], cores: string): ChildProcess {
  const pinned = canPin() ? ["taskset", "-c", cores, ...command] : command;
  const child = spawn("sh", ["-c", 'ulimit -n "$(ulimit -Hn)"; exec "$@"', "sh", ...pinned], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  });
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "close");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
  await gone;
  clearTimeout(timer);
}

/** Ends what still runs, at once; for a failure or Ctrl-C. */
export function killAll(): void {
  for (const child of alive) child.kill("SIGKILL");
}

/** Makes Ctrl-C and a failure end the children too. */
export function endChildrenWithUs(): void {
  process.on("exit", killAll);
  process.on("SIGINT", () => process.exit(130));
  process.on("SIGTERM", () => process.exit(143));
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => (text = (text + chunk).slice(-4000)));
  return () => text.trim();
}

/** A server that has said which port it listens on. */
export interface Server {
  readonly pid: number;
  readonly port: number;
  /** Ends it: what it printed after its first line. */
  stop(): Promise<string>;
}

/** Starts a server and waits for its first line, "listening on PORT". */
export async function startServer(command: readonly string[], cores: string = SERVER_CORE): Promise<Server> {
  const child = start(command, cores);
  const complaint = collect(child.stderr as NodeJS.ReadableStream);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const timer = setTimeout(() => child.kill("SIGKILL"), START_LIMIT_MS);
  const line = await new Promise<string | undefined>((resolve) => {
    lines.once("line", resolve);
    child.once("exit", () => resolve(undefined));
  });
  clearTimeout(timer);
  const port = Number(/^listening on (\d+)$/.exec(line ?? "")?.[1]);
  if (!(port > 0)) {
    await stop(child);
    throw new Error(`${command.join(" ")} did not start: ${line ?? complaint()}`);
  }
  let told = "";
  lines.on("line", (more) => (told += more));
  return {
    pid: child.pid as number,
    port,
    async stop() {
      await stop(child);
      return told;
    },
  };
}

/** Runs a program to its end and returns what it printed. */
export async function runProgram(
  command: readonly string[],
  limitMs: number,
  cores: string = LOAD_CORE,
): Promise<string> {
  const child = start(command, cores);
  const output = collect(child.stdout as NodeJS.ReadableStream);
  const complaint = collect(child.stderr as NodeJS.ReadableStream);
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  await once(child, "close");
  clearTimeout(timer);
  if (output() === "") throw new Error(`${command.join(" ")} printed nothing: ${complaint()}`);
  return output();
}
