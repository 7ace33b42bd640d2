import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { SocketAddress } from "../../api/address.ts";
import type { TracedCall } from "../../socket/trace/traced-call.ts";

/** What a client is told to do. */
export interface Errand {
  readonly address: SocketAddress;
  readonly word: string;
  /** How long it stays on the line after the answer. */
  readonly holdMs: number;
  readonly timeoutMs: number;
}

/** What a client did. */
export interface ClientReport {
  readonly calls: readonly TracedCall[];
  readonly received: string;
  readonly bytes: number;
  readonly error: string | undefined;
}

/** The clients of the demo: processes that wait for errands. */
export class Clients {
  readonly #children: readonly ChildProcess[];
  #ending = false;

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children;
  }

  /** Starts so many, and waits until all can call. */
  static async start(count: number): Promise<Clients> {
    const module = fileURLToPath(
      new URL(`./client-main.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url),
    );
    const children = Array.from({ length: count }, () =>
      fork(module, [], { stdio: ["ignore", "ignore", "inherit", "ipc"], serialization: "advanced" }),
    );
    const clients = new Clients(children);
    try {
      await Promise.all(children.map((child) => clients.#hear(child)));
    } catch (error) {
      await clients.end();
      throw error;
    }
    return clients;
  }

  get count(): number {
    return this.#children.length;
  }

  /** All call at the same time. Rejects when one of them dies, as all do at the end. */
  async call(errands: readonly Errand[]): Promise<readonly ClientReport[]> {
    if (this.#ending) throw new Error("the clients have gone");
    const reports = this.#children.map((child) => this.#hear(child));
    for (const [index, child] of this.#children.entries()) child.send(errands[index] as Errand);
    return (await Promise.all(reports)) as ClientReport[];
  }

  /** Ends them; resolves when they have gone. */
  async end(): Promise<void> {
    this.#ending = true;
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      }),
    );
  }

  /** The next thing that a client says. */
  #hear(child: ChildProcess): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const died = (code: number | null, signal: string | null): void => {
        reject(new Error(`a client's process ended with ${signal ?? code}`));
      };
      const failed = (error: Error): void => reject(error);
      child.once("exit", died);
      child.once("error", failed);
      child.once("message", (message) => {
        child.off("exit", died);
        child.off("error", failed);
        resolve(message);
      });
    });
  }
}
