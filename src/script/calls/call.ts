import type { Comparison } from "../run/difference.ts";
import type { Session } from "../run/session.ts";
import type { Arguments } from "./arguments.ts";

/** What a call returned. */
export interface CallOutcome {
  readonly value: number;
  /** The value is a descriptor that was opened: of a stream, or of something else. */
  readonly opened?: "stream" | "other";
  /** What it wrote into its arguments, beside what the script has there. */
  readonly written?: readonly Comparison[];
}

/** One system call of the language. The kernel's refusal is thrown as the SystemError that it is. */
export type ScriptCall = (session: Session, args: Arguments) => Promise<CallOutcome> | CallOutcome;

/** A value that a call wrote, and the script's. */
export function written(field: string, expected: number | string, actual: number | string): Comparison {
  return { field, expected: String(expected), actual: String(actual), differs: expected !== actual };
}
