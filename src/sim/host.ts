import { invalidValue, isSystemError } from "../api/errors.ts";
import { HostedStack } from "../stack/hosted-stack.ts";
import type { Packet } from "../stack/packet.ts";
import { Connection } from "../stack/tcp/connection.ts";
import { HostClock } from "./host-clock.ts";
import { HostInterface, type InterfaceOptions } from "./host-interface.ts";
import { HostPace } from "./pace.ts";
import type { Node } from "./port.ts";
import { Process, type Program } from "./process.ts";
import type { SimCall } from "./sim-call.ts";
import type { SimContext } from "./sim-context.ts";

/** Frames that a paused machine's interfaces keep, as a network card's ring does. */
const MAX_HELD = 256;

/** How a host is set up. */
export interface HostOptions {
  /** Its interfaces; one, "eth0" with the host's addresses, unless given. */
  readonly interfaces?: readonly InterfaceOptions[] | undefined;
  /** The router for all that is not on its links: one address, or one for each version of IP. */
  readonly gateway?: string | readonly string[] | undefined;
  /** Whether it passes on packets that are for others. */
  readonly forwarding?: boolean | undefined;
  /** What its wall clock shows when the internet begins, in milliseconds since 1970. */
  readonly epochMs?: number | undefined;
  /** How fast its clocks go: 1 is right, and unless given. */
  readonly clockRate?: number | undefined;
}

/** What a host is given by its internet. */
export interface HostSurroundings {
  readonly context: SimContext;
  /** A hardware address that nobody else has, from the name of its interface. */
  readonly hardwareAddress: (name: string) => Uint8Array;
  /** A program's exception that nobody has caught. */
  readonly failed: (host: Host, error: unknown) => void;
}

/** "off": it has crashed. "paused": it stands still, and its clocks go on. */
export type HostState = "on" | "off" | "paused";

/** A way by a router: to "0.0.0.0/0" or "10.1.0.0/16". */
interface HostRoute {
  readonly destination: string;
  readonly gateway: string;
}

/** A machine of the simulated internet: a stack, its interfaces, its clock, its processes. */
export class Host implements Node {
  readonly name: string;
  readonly clock: HostClock;
  readonly interfaces: HostInterface[] = [];
  /** All processes that there were since the internet began. */
  readonly processes: Process[] = [];
  readonly options: HostOptions;
  /** What faults make of its programs' calls: makes `call` by `make(...call.args)`, or throws in its place. */
  callFault: ((call: SimCall, make: (...args: unknown[]) => unknown) => unknown) | undefined = undefined;
  readonly #surroundings: HostSurroundings;
  readonly #routes: HostRoute[] = [];
  #pace: HostPace;
  #stack: HostedStack;
  #isOff = false;
  #boots = 0;
  /** What came in while it was paused. */
  #held: { iface: HostInterface; packet: Packet }[] = [];

