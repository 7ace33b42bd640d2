import type { SocketAddress } from "../../api/address.ts";
import { isSystemError, systemError } from "../../api/errors.ts";
import type { Kernel } from "../../api/kernel.ts";
import type { ErrorListener } from "./connections.ts";
import type { Passed, UndeliveredListener } from "./delivery.ts";
import type { Exchange } from "./exchange.ts";
import { PoolWorker, type PoolWorkerEvents } from "./pool-worker.ts";
import { addCounters, noCounters, type ServeCounters, type WorkerStats } from "./stats.ts";

/** A worker that was told to end is terminated after this time. */
const GRACE_MS = 2000;

/** The worker's end of the channel is closed, or this one, after its end. */
const UNREACHABLE: readonly string[] = ["EPIPE", "ECONNRESET", "ECONNREFUSED", "ENOTCONN", "EBADF"];

const MINUTE_MS = 60_000;

export interface WorkerPoolOptions {
  readonly workers: number;
  readonly restartsPerMinute: number;
  /** Starts a worker. `undelivered`: this descriptor could not be given to it. */
  readonly start: (events: PoolWorkerEvents, undelivered: UndeliveredListener) => PoolWorker;
  readonly onError: ErrorListener | undefined;
  /** There may be room for another connection. */
  readonly onEnded: () => void;
  /** No worker is left, and none may be started. */
  readonly failed: () => void;
}

/** Gives each connection to the worker with the fewest; starts a worker anew that has crashed, but not for ever. */
export class WorkerPool implements Exchange {
  restarts = 0;
  readonly #kernel: Kernel;
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Set<PoolWorker>();
  /** Connections that came while no worker was ready. */
  #waiting: Passed[] = [];
  /** Of the workers that have gone. */
  readonly #gone: ServeCounters = noCounters();
  #restartTimes: number[] = [];
  #whenNone: (() => void)[] = [];
  #started = false;
  #stopping = false;
  #stopped: Promise<unknown> = Promise.resolve();
  #ending = false;
  #referenced = true;

  constructor(kernel: Kernel, options: WorkerPoolOptions) {
    this.#kernel = kernel;
    this.#options = options;
  }

  /** Starts the workers; resolves when all are ready, rejects when one of them cannot. */
  async start(): Promise<void> {
    try {
      await Promise.all(Array.from({ length: this.#options.workers }, () => this.#startOne()));
      this.#started = true;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  get active(): number {
    let sum = this.#waiting.length;
    for (const worker of this.#workers) sum += worker.active;
    return sum;
  }

  /** True when a connection can be given to somebody. */
  get ready(): boolean {
    for (const worker of this.#workers) if (worker.ready) return true;
    return false;
  }

  take(fd: number, address: SocketAddress): void {
    let least: PoolWorker | undefined;
    for (const worker of this.#workers) {
      if (worker.ready && (least === undefined || worker.active < least.active)) least = worker;
    }
    if (least === undefined) this.#waiting.push({ fd, address });
    else least.pass(fd, address);
  }

  counters(): ServeCounters {
    const sum = { ...this.#gone };
    for (const worker of this.#workers) addCounters(sum, worker.counters());
    return sum;
  }

  workers(): WorkerStats[] {
    return [...this.#workers].map((worker) => worker.stats());
  }

  stop(): void {
    this.#stopping = true;
    this.#stopped = Promise.all([...this.#workers].map((worker) => worker.stop()));
  }

  async none(): Promise<void> {
    await this.#stopped;
    if (this.active > 0) await new Promise<void>((resolve) => this.#whenNone.push(resolve));
  }

  async close(): Promise<void> {
    this.#ending = true;
    for (const { fd } of this.#waiting.splice(0)) this.#kernel.close(fd);
    await Promise.all([...this.#workers].map((worker) => this.#end(worker)));
  }

  ref(): void {
    this.#referenced = true;
    for (const { worker } of this.#workers) worker.ref();
  }

  unref(): void {
    this.#referenced = false;
    for (const { worker } of this.#workers) worker.unref();
  }

  /** Resolves when the worker is ready; rejects when it ends before. */
  #startOne(): Promise<void> {
    return new Promise((resolve, reject) => {
      const events: PoolWorkerEvents = {
        ready: () => {
          for (const { fd, address } of this.#waiting.splice(0)) this.take(fd, address);
          resolve();
          this.#options.onEnded();
        },
        changed: () => this.#changed(),
        error: (error) => this.#options.onError?.(error),
      };
      const worker = this.#options.start(events, (passed, error) => this.#undelivered(worker, passed, error));
      this.#workers.add(worker);
      if (!this.#referenced) worker.worker.unref();
      const gone = (error: Error): void => {
        this.#left(worker);
        reject(error);
        if (this.#started && !this.#ending) this.#crashed(error);
      };
      worker.worker.exited.then(
        (code) => gone(systemError("serve", "ECHILD", undefined, `a worker ended with ${code}`)),
        gone,
      );
    });
  }

  #left(worker: PoolWorker): void {
    this.#workers.delete(worker);
    const { untaken, counters } = worker.gone();
    addCounters(this.#gone, counters);
    for (const passed of untaken) this.#again(passed);
    this.#changed();
  }

  /** A connection that did not reach its worker goes to another. */
  #again({ fd, address }: Passed): void {
    if (this.#ending) this.#kernel.close(fd);
    else this.take(fd, address);
  }

  #undelivered(worker: PoolWorker, passed: Passed, error: unknown): void {
    worker.takeBack();
    if (isSystemError(error, ...UNREACHABLE)) {
      worker.giveUp();
      return this.#again(passed);
    }
    // The kernel cannot pass one more (ETOOMANYREFS, ENOBUFS): any other worker would be as far away.
    this.#gone.errors += 1;
    this.#options.onError?.(error);
    this.#lose(passed.fd);
  }

  #lose(fd: number): void {
    this.#kernel.close(fd);
    addCounters(this.#gone, { ...noCounters(), accepted: 1, closed: 1, lost: 1 });
    this.#changed();
  }

  #crashed(error: Error): void {
    this.#gone.errors += 1;
    this.#options.onError?.(error);
    if (!this.#stopping) return this.#restart();
    // The last has gone, and a new one would have nothing but what waits.
    if (this.#workers.size === 0) for (const { fd } of this.#waiting.splice(0)) this.#lose(fd);
  }

  #restart(): void {
    const now = this.#kernel.clock.now();
    this.#restartTimes = this.#restartTimes.filter((time) => now - time < MINUTE_MS);
    if (this.#restartTimes.length < this.#options.restartsPerMinute) {
      this.#restartTimes.push(now);
      this.restarts += 1;
      void this.#startAgain();
    } else if (this.#workers.size === 0) {
      this.#options.failed();
    }
  }

  async #startAgain(): Promise<void> {
    try {
      await this.#startOne();
    } catch {
      // It has ended before it was ready: its end was told, and counted as a crash.
    }
  }

  #changed(): void {
    if (this.active === 0) for (const resolve of this.#whenNone.splice(0)) resolve();
    this.#options.onEnded();
  }

  async #end(worker: PoolWorker): Promise<void> {
    worker.tell({ kind: "close" });
    const grace = new AbortController();
    const exited = worker.worker.exited.catch(() => undefined);
    const slept = this.#kernel.clock.sleep(GRACE_MS, { signal: grace.signal }).then(
      () => worker.worker.terminate(),
      () => undefined,
    );
    await exited;
    grace.abort();
    await slept;
  }
}
