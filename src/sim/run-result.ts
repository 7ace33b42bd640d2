import { simulationError } from "../api/errors.ts";
import type { Process } from "./process.ts";

/**
 * Why a run ended. "ended": all programs have, but for those that serve, and nothing is on its way. "until": the time,
 * or the condition, that was asked for. "stalled": nothing can happen any more, and programs wait. "failed": an
 * exception that is no program's. The others are the limits. A program that fails ends no run.
 */
export type RunReason = "ended" | "until" | "stalled" | "failed" | "time limit" | "event limit" | "memory limit";

/** What came of a run. */
export interface RunResult {
  readonly reason: RunReason;
  /** The same in words, with what is known of it. */
  readonly explanation: string;
  readonly seed: number;
  /** The internet's time at the end, in virtual milliseconds. */
  readonly timeMs: number;
  /** Events of the queue, and turns of the programs. */
  readonly events: number;
  /** Frames that came out of a link. */
  readonly packetHops: number;
  /** Of all that happened since the internet began: equal for equal runs. */
  readonly traceHash: string;
  readonly processes: readonly Process[];
  /** Those whose program rejected. */
  readonly failures: readonly Process[];
  /** What failed, for "failed". */
  readonly error: unknown;
}

/** A run that did not end well: `result` says how. */
export interface RunError extends Error {
  readonly code: "ERR_SIM_STALLED" | "ERR_SIM_FAILED" | "ERR_SIM_LIMIT";
  readonly result: RunResult;
}

const CODES: Readonly<Record<RunReason, RunError["code"]>> = {
  ended: "ERR_SIM_FAILED",
  until: "ERR_SIM_FAILED",
  failed: "ERR_SIM_FAILED",
  stalled: "ERR_SIM_STALLED",
  "time limit": "ERR_SIM_LIMIT",
  "event limit": "ERR_SIM_LIMIT",
  "memory limit": "ERR_SIM_LIMIT",
};

/** Whether a run that ended for this reason did what it was to do, as far as the run goes. */
export function isWell(reason: RunReason): boolean {
  return reason === "ended" || reason === "until";
}

/** The error of a run that ended so; undefined for one that ended well. */
export function runError(result: RunResult): RunError | undefined {
  const { reason, explanation, seed, failures } = result;
  if (isWell(reason) && failures.length === 0) return undefined;
  const cause = result.error ?? failures[0]?.error;
  const error = simulationError(CODES[reason], `${explanation} (seed ${seed}, at ${result.timeMs} ms)`, cause);
  error.name = "RunError";
  return Object.assign(error, { result }) as unknown as RunError;
}
