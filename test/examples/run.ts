import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A program of examples/ in a process of its own. */
export class Example {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<unknown[]>;
  #output = "";
  #errors = "";
  #look: () => void = () => undefined;

  constructor(name: string, words: readonly string[]) {
    const file = fileURLToPath(new URL(`../../examples/${name}.js`, import.meta.url));
    this.#child = spawn(process.execPath, [file, ...words]);
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
      this.#look();
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
    this.#exited = once(this.#child, "close");
  }

  get errors(): string {
    return this.#errors;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Gives the program its standard input, and the end of it. */
  input(text: string): void {
    this.#child.stdin.end(text);
  }

  /** Waits until the output matches; rejects when the program ends before. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#output);
      if (found !== null) return found;
      const more = new Promise<"more">((resolve) => (this.#look = () => resolve("more")));
      const ended = this.#exited.then(() => "ended" as const);
      if ((await Promise.race([more, ended])) === "ended" && !pattern.test(this.#output)) {
        throw new Error(`it ended without ${pattern}: ${this.#output}${this.#errors}`);
      }
    }
  }

  /** The port in the line that a server prints first. */
  async port(): Promise<number> {
    return Number((await this.line(/127\.0\.0\.1:(\d+)\n/))[1]);
  }

  /** Waits for the end: the exit code and all output. */
  async end(): Promise<{ code: number | null; output: string }> {
    const [code] = (await this.#exited) as [number | null];
    return { code, output: this.#output };
  }

  /** Ends it, if it has not ended. */
  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}

/** Runs a program with a test and ends it afterwards. */
export async function withExample<T>(
  name: string,
  words: readonly string[],
  use: (it: Example) => Promise<T>,
): Promise<T> {
  const example = new Example(name, words);
  try {
    return await use(example);
  } finally {
    await example.stop();
  }
}
