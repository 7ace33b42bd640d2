import type { SocketAddress } from "../../api/address.ts";
import type { ServeCounters, WorkerStats } from "./stats.ts";

/** Who serves the accepted connections: this thread (`Connections`), or a pool of workers (`WorkerPool`). */
export interface Exchange {
  /** Connections that are being served. */
  readonly active: number;
  /** Workers that were started anew after a crash. */
  readonly restarts: number;
  /** Serves an accepted connection, whose descriptor is the exchange's from now on. */
  take(fd: number, address: SocketAddress): void;
  counters(): ServeCounters;
  workers(): WorkerStats[];
  /** No connection will be taken any more; those that are there go on. */
  stop(): void;
  /** Resolves when no connection is left. */
  none(): Promise<void>;
  /** Closes what is left, and ends the workers. */
  close(reason: Error | undefined): Promise<void>;
  ref(): void;
  unref(): void;
}
