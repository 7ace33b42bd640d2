import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What a program run by a test needs besides its name. */
export interface ChildOptions {
  /** The function's arguments: what JSON can carry. */
  readonly args?: readonly unknown[];
  /** Options of node itself. */
  readonly node?: readonly string[];
  /** A command that runs the program: `["ip", "netns", "exec", name]`. */
  readonly under?: readonly string[];
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A process, by the lines that it prints; each is waited for. It is ended with the test at the latest. */
export class Child {
  readonly process: ChildProcess;
  readonly exited: Promise<Exit>;
  stderr = "";
  readonly #lines: string[] = [];
  #arrived: () => void = () => undefined;
  #ended = false;

  constructor(t: { after(work: () => unknown): void }, command: string, args: readonly string[]) {
    this.process = spawn(command, args, { stdio: "pipe" });
    const { stdout, stderr, stdin } = this.process;
    stdin?.on("error", () => undefined);
    stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#arrived();
    });
    createInterface({ input: stdout as NodeJS.ReadableStream }).on("line", (line) => {
      this.#lines.push(line);
      this.#arrived();
    });
    this.exited = new Promise((resolve, reject) => {
      this.process.once("error", reject);
      this.process.once("close", (code, signal) => {
        this.#ended = true;
        this.#arrived();
        resolve({ code, signal });
      });
    });
    this.exited.catch(() => undefined);
    t.after(() => this.kill());
  }

  get pid(): number {
    return this.process.pid as number;
  }

  /** The next line that it prints; rejects when it ends before. */
  async line(): Promise<string> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#ended) throw new Error(`the child ended without a further line; it printed to stderr: ${this.stderr}`);
      await Promise.race([new Promise<void>((resolve) => (this.#arrived = resolve)), this.exited]);
    }
  }

  /** The next value that a program of ours tells with `tell`. */
  async told<T>(): Promise<T> {
    return JSON.parse(await this.line()) as T;
  }

  /** Waits until it has printed this to its standard error. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stderr);
      if (match !== null) return match;
      if (this.#ended) throw new Error(`the child ended without saying ${pattern}: ${this.stderr}`);
      await Promise.race([new Promise<void>((resolve) => (this.#arrived = resolve)), this.exited]);
    }
  }

  /** All lines until its end. */
  async rest(): Promise<string[]> {
    await this.exited;
    return this.#lines.splice(0);
  }

  /** Writes to its standard input. */
  give(text: string): void {
    this.process.stdin?.write(text);
  }

  /** Ends its standard input. */
  giveEnd(): void {
    this.process.stdin?.end();
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<Exit> {
    if (!this.#ended) this.process.kill(signal);
    return this.exited;
  }
}

/** Runs an exported function of a module in a process of its own. */
export function startProgram(
  t: { after(work: () => unknown): void },
  module: URL,
  name: string,
  { args = [], node = [], under = [] }: ChildOptions = {},
): Child {
  const main = fileURLToPath(new URL("./child-main.js", import.meta.url));
  const words = [...under, process.execPath, ...node, main, module.href, name, JSON.stringify(args)];
  return new Child(t, words[0] as string, words.slice(1));
}

/** Runs a command to its end, and gives what it printed; throws with its errors when it fails. */
export async function run(command: string, ...args: string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const text = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text.out += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text.err += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} exited with ${code}: ${text.err}`);
  return text.out;
}
