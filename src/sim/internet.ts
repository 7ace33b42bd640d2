import { invalidType, invalidValue, outOfRange } from "../api/errors.ts";
import { PacketPool } from "../stack/packet.ts";
import { HostTable } from "../stack/socket/names/hosts.ts";
import { EventQueue, type SimEvent } from "./event-queue.ts";
import { Host, type HostOptions } from "./host.ts";
import type { Channel } from "./link/channel.ts";
import { Link } from "./link/link.ts";
import type { LinkSettings } from "./link/settings.ts";
import type { FirewallOptions } from "./firewall/firewall.ts";
import type { HostInterface } from "./host-interface.ts";
import { installFirewall } from "./nodes/interface-firewall.ts";
import { NatRouter, type NatRouterOptions } from "./nodes/nat-router.ts";
import { Switch } from "./nodes/switch.ts";
import { isPort, type Node, type Port } from "./port.ts";
import { checkTopology } from "./topology/check-topology.ts";
import { routeAll } from "./topology/routes.ts";
import { closesLoop } from "./topology/segments.ts";
import type { Process } from "./process.ts";
import { SeededRandom } from "./random.ts";
import { Run } from "./run.ts";
import { isWell, runError, type RunReason, type RunResult } from "./run-result.ts";
import { Scheduler } from "./scheduler.ts";
import { Census, type SimContext } from "./sim-context.ts";
import { VirtualTime } from "./time.ts";
import { explainWaits } from "./waits.ts";
import { Tracer, type HashedBytes, type TraceSink } from "./trace/tracer.ts";

/** Limits of a run, unless it is told others. */
const DEFAULT_TIME_LIMIT_MS = 24 * 3600 * 1000;
const DEFAULT_PACKET_BYTES = 1 << 30;

/** How an internet is made. */
export interface InternetOptions {
  /** What all chance follows from: an integer from 0. 1 unless given. */
  readonly seed?: number | undefined;
  /** How much of each packet goes into the trace's hash: its headers unless given. */
  readonly hash?: HashedBytes | undefined;
}

/** How long a run goes on. */
export interface RunOptions {
  /** Ends it when so much of the internet's time has passed since it began, whether programs have ended or not. */
  readonly forMs?: number | undefined;
  /** Ends it with "time limit" when the internet's time has come to this: a day unless given. */
  readonly timeLimitMs?: number | undefined;
  /** Ends it with "event limit" after so many events. */
  readonly eventLimit?: number | undefined;
  /** Ends it with "memory limit" when packets take more: 1 GiB unless given. */
  readonly packetMemoryLimit?: number | undefined;
}

/**
 * A simulated internet: hosts with a TCP/IP stack each, links between them, programs on them, all on one virtual clock
 * that jumps from event to event. All chance follows from the seed: the same seed gives the same run, packet by packet.
 *
 * @example
 * import { Internet } from "dialtone/sim";
 * const internet = new Internet({ seed: 7 });
 * const server = internet.host("server", "10.0.0.1/24");
 * const client = internet.host("client", "10.0.0.2/24");
 * internet.link(server, client, { delayMs: 20, bandwidthMbps: 10, loss: 0.01 });
 * const address = { family: AF_INET, address: "10.0.0.1", port: 7 } as const;
 * server.run(async (kernel) => {
 *   const fd = kernel.socket(AF_INET, SOCK_STREAM);
 *   kernel.bind(fd, address);
 *   kernel.listen(fd);
 *   const line = await kernel.accept(fd);
 *   return kernel.recv(line.fd, new Uint8Array(16));
 * });
 * client.run(async (kernel) => {
 *   const fd = kernel.socket(AF_INET, SOCK_STREAM);
 *   await kernel.connect(fd, address);
 *   await kernel.send(fd, new TextEncoder().encode("hello"));
 * });
 * const { reason, processes } = await internet.run();
 * reason; // "ended"
 * processes[0]?.result; // 5
 */
export class Internet {
  readonly seed: number;
  readonly hosts: Host[] = [];
  readonly links: Link[] = [];
  /** What the parts share: for nodes, faults and tools that are made outside of this class. */
  readonly context: SimContext;
  /** Looked at when everything of an instant has happened. True ends the run. */
  afterInstant: (() => boolean) | undefined = undefined;
  readonly #names: Set<string> = new Set();
  readonly #hardwareAddresses: Set<string> = new Set();
  #events = 0;
  #failure: { host: Host; error: unknown } | undefined = undefined;
  #isRunning = false;
  /** Interfaces and links that were there when the topology was looked at. */
  #checkedParts = -1;

