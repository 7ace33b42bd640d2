import { execFileSync } from "node:child_process";
import { startProgram, type Child, type ChildOptions } from "./child-program.ts";

/** Why no network namespace can be made here; undefined where one can. */
export function noNamespaces(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root, to make a network namespace";
  try {
    execFileSync("ip", ["-V"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "needs the ip command, to make a network namespace";
  }
}

let made = 0;

/** A network namespace of a test, with loopback; it is deleted at the test's end. */
export class Namespace {
  readonly name: string;
  readonly #t: { after(work: () => unknown): void };

  constructor(t: { after(work: () => unknown): void }) {
    made += 1;
    this.name = `dt-${process.pid}-${made}`;
    this.#t = t;
    ip("netns", "add", this.name);
    t.after(() => ip("netns", "del", this.name));
    this.ip("link", "set", "lo", "up");
  }

  /** The ip command in this namespace. */
  ip(...args: string[]): void {
    ip("-n", this.name, ...args);
  }

  /** A command that runs another in this namespace. */
  wrap(...command: string[]): [string, ...string[]] {
    return ["ip", "netns", "exec", this.name, ...command];
  }

  startProgram(module: URL, name: string, options: ChildOptions = {}): Child {
    return startProgram(this.#t, module, name, { ...options, under: this.wrap() });
  }
}

/** Two namespaces with a cable between them, each with an address and its neighbour's link address. */
export function cabled(one: Namespace, address: string, other: Namespace, otherAddress: string): void {
  ip("link", "add", "cable", "netns", one.name, "type", "veth", "peer", "name", "cable", "netns", other.name);
  one.ip("link", "set", "cable", "address", "02:00:00:00:00:01");
  other.ip("link", "set", "cable", "address", "02:00:00:00:00:02");
  one.ip("address", "add", `${address}/24`, "dev", "cable");
  other.ip("address", "add", `${otherAddress}/24`, "dev", "cable");
  one.ip("link", "set", "cable", "up");
  other.ip("link", "set", "cable", "up");
  one.ip("neigh", "replace", otherAddress, "lladdr", "02:00:00:00:00:02", "dev", "cable", "nud", "permanent");
  other.ip("neigh", "replace", address, "lladdr", "02:00:00:00:00:01", "dev", "cable", "nud", "permanent");
}

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}
