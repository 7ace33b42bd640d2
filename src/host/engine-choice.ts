import { invalidValue, isSystemError, notSupported } from "../api/errors.ts";
import type { DescriptorTable } from "./descriptor-table.ts";
import type { Engine } from "./engine.ts";
import { EpollEngine } from "./epoll/engine.ts";
import { node } from "./node.ts";
import { UringEngine } from "./uring/engine.ts";
import type { RingLimits } from "./uring/limits.ts";

/** The ways in which a thread waits for its descriptors. */
export type EngineName = "io_uring" | "epoll";

/** The engine's name, or undefined for the best there is: from an argument or a variable of the environment. */
export function checkEngineName(argument: string, name: string | undefined): EngineName | undefined {
  if (name === undefined || name === "" || name === "io_uring" || name === "epoll") return name || undefined;
  throw invalidValue(argument, '"io_uring" or "epoll"', name);
}

/** What whoever runs the program wishes: it chooses how to wait, never the network. */
export function engineOfEnvironment(): EngineName | undefined {
  return checkEngineName("DIALTONE_ENGINE", node?.env["DIALTONE_ENGINE"]);
}

/** An engine, and why it is not another. */
export interface StartedEngine {
  readonly engine: Engine;
  /** What refused io_uring, when nobody asked for epoll. */
  readonly refused?: string;
}

/**
 * Starts the engine of this thread: io_uring where the kernel, its settings and the process's filters allow it, else
 * epoll. The probe is the ring itself: its set-up, and one io_uring_enter of nothing.
 */
export function startEngine(
  table: DescriptorTable,
  wish: EngineName | undefined,
  limits: RingLimits,
  busyPollUs: number,
): StartedEngine {
  if (wish === "epoll") return { engine: new EpollEngine(table) };
  try {
    return { engine: new UringEngine(table, limits, busyPollUs) };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (wish === "io_uring") throw notSupported(`io_uring was asked for, and is refused: ${error.message}`);
    return { engine: new EpollEngine(table), refused: error.message };
  }
}
