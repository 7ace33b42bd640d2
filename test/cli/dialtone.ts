/** The command as a process of its own, as people start it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { TestContext } from "node:test";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end. */
export async function dialtone(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: child.exitCode, stdout, stderr };
}

/** A command that runs on, and its lines. It ends with its test, however that ends. */
export class Running {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  readonly #stderr: Promise<string>;
  readonly #closed: Promise<unknown>;

  constructor(t: TestContext, ...args: readonly string[]) {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    this.#closed = once(child, "close");
    this.#stderr = text(child.stderr);
    this.#reader = createInterface({ input: child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
    t.after(() => this.#kill());
  }

  /** The next line of its output; an error with what it said instead, when it has ended. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`no more lines: ${await this.#stderr}`);
    return value;
  }

  /** Sends the signal; what it printed from then on, and how it ended. */
  async end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    const lines: string[] = [];
    for (let next = await this.#lines.next(); next.done !== true; next = await this.#lines.next())
      lines.push(next.value);
    await this.#closed;
    return { code: this.child.exitCode, stdout: lines.join("\n"), stderr: await this.#stderr };
  }

  async #kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill("SIGKILL");
    this.#reader.close();
    await this.#closed;
  }
}

/** Starts an echo server: the command, its first line, and its port where it has one. */
export async function echoServer(
  t: TestContext,
  ...args: readonly string[]
): Promise<{ server: Running; line: string; port: string }> {
  const server = new Running(t, "echo-server", ...args);
  const line = await server.line();
  return { server, line, port: /:(\d+) /.exec(line)?.[1] ?? "" };
}