  constructor(options: InternetOptions = {}) {
    const { seed = 1, hash = "headers" } = options;
    if (typeof seed !== "number") throw invalidType("seed", "an integer", seed);
    if (!Number.isSafeInteger(seed) || seed < 0) throw outOfRange("seed", "an integer from 0 to 2^53 - 1", seed);
    this.seed = seed;
    const time = new VirtualTime();
    this.context = {
      time,
      queue: new EventQueue(),
      scheduler: new Scheduler(),
      census: new Census(),
      tracer: new Tracer(time, hash),
      pool: new PacketPool({ small: Infinity, large: Infinity }),
      names: new HostTable({}),
      random: (label) => new SeededRandom(seed, label),
    };
  }

  /** The internet's time, in milliseconds since it began. */
  get nowMs(): number {
    return this.context.time.nowUs / 1000;
  }

  /** A hash of all that has happened so far. */
  get traceHash(): string {
    return this.context.tracer.hash.toString();
  }

  /** Events of the queue that happened so far. */
  get events(): number {
    return this.#events;
  }

  get processes(): readonly Process[] {
    return this.hosts.flatMap(({ processes }) => processes);
  }

  /**
   * Adds a host. Its addresses, "10.0.0.1/24" and "2001:db8::1/64", are those of its first interface, "eth0".
   *
   * Errors: ERR_INVALID_ARG_VALUE: a name that is taken; no address, no prefix.
   */
  host(name: string, addresses: string | readonly string[] = [], options: HostOptions = {}): Host {
    this.takeName(name);
    const { context } = this;
    const surroundings = {
      context,
      hardwareAddress: (of: string) => this.hardwareAddress(of),
      failed: (host: Host, error: unknown) => void (this.#failure ??= { host, error }),
    };
    const made = new Host(surroundings, name, typeof addresses === "string" ? [addresses] : addresses, options);
    this.hosts.push(made);
    return made;
  }

  /** Adds a switch, which has a port for every cable. Errors: ERR_INVALID_ARG_VALUE: a name that is taken. */
  switch(name: string): Switch {
    this.takeName(name);
    return new Switch(this.context, name);
  }

  /**
   * Adds a router: a host that passes packets on. Each entry of `interfaces` is the address, or the addresses, of one:
   * the first is "eth0". Errors: those of `host`.
   */
  router(name: string, interfaces: readonly (string | readonly string[])[], options: HostOptions = {}): Host {
    const all = interfaces.map((one) => ({ addresses: typeof one === "string" ? [one] : one }));
    return this.host(name, [], { forwarding: true, interfaces: all, ...options });
  }

  /**
   * Has a router translate addresses: what leaves by its outside interface leaves from the address of that, RFC 3022.
   * Errors: ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE.
   */
  nat(router: Host, options: NatRouterOptions = {}): NatRouter {
    return new NatRouter(this.context, router, options);
  }

  /**
   * Puts a firewall on an interface: it decides about each connection once, and lets the answers pass. Errors:
   * ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE.
   */
  firewall(iface: HostInterface, options: FirewallOptions = {}): void {
    installFirewall(this.context, iface, options);
  }

  /** Gives every host the routes to all networks, by the fewest routers. A host with a `gateway` stays as it is. */
  routeAll(): void {
    routeAll(this.hosts, this.links);
  }

  /**
   * Joins two machines by a cable: a node stands for the first of its ports that is free. Errors: ERR_INVALID_ARG_VALUE
   * where there is none; those of the settings.
   */
  link(one: Node | Port, other: Node | Port, settings: LinkSettings = {}): Link {
    const ends = [one, other].map((end) => (isPort(end) ? end : end.freePort())) as [Port, Port];
    if (closesLoop(this.links, ...ends)) {
      throw invalidValue(
        "link",
        "a cable that closes no loop of switches: broadcasts would run round for ever",
        ends[1].name,
      );
    }
    const made = new Link(this.context, this.links.length, ends, settings);
    this.links.push(made);
    return made;
  }

  /** All directions of all links. */
  get channels(): readonly Channel[] {
    return this.links.flatMap(({ channels }) => channels);
  }

  /** Has a sink told all that happens, until what is returned is disposed. */
  trace(sink: TraceSink): Disposable {
    return this.context.tracer.add(sink);
  }

  /** Does something when the internet's time has come to `timeMs`; disposed before, it does not. */
  at(timeMs: number, action: () => void): Disposable {
    const { queue, scheduler, time } = this.context;
    const fire = (): void => {
      scheduler.programsTold = true;
      action();
    };
    const event: SimEvent = { place: -1, fire };
    queue.schedule(event, Math.max(timeMs * 1000, time.nowUs));
    return { [Symbol.dispose]: () => queue.remove(event) };
  }

  /** Runs until it ends, and rejects with a RunError unless that is well: see `RunReason`. */
  async run(options: RunOptions = {}): Promise<RunResult> {
    const result = await this.tryRun(options);
    const error = runError(result);
    if (error !== undefined) throw error;
    return result;
  }

  /** Runs until it ends, and says how. It may be run on afterwards. */
  async tryRun(options: RunOptions = {}): Promise<RunResult> {
    if (this.#isRunning) throw invalidValue("internet", "an internet that is not running", "one that is");
    this.#checkTopology();
    this.#isRunning = true;
    const { time } = this.context;
    const limits = {
      timeUs: (options.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS) * 1000,
      events: options.eventLimit ?? Infinity,
      packetBytes: options.packetMemoryLimit ?? DEFAULT_PACKET_BYTES,
    };
    const untilUs = options.forMs === undefined ? Infinity : time.nowUs + options.forMs * 1000;
    const hooks = {
      failure: () => this.#failure,
      isQuiet: () => this.hosts.every(({ isQuiet }) => isQuiet),
      alive: () => this.processes.filter(({ isGone }) => !isGone).length,
      instant: () => this.afterInstant?.() ?? false,
    };
    const run = new Run(this.context, hooks, limits, untilUs, this.#events);
    try {
      return this.#result(await run.go(), run);
    } finally {
      this.#events = run.events;
      this.#isRunning = false;
    }
  }

  /** Reserves a name, for a node that is made outside of this class. Errors: ERR_INVALID_ARG_VALUE when it is taken. */
  takeName(name: string): void {
    if (typeof name !== "string") throw invalidType("name", "a string", name);
    const isLegal = /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name);
    if (!isLegal) throw invalidValue("name", "letters, digits, - and _, as a machine's name has", name);
    if (this.#names.has(name)) throw invalidValue("name", "a name that no other machine of the internet has", name);
    this.#names.add(name);
  }

  /** A hardware address for a port, which follows from the port's name: locally administered (IEEE 802). */
  hardwareAddress(name: string): Uint8Array {
    const random = this.context.random(`hardware ${name}`);
    const bytes = new Uint8Array(6);
    do {
      for (let i = 1; i < 6; i += 1) bytes[i] = random.below(256);
      bytes[0] = 2;
    } while (this.#hardwareAddresses.has(bytes.join()));
    this.#hardwareAddresses.add(bytes.join());
    return bytes;
  }

  /** Looks at what was built, when something was built since the last time. */
  #checkTopology(): void {
    const interfaces = this.hosts.flatMap((host) => host.interfaces);
    const parts = interfaces.length + this.links.length;
    if (parts === this.#checkedParts) return;
    checkTopology(this.links, interfaces);
    this.#checkedParts = parts;
  }

  #result(reason: RunReason, run: Run): RunResult {
    return {
      reason,
      explanation: this.#explain(reason),
      seed: this.seed,
      timeMs: this.nowMs,
      events: run.events + this.context.scheduler.turns,
      packetHops: this.context.tracer.hops,
      traceHash: this.traceHash,
      processes: this.processes,
      failures: this.#failures(),
      error: this.#failure?.error,
    };
  }

  #failures(): Process[] {
    return this.processes.filter(({ exitCode }) => exitCode === 1);
  }

  #explain(reason: RunReason): string {
    const failed = this.#failures().map(({ host, name, error }) => `${host.name}: ${name} failed: ${String(error)}`);
    const uncaught = this.#failure === undefined ? [] : [`${this.#failure.host.name}: ${String(this.#failure.error)}`];
    const waiting = isWell(reason) ? [] : explainWaits(this.processes);
    return [reason, ...uncaught, ...failed, ...waiting].join("\n");
  }
}
