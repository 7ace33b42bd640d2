import type { SocketAddress } from "../../api/address.ts";
import type { Worker } from "../../api/kernel.ts";
import type { Delivery, Passed } from "./delivery.ts";
import { noCounters, type ServeCounters, type WorkerStats } from "./stats.ts";
import type { FromWorker, ToWorker } from "./worker-message.ts";

export interface PoolWorkerEvents {
  /** It is ready for connections. */
  ready(): void;
  /** Its counters have changed. */
  changed(): void;
  error(error: unknown): void;
}

/** One worker of a pool, as the pool sees it. */
export class PoolWorker {
  readonly worker: Worker;
  /** Undefined when the worker accepts by itself. */
  readonly #delivery: Delivery | undefined;
  #counters: ServeCounters = noCounters();
  /** Connections that were given to it. */
  #given = 0;
  #ready = false;
  #settleStopped: (() => void) | undefined;

  constructor(worker: Worker, delivery: Delivery | undefined, events: PoolWorkerEvents) {
    this.worker = worker;
    this.#delivery = delivery;
    worker.onMessage((message) => {
      const said = message as FromWorker;
      if (said.kind === "ready") {
        this.#ready = true;
        events.ready();
      } else if (said.kind === "counters" || said.kind === "stopped") {
        this.#counters = said.counters;
        if (said.kind === "stopped") this.#settleStopped?.();
        events.changed();
      } else {
        events.error(withCode(said.error, said.code));
      }
    });
  }

  get ready(): boolean {
    return this.#ready;
  }

  get active(): number {
    return this.#accepted - this.#counters.closed;
  }

  pass(fd: number, address: SocketAddress): void {
    this.#given += 1;
    this.#delivery?.pass(fd, address);
  }

  /** One that was given could not be delivered. */
  takeBack(): void {
    this.#given -= 1;
  }

  /** It does not take what it is given: it is ending, or else it is ended now, and started anew. */
  giveUp(): void {
    this.#ready = false;
    this.worker.terminate();
  }

  tell(message: ToWorker): void {
    this.worker.post(message);
  }

  /** Resolves when the worker takes no more, and its counters tell of all that it took. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#settleStopped = resolve;
      this.tell({ kind: "stop" });
    });
  }

  counters(): ServeCounters {
    return { ...this.#counters, accepted: this.#accepted };
  }

  stats(): WorkerStats {
    return { id: this.worker.id, active: this.active, ...this.counters() };
  }

  /** It has ended: what it never took is given back, what it had is lost. */
  gone(): { readonly untaken: Passed[]; readonly counters: ServeCounters } {
    this.#settleStopped?.();
    const untaken = this.#delivery?.untaken() ?? [];
    this.#given -= untaken.length;
    const lost = this.active;
    const counters = this.counters();
    counters.closed += lost;
    counters.lost += lost;
    this.#counters = counters;
    return { untaken, counters };
  }

  get #accepted(): number {
    return this.#delivery === undefined ? this.#counters.accepted : this.#given;
  }
}

/** Posting an error loses what is not its message. */
function withCode(error: unknown, code: unknown): unknown {
  return error instanceof Error && code !== undefined ? Object.assign(error, { code }) : error;
}
