import type { SocketAddress } from "../../api/address.ts";
import type { Kernel } from "../../api/kernel.ts";
import type { ProxyHeader } from "../proxy-protocol.ts";
import type { Client, ConnectionHandler, Failure, FlowFactory, ServedConnection, Serving } from "./connection.ts";
import type { Exchange } from "./exchange.ts";
import { HeaderReader, type ProxyGate, type ProxyOutcome } from "./proxy-gate.ts";
import { ServedFlow } from "./served-flow.ts";
import { ServedSocket } from "./served-socket.ts";
import { addCounters, noCounters, type ServeCounters, type WorkerStats } from "./stats.ts";
import { TimeLimits, type TimeLimitOptions } from "./time-limits.ts";

/** Where an error that the server survived is told. */
export type ErrorListener = (error: unknown) => void;

export interface ConnectionsOptions extends TimeLimitOptions {
  readonly serving: Serving;
  readonly proxy?: ProxyGate | undefined;
  readonly stopping: AbortSignal;
  readonly onError?: ErrorListener | undefined;
  /** A connection has ended: there is room for another. */
  readonly onEnded?: (() => void) | undefined;
}

/** The connections that are served in this thread. Nothing that one of them does ends another. */
export class Connections implements Exchange {
  readonly restarts = 0;
  readonly #kernel: Kernel;
  readonly #options: ConnectionsOptions;
  readonly #clients = new Set<Client>();
  readonly #limits: TimeLimits;
  /** Of the connections that have ended, and the counts that belong to none. */
  readonly #counters: ServeCounters = noCounters();
  #whenNone: (() => void)[] = [];

  constructor(kernel: Kernel, options: ConnectionsOptions) {
    this.#kernel = kernel;
    this.#options = options;
    this.#limits = new TimeLimits(kernel.clock, options, this.#clients, (client, reason) => {
      this.#counters.timedOut += 1;
      client.hangUp(reason);
    });
  }

  get active(): number {
    return this.#clients.size;
  }

  counters(): ServeCounters {
    const sum = noCounters();
    addCounters(sum, this.#counters);
    for (const client of this.#clients) {
      sum.bytesRead += client.bytesRead;
      sum.bytesWritten += client.bytesWritten;
    }
    return sum;
  }

  take(fd: number, address: SocketAddress): void {
    this.#counters.accepted += 1;
    const { proxy } = this.#options;
    if (proxy?.expects(address)) this.#readHeader(proxy, fd, address);
    else this.#serve(fd, address, undefined);
  }

  /** For the clients: one has ended, and is closed. */
  ended(client: Client, failure: Failure | undefined): void {
    if (!this.#clients.delete(client)) return;
    const counters = this.#counters;
    counters.closed += 1;
    counters.bytesRead += client.bytesRead;
    counters.bytesWritten += client.bytesWritten;
    if (failure !== undefined) this.#failed(failure.error);
    this.#leave();
  }

  /** The counts without the bytes of the connections that go on. */
  endedCounters(): ServeCounters {
    return { ...this.#counters };
  }

  /** A connection was lost before it could be served. */
  lost(): void {
    this.#counters.accepted += 1;
    this.#counters.closed += 1;
    this.#counters.lost += 1;
    this.#leave();
  }

  workers(): WorkerStats[] {
    return [];
  }

  stop(): void {
    // The handlers hear of it by the signal `stopping`.
  }

  async close(reason: Error | undefined): Promise<void> {
    for (const client of [...this.#clients]) client.hangUp(reason);
  }

  ref(): void {
    // An open connection keeps the program alive by itself.
  }

  unref(): void {
    // As Node's servers: what was accepted is finished.
  }

  async none(): Promise<void> {
    if (this.#clients.size > 0) await new Promise<void>((resolve) => this.#whenNone.push(resolve));
  }

  #serve(fd: number, address: SocketAddress, proxy: ProxyHeader | undefined): void {
    const { serving, stopping } = this.#options;
    const connection: ServedConnection = { fd, address, proxy, stopping };
    try {
      if (serving.flow !== undefined) this.#serveByFlow(serving.flow, connection);
      else if (serving.handler !== undefined) this.#serveBySocket(serving.handler, connection);
    } catch (error) {
      // The program's factory threw, or the kernel could not take one more.
      this.#kernel.close(fd);
      this.#counters.closed += 1;
      this.#failed(error);
      this.#leave();
    }
  }

  #serveByFlow(flow: FlowFactory, connection: ServedConnection): void {
    const client = new ServedFlow(this, flow(connection), this.#limits.nowMs());
    this.#enter(client);
    try {
      client.begin(this.#kernel.flow(connection.fd, client));
    } catch (error) {
      this.#clients.delete(client);
      throw error;
    }
  }

  #serveBySocket(handler: ConnectionHandler, connection: ServedConnection): void {
    const client = new ServedSocket(this, this.#kernel, connection, this.#limits.nowMs());
    this.#enter(client);
    void client.serve(handler, connection);
  }

  #readHeader(gate: ProxyGate, fd: number, address: SocketAddress): void {
    const outcome: ProxyOutcome = {
      passed: (client, header) => {
        this.#serve(fd, address, header);
        this.#clients.delete(client);
      },
      ended: (client, failure) => this.ended(client, failure),
    };
    const reader = new HeaderReader(this.#kernel, fd, gate, outcome, this.#limits.nowMs());
    this.#enter(reader);
    void reader.read();
  }

  #enter(client: Client): void {
    this.#clients.add(client);
    this.#limits.watch();
  }

  #failed(error: unknown): void {
    this.#counters.errors += 1;
    this.#options.onError?.(error);
  }

  #leave(): void {
    if (this.#clients.size === 0) {
      this.#limits.rest();
      const waiting = this.#whenNone;
      this.#whenNone = [];
      for (const resolve of waiting) resolve();
    }
    this.#options.onEnded?.();
  }
}
