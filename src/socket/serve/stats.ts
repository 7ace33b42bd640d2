/** What happened at a server, in numbers since its start. */
export interface ServeCounters {
  /** Connections taken from the backlog and given to the handler. */
  accepted: number;
  /** Connections that ended, however they did. */
  closed: number;
  /** Connections that were reset at once because `maxClients` were being served (`refuse: true`). */
  refused: number;
  /** Handlers that threw, connections that failed, PROXY headers that were refused. */
  errors: number;
  /** Connections that `idleTimeoutMs` or `handshakeTimeoutMs` closed. */
  timedOut: number;
  /** Times that accepting paused for want of descriptors or memory (EMFILE, ENFILE, ENOBUFS, ENOMEM). */
  shortages: number;
  /** Connections that a worker had when it crashed. */
  lost: number;
  /** Bytes of the clients, without PROXY headers; of those in workers when they have ended. */
  bytesRead: number;
  bytesWritten: number;
}

/** One worker's part. */
export interface WorkerStats extends ServeCounters {
  /** The thread's or the process's id. */
  readonly id: number;
  readonly active: number;
}

/** The numbers of a server: see `Server.stats`. */
export interface ServerStats extends ServeCounters {
  /** Connections that are being served now. */
  readonly active: number;
  /** Workers that were started anew after a crash. */
  readonly restarts: number;
  /** The workers that run, for the shapes "threads" and "processes". */
  readonly perWorker: readonly WorkerStats[];
}

export function noCounters(): ServeCounters {
  return {
    accepted: 0,
    closed: 0,
    refused: 0,
    errors: 0,
    timedOut: 0,
    shortages: 0,
    lost: 0,
    bytesRead: 0,
    bytesWritten: 0,
  };
}

/** Adds `more` to `sum`, member by member. */
export function addCounters(sum: ServeCounters, more: ServeCounters): void {
  for (const name of Object.keys(sum) as (keyof ServeCounters)[]) sum[name] += more[name];
}