  constructor(surroundings: HostSurroundings, name: string, addresses: readonly string[], options: HostOptions) {
    const { context } = surroundings;
    this.#surroundings = surroundings;
    this.name = name;
    this.options = options;
    this.clock = new HostClock(context.time, () => this.#pace.reschedule(), options.epochMs);
    this.#pace = this.#makePace();
    this.#stack = this.#boot();
    if (options.clockRate !== undefined) this.clock.rate = options.clockRate;
    for (const iface of options.interfaces ?? [{ addresses }]) this.addInterface(iface);
    const { gateway = [] } = options;
    for (const router of typeof gateway === "string" ? [gateway] : gateway) this.addRoute("default", router);
  }

  /** Its TCP/IP stack: for what no call of a program reaches. Another one after a restart. */
  get stack(): HostedStack {
    return this.#stack;
  }

  get state(): HostState {
    if (this.#isOff) return "off";
    return this.#pace.isPaused ? "paused" : "on";
  }

  /** Adds an interface, which a link may be plugged into. Errors: ERR_INVALID_ARG_VALUE, EEXIST. */
  addInterface(options: InterfaceOptions = {}): HostInterface {
    const { context, hardwareAddress } = this.#surroundings;
    const device = options.name ?? `eth${this.interfaces.length}`;
    const made = new HostInterface(context, this, device, hardwareAddress(`${this.name}.${device}`), options);
    made.attachTo(this.#stack);
    this.interfaces.push(made);
    const own = (options.addresses ?? []).map((address) => address.split("/")[0] as string);
    const known = context.names.addresses(this.name, 0) ?? [];
    if (own.length > 0) context.names.add(this.name, [...known, ...own]);
    return made;
  }

  /** The interface of a name: "eth0". Errors: ERR_INVALID_ARG_VALUE when it has none. */
  interface(device: string): HostInterface {
    const found = this.interfaces.find((one) => one.device === device);
    if (found !== undefined) return found;
    const names = this.interfaces.map((one) => one.device).join(", ");
    throw invalidValue("device", `an interface of ${this.name}: ${names}`, device);
  }

  freePort(): HostInterface {
    const free = this.interfaces.find(({ channel }) => channel === undefined);
    if (free !== undefined) return free;
    throw invalidValue("host", "a host with an interface that has no cable (addInterface makes one)", this.name);
  }

  /**
   * Adds the way to a network, "10.1.0.0/16" or "default", by a router on one of its links. Errors:
   * ERR_INVALID_ARG_VALUE; ENETUNREACH for a router on none of its links, EEXIST for a way that there is.
   */
  addRoute(destination: string, gateway: string): void {
    this.#stack.stack.addRouteVia(destination, gateway);
    this.#routes.push({ destination, gateway });
  }

  /**
   * Starts a program as a process of this host: `program(kernel, ...args)`. It begins when the internet next runs. The
   * kernel is the host's, and `kernel.process` the process itself. Errors: ERR_INVALID_ARG_VALUE on a host that is off.
   */
  run<Args extends readonly unknown[]>(program: Program<Args>, ...args: Args): Process {
    return this.#start(program as Program, args, false);
  }

  /** The same for a program that does not end by itself: a run goes on for the others, and not for this one. */
  daemon<Args extends readonly unknown[]>(program: Program<Args>, ...args: Args): Process {
    return this.#start(program as Program, args, true);
  }

  #start(program: Program, args: readonly unknown[], isDaemon: boolean): Process {
    if (this.#isOff) throw invalidValue("host", "a host that is on", this.name);
    const { context } = this.#surroundings;
    const made = new Process(context, this, this.processes.length + 1, program, args, isDaemon);
    this.processes.push(made);
    context.scheduler.wake(made);
    return made;
  }

  /** The machine stops, as if its power was cut: no FIN, no RST. None of its programs' calls ever settles. */
  crash(): void {
    if (this.#isOff) return;
    this.#isOff = true;
    for (const iface of this.interfaces) iface.attached = undefined;
    for (const process of this.processes) process.crash();
    for (const { packet } of this.#takeHeld()) packet.release();
    this.#stack.discard();
    this.#pace.stop();
    this.#note("crashed");
  }

  /**
   * The machine boots, after a crash if it was on: it knows none of its old connections, and answers them with RST.
   * What ran on it begins anew, unless `programs` is false.
   */
  restart({ programs = true }: { readonly programs?: boolean } = {}): void {
    this.crash();
    this.#isOff = false;
    this.clock.boot();
    this.#pace = this.#makePace();
    this.#stack = this.#boot();
    for (const iface of this.interfaces) iface.attachTo(this.#stack);
    for (const route of this.#routes) this.#restoreRoute(route);
    this.#note("restarted");
    const boot = this.#boots - 1;
    if (programs)
      for (const { program, args, isDaemon } of this.processes.filter((one) => one.crashedInBoot === boot))
        this.#start(program, args, isDaemon);
  }

  /** Which boot of the machine this is, from 1. */
  get boots(): number {
    return this.#boots;
  }

  /** The machine stands still: frames wait in its interfaces, its timers and programs until it goes on. */
  pause(): void {
    if (this.state !== "on") return;
    this.#pace.isPaused = true;
    this.#note("paused");
  }

  /** It goes on; its clocks have gone on meanwhile. */
  resume(): void {
    if (this.state !== "paused") return;
    this.#pace.isPaused = false;
    this.#note("resumed");
    for (const { iface, packet } of this.#takeHeld()) this.receive(iface, packet);
  }

  /** Takes an interface down; `HostInterface.down` is the way to call it. */
  loseInterface(iface: HostInterface): void {
    const { attached } = iface;
    if (attached === undefined) return;
    iface.attached = undefined;
    this.#stack.stack.detach(attached);
    this.#note(`${iface.device} is down`);
  }

  /** Takes it up again, `HostInterface.up`. */
  regainInterface(iface: HostInterface): void {
    if (this.#isOff || iface.attached !== undefined) return;
    iface.attachTo(this.#stack);
    for (const route of this.#routes) this.#restoreRoute(route);
    this.#note(`${iface.device} is up`);
  }

  /** Whether none of its connections has anything left to say: what was not acknowledged is sent again. */
  get isQuiet(): boolean {
    if (this.#isOff) return true;
    for (const holder of this.#stack.tcp.pairs.holders()) {
      if (!(holder instanceof Connection)) continue;
      if (holder.unacknowledgedBytes > 0 || holder.queue.length > 0 || holder.hasUnsent) return false;
    }
    return true;
  }

  /** A frame has arrived by an interface. */
  receive(iface: HostInterface, packet: Packet): void {
    const { attached, channel } = iface;
    const { tracer } = this.#surroundings.context;
    if (attached === undefined) {
      tracer.drop(channel, packet, "off");
    } else if (this.#pace.isPaused) {
      if (this.#held.length < MAX_HELD) this.#held.push({ iface, packet });
      else tracer.drop(channel, packet, "paused");
    } else {
      const { stack } = this.#stack;
      stack.setTime(this.clock.nowUs);
      stack.receive(attached, packet);
      this.#pace.wake();
    }
  }

  #makePace(): HostPace {
    return new HostPace(this.#surroundings.context, this.clock, (error) => this.#failed(error));
  }

  #boot(): HostedStack {
    const { context } = this.#surroundings;
    this.#boots += 1;
    const stack = new HostedStack({
      name: this.name,
      pace: this.#pace,
      random: context.random(`host ${this.name} boot ${this.#boots}`),
      pool: context.pool,
      forwarding: this.options.forwarding,
      hosts: context.names,
    });
    this.#pace.attach(stack);
    return stack;
  }

  /** Adds a route that may have gone with an interface, and may need one that is still down. */
  #restoreRoute({ destination, gateway }: HostRoute): void {
    try {
      this.#stack.stack.addRouteVia(destination, gateway);
    } catch (error) {
      if (!isSystemError(error, "EEXIST", "ENETUNREACH")) throw error;
    }
  }

  #takeHeld(): { iface: HostInterface; packet: Packet }[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }

  /** An exception of one of its programs, or of a handler, that nobody has caught. */
  #failed(error: unknown): void {
    if (!this.processes.some((process) => process.failed(error))) this.#surroundings.failed(this, error);
  }

  #note(what: string): void {
    this.#surroundings.context.tracer.note(this.name, what);
  }
}
