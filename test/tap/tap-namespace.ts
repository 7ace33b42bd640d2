import { existsSync } from "node:fs";
import type { TestContext } from "node:test";
import type { TapOptions } from "../../src/tap.ts";
import { run, type Child } from "../child-program.ts";
import { without } from "../interop/peers.ts";
import { Namespace, noNamespaces } from "../namespace.ts";

const PROGRAM = new URL("./tap-program.js", import.meta.url);

/** Why a test over a TAP device is skipped: a right or a program is missing; false when all is there. */
export function missing(...programs: string[]): string | false {
  return noNamespaces() ?? (existsSync("/dev/net/tun") ? without(...programs) : "needs /dev/net/tun");
}

/** What the programs of ours leave behind after the close. */
export interface Left {
  readonly packetsInUse: number;
  readonly descriptors: number;
  readonly filesLeft: readonly unknown[];
  readonly device: Readonly<Record<string, number>>;
}

/** A network namespace of a test with a TAP device, on which a program of ours runs. */
export class TapNamespace {
  readonly namespace: Namespace;
  readonly child: Child;

  private constructor(namespace: Namespace, child: Child) {
    this.namespace = namespace;
    this.child = child;
  }

  /** Starts a program of tap-program.ts, and waits until it can be talked to. */
  static async start(t: TestContext, program: string, ...args: unknown[]): Promise<TapNamespace> {
    const namespace = new Namespace(t);
    const child = namespace.startProgram(PROGRAM, program, { args });
    await child.told();
    return new TapNamespace(namespace, child);
  }

  /** All the services, with these options of the device. */
  static services(t: TestContext, options: TapOptions = {}): Promise<TapNamespace> {
    return TapNamespace.start(t, "services", options);
  }

  /** What a command of the namespace prints. It fails when the command does. */
  run(...command: string[]): Promise<string> {
    const [first, ...rest] = this.namespace.wrap(...command);
    return run(first, ...rest);
  }

  /** A line of the shell. */
  sh(line: string): Promise<string> {
    return this.run("sh", "-ec", line);
  }

  /** Has the program end; what it says it has left behind. */
  async end(): Promise<Left> {
    this.child.giveEnd();
    const left = await this.child.told<Left>();
    await this.child.exited;
    return left;
  }
}
