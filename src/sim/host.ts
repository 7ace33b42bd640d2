import { invalidValue } from "../api/errors.ts";
import { HostedStack } from "../stack/hosted-stack.ts";
import type { Packet } from "../stack/packet.ts";
import { HostClock } from "./host-clock.ts";
import { HostInterface, type InterfaceOptions } from "./host-interface.ts";
import { HostPace } from "./pace.ts";
import type { Node } from "./port.ts";
import { Process, type Program } from "./process.ts";
import type { Settling } from "./scheduler.ts";
import type { SimCall } from "./sim-call.ts";
import type { SimContext } from "./sim-context.ts";

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
}

/** What a host is given by its internet. */
export interface HostSurroundings {
  readonly context: SimContext;
  /** A hardware address that nobody else has, from the name of its interface. */
  readonly hardwareAddress: (name: string) => Uint8Array;
  /** A program's exception that nobody has caught. */
  readonly failed: (host: Host, error: unknown) => void;
}

/** A machine of the simulated internet: a stack, its interfaces, its clock, its processes. */
export class Host implements Node, Settling {
  readonly name: string;
  readonly clock: HostClock;
  readonly interfaces: HostInterface[] = [];
  /** All processes that there were since the internet began. */
  readonly processes: Process[] = [];
  readonly options: HostOptions;
  /** What faults make of its programs' calls: makes `call` by `make(...call.args)`, or throws in its place. */
  callFault: ((call: SimCall, make: (...args: unknown[]) => unknown) => unknown) | undefined = undefined;
  isWoken = false;
  wantsTurn = false;
  readonly #surroundings: HostSurroundings;
  readonly #pace: HostPace;
  #stack: HostedStack;

  constructor(surroundings: HostSurroundings, name: string, addresses: readonly string[], options: HostOptions) {
    const { context } = surroundings;
    this.#surroundings = surroundings;
    this.name = name;
    this.options = options;
    this.clock = new HostClock(context.time, options.epochMs);
    this.#pace = new HostPace(this, context);
    this.#stack = this.#boot();
    for (const iface of options.interfaces ?? [{ addresses }]) this.addInterface(iface);
    const { gateway = [] } = options;
    for (const router of typeof gateway === "string" ? [gateway] : gateway) this.#stack.addDefaultRoute(router);
  }

  /** Its TCP/IP stack: for what no call of a program reaches. */
  get stack(): HostedStack {
    return this.#stack;
  }

  /** Adds an interface, which a link may be plugged into. Errors: ERR_INVALID_ARG_VALUE, EEXIST. */
  addInterface(options: InterfaceOptions = {}): HostInterface {
    const { context, hardwareAddress } = this.#surroundings;
    const device = options.name ?? `eth${this.interfaces.length}`;
    const made = new HostInterface(context, this, device, hardwareAddress(`${this.name}.${device}`), options);
    this.#attach(made);
    this.interfaces.push(made);
    return made;
  }

  /** The interface of a name: "eth0". Errors: ERR_INVALID_ARG_VALUE when it has none. */
  interface(device: string): HostInterface {
    const found = this.interfaces.find((one) => one.device === device);
    if (found !== undefined) return found;
    throw invalidValue("device", `an interface of ${this.name}: ${this.#devices()}`, device);
  }

  freePort(): HostInterface {
    const free = this.interfaces.find(({ channel }) => channel === undefined);
    if (free !== undefined) return free;
    throw invalidValue("host", "a host with an interface that has no cable (addInterface makes one)", this.name);
  }

  /**
   * Starts a program as a process of this host: `program(kernel, ...args)`. It begins when the internet next runs. The
   * kernel is the host's, and `kernel.process` the process itself.
   */
  run<Args extends readonly unknown[]>(program: Program<Args>, ...args: Args): Process {
    const { context } = this.#surroundings;
    const made = new Process(context, this, this.processes.length + 1, program as Program, args);
    this.processes.push(made);
    context.scheduler.wake(made);
    return made;
  }

  /** A frame has arrived by an interface. */
  receive({ attached }: HostInterface, packet: Packet): void {
    const { context } = this.#surroundings;
    if (attached === undefined) {
      context.tracer.drop(undefined, packet, "off");
      return;
    }
    const { stack } = this.#stack;
    stack.setTime(this.clock.nowUs);
    stack.receive(attached, packet);
    context.scheduler.wake(this);
  }

  /** When its stack has something to do by itself, by its own clock. */
  nextDeadlineUs(): number {
    return this.#stack.nextDeadlineUs();
  }

  settle(): void {
    this.#stack.run();
  }

  turn(): void {
    this.#stack.turn();
  }

  /** An exception of one of its programs, or of a handler, that nobody has caught. */
  failed(error: unknown): void {
    if (!this.processes.some((process) => process.failed(error))) this.#surroundings.failed(this, error);
  }

  #boot(): HostedStack {
    const { context } = this.#surroundings;
    return new HostedStack({
      name: this.name,
      pace: this.#pace,
      random: context.random(`host ${this.name}`),
      pool: context.pool,
      forwarding: this.options.forwarding,
      hosts: context.names,
    });
  }

  #attach(iface: HostInterface): void {
    const { addresses, autoconfigure } = iface.options;
    iface.attached = this.#stack.attach(iface, {
      name: iface.device,
      ...(addresses && { addresses }),
      ...(autoconfigure !== undefined && { autoconfigure }),
    });
    for (const address of addresses ?? [])
      this.#surroundings.context.names.add(this.name, [address.split("/")[0] ?? ""]);
  }

  #devices(): string {
    return this.interfaces.map(({ device }) => device).join(", ");
  }
}
