import type { Connection } from "../../stack/tcp/connection.ts";
import { CONNECTION } from "../../stack/tcp/demultiplexer.ts";
import type { SimEvent } from "../event-queue.ts";
import type { Host } from "../host.ts";
import type { SimContext } from "../sim-context.ts";

/** What a connection's sender knew at a time. */
export interface TcpSample {
  readonly timeUs: number;
  readonly congestionWindowBytes: number;
  /** Bytes that are on their way and not acknowledged. */
  readonly flightBytes: number;
  /** Bytes; Infinity while none was set. */
  readonly slowStartThresholdBytes: number;
  /** Smoothed; 0 before the first measurement. */
  readonly rttUs: number;
}

/** A connection of a host, and what was sampled of it. */
export interface SampledConnection {
  /** "client 10.0.0.2:50000 > 10.0.0.1:7". */
  readonly name: string;
  readonly samples: TcpSample[];
}

/** Samples at most, of all connections together. */
const MAX_SAMPLES = 1_000_000;
/** A threshold of so many segments is none: Linux's TCP_INFINITE_SSTHRESH. */
const NO_THRESHOLD = 0x7fffffff;

/** Looks at the TCP connections of hosts at intervals, while something else happens, too. */
export class TcpSampler implements SimEvent {
  place = -1;
  readonly #context: SimContext;
  readonly #hosts: readonly Host[];
  readonly #intervalUs: number;
  readonly #connections: Map<string, SampledConnection> = new Map();
  #samples = 0;
  #isOver = false;

  constructor(context: SimContext, hosts: readonly Host[], intervalUs: number) {
    this.#context = context;
    this.#hosts = hosts;
    this.#intervalUs = intervalUs;
    context.queue.schedule(this, context.time.nowUs);
  }

  /** By connection, in the order in which they were first seen. */
  get connections(): readonly SampledConnection[] {
    return Array.from(this.#connections.values());
  }

  fire(): void {
    for (const host of this.#hosts) {
      for (const one of host.stack.tcp.pairs.holders()) {
        if (one.kind === CONNECTION) this.#sample(host, one as Connection);
      }
    }
    const { queue, time } = this.#context;
    // By itself it keeps no run alive: it is looked at again when something has happened.
    if (!this.#isOver && queue.size > 0) queue.schedule(this, time.nowUs + this.#intervalUs);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#context.queue.remove(this);
  }

  #sample(host: Host, connection: Connection): void {
    if (this.#samples >= MAX_SAMPLES) return;
    this.#samples += 1;
    const { local, localPort, remote, remotePort } = connection;
    const name = `${host.name} ${local.toString()}:${localPort} > ${remote.toString()}:${remotePort}`;
    let sampled = this.#connections.get(name);
    if (sampled === undefined) {
      sampled = { name, samples: [] };
      this.#connections.set(name, sampled);
    }
    const { sndCwnd, sndMss, sndSsthresh, rttUs } = connection.info();
    sampled.samples.push({
      timeUs: this.#context.time.nowUs,
      congestionWindowBytes: sndCwnd * sndMss,
      flightBytes: connection.unacknowledgedBytes - connection.unsentBytes,
      slowStartThresholdBytes: sndSsthresh >= NO_THRESHOLD ? Infinity : sndSsthresh * sndMss,
      rttUs,
    });
  }
}
