import type { Kernel } from "./kernel.ts";

/** Runs modules beside this thread on the same network: what `serve` needs for its threads and processes. */
export interface Workers {
  /**
   * Starts a thread that shares this process's descriptors, by their numbers. The module's default export is a
   * WorkerProgram; `data` is given to it, a structured clone. What it opens is closed at its end, however it ends. The
   * host has it.
   */
  readonly thread: (module: URL | string, data: unknown) => Worker;
  /**
   * Starts a process; `channel` is this end of a Unix socket pair (SOCK_SEQPACKET) through which descriptors are
   * passed. The module's default export is a WorkerProgram. The process ends with its program, and with this process.
   * EMFILE, ENFILE: no descriptor. The host has it.
   */
  readonly process: (module: URL | string, data: unknown) => ProcessWorker;
}

/** Where a worker's program hears from the one who started it, and the other way round. */
export interface WorkerPort {
  /** Sends a message: a structured clone. One that finds nobody any more is dropped. */
  readonly post: (message: unknown) => void;
  readonly onMessage: (listener: (message: unknown) => void) => void;
}

/** A thread or process that was started; `exited` settles when it has gone. */
export interface Worker extends WorkerPort {
  /** The thread's or the process's number. */
  readonly id: number;
  /** Resolves with the exit code; rejects with what the worker threw and did not catch. */
  readonly exited: Promise<number>;
  /** Ends it at once. */
  readonly terminate: () => void;
  /** It keeps the program alive (the default). */
  readonly ref: () => void;
  /** It does not keep the program alive. */
  readonly unref: () => void;
}

export interface ProcessWorker extends Worker {
  /**
   * This end of a Unix socket pair (SOCK_SEQPACKET), whose other end the process gets. Closed when the process has
   * ended.
   */
  readonly channel: number;
}

/** The program of a worker: the default export of its module. */
export type WorkerProgram = (
  kernel: Kernel,
  port: WorkerPort,
  data: unknown,
  /** In a process: the descriptor of its end of the channel. */
  channel: number | undefined,
) => unknown;
