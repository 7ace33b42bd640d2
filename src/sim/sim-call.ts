import type { Process } from "./process.ts";

/** A system call of a program: what a trace shows, and what a program that waits, waits in. */
export class SimCall {
  readonly process: Process;
  /** "recv". */
  readonly name: string;
  readonly args: readonly unknown[];
  /** When it began, in the internet's microseconds. */
  readonly beganUs: number;

  constructor(process: Process, name: string, args: readonly unknown[], beganUs: number) {
    this.process = process;
    this.name = name;
    this.args = args;
    this.beganUs = beganUs;
  }

  /** The descriptor that it is about, when it is about one. */
  get fd(): number | undefined {
    const first = this.args[0];
    return typeof first === "number" && this.name !== "socket" && this.name !== "sleep" ? first : undefined;
  }

  /** Whether time alone ends it. */
  get isTimed(): boolean {
    if (this.name === "sleep") return true;
    const timeoutMs = this.name === "poll" ? this.args[1] : this.name === "select" ? this.args[3] : undefined;
    return typeof timeoutMs === "number" && timeoutMs >= 0;
  }
}
