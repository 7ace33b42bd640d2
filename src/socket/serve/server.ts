import type { SocketAddress } from "../../api/address.ts";
import { systemError } from "../../api/errors.ts";
import type { Kernel } from "../../api/kernel.ts";
import type { Acceptor } from "./acceptor.ts";
import type { Exchange } from "./exchange.ts";
import type { ServeShape } from "./options.ts";
import type { ServerStats } from "./stats.ts";

/** `stop` waits so long for the clients, when it is not told otherwise. */
const DEFAULT_DEADLINE_MS = 10_000;

export interface StopOptions {
  /** Milliseconds until the connections that are left are closed (default 10,000; Infinity waits for all). */
  readonly deadlineMs?: number | undefined;
}

/** What a server is made of. */
export interface ServerParts {
  readonly shape: ServeShape;
  readonly address: SocketAddress;
  /** Who accepts. */
  readonly acceptor: Pick<Acceptor, "fd" | "refused" | "shortages" | "errors" | "close" | "ref" | "unref">;
  /** Who serves. */
  readonly exchange: Exchange;
  /** Its signal is the handlers' `stopping`. */
  readonly stopping: AbortController;
}

/** A server that runs: what `serve` gives. `await using` closes it at the end of the block. */
export class Server implements AsyncDisposable {
  readonly shape: ServeShape;
  /** Where it listens, with the port that was chosen. */
  readonly address: SocketAddress;
  /** Resolves when the server has ended: nothing listens, no connection is open, no worker runs. */
  readonly closed: Promise<void>;
  readonly #kernel: Kernel;
  readonly #parts: ServerParts;
  #settleClosed: () => void = () => undefined;
  #stopped: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(kernel: Kernel, parts: ServerParts) {
    this.#kernel = kernel;
    this.#parts = parts;
    this.shape = parts.shape;
    this.address = parts.address;
    this.closed = new Promise((resolve) => (this.#settleClosed = resolve));
  }

  /** The numbers since the start. */
  stats(): ServerStats {
    const { acceptor, exchange } = this.#parts;
    const sum = exchange.counters();
    sum.refused += acceptor.refused;
    sum.shortages += acceptor.shortages;
    sum.errors += acceptor.errors;
    return { ...sum, active: exchange.active, restarts: exchange.restarts, perWorker: exchange.workers() };
  }

  /**
   * Ends in good order: closes the listener, so that new clients are refused; tells the handlers by their signal
   * `stopping`; waits for the connections; closes those that are left at the deadline. Resolves when all has ended. A
   * second call waits for the first.
   */
  stop(options: StopOptions = {}): Promise<void> {
    this.#stopped ??= this.#stop(options.deadlineMs ?? DEFAULT_DEADLINE_MS);
    return this.#stopped;
  }

  /** Ends at once: the listener, every connection and all workers. Resolves when they have ended; never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The server keeps the program alive (the default). */
  ref(): this {
    this.#parts.acceptor.ref();
    this.#parts.exchange.ref();
    return this;
  }

  /** The server's waiting for clients does not keep the program alive; connections that are open do. */
  unref(): this {
    this.#parts.acceptor.unref();
    this.#parts.exchange.unref();
    return this;
  }

  /** Its state, for people. */
  inspect(): Record<string, unknown> {
    const state = this.#closing !== undefined ? "closed" : this.#stopped !== undefined ? "stopping" : "open";
    const { acceptor } = this.#parts;
    return { state, shape: this.shape, address: this.address, listener: acceptor.fd, ...this.stats() };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #stop(deadlineMs: number): Promise<void> {
    const { acceptor, exchange, stopping } = this.#parts;
    acceptor.close();
    exchange.stop();
    stopping.abort();
    const over = new AbortController();
    const waits: Promise<unknown>[] = [exchange.none(), this.closed];
    if (deadlineMs !== Infinity)
      waits.push(this.#kernel.clock.sleep(deadlineMs, { signal: over.signal }).catch(() => 0));
    await Promise.race(waits);
    over.abort();
    await this.close();
  }

  async #close(): Promise<void> {
    const { acceptor, exchange, stopping } = this.#parts;
    acceptor.close();
    stopping.abort();
    await exchange.close(systemError("serve", "ECANCELED", undefined, "the server closed"));
    this.#settleClosed();
  }
}
