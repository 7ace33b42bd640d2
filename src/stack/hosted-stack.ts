import { AF_INET, AF_INET6, AF_PACKET } from "../api/constants.ts";
import type { Credentials } from "../api/options.ts";
import { PROTOCOL_TCP } from "../wire/ip-protocol.ts";
import { IpAddress } from "./ip/address.ts";
import { BROADCAST, type Route } from "./ip/route.ts";
import type { Pace } from "./pace.ts";
import type { RandomSource } from "./random.ts";
import { type ResolverOptions, type ResolverSettings, resolverSettings } from "./resolver/resolver-options.ts";
import { Resolver } from "./resolver/resolver.ts";
import { InetFamily } from "./socket/inet/inet-family.ts";
import type { InetNetwork } from "./socket/inet/network.ts";
import { interfaceRequests } from "./socket/interface-requests.ts";
import { PacketFamily } from "./socket/packet/packet-family.ts";
import { SocketLayer, type SocketLayerOptions, type StackKernel } from "./socket/socket-layer.ts";
import type { InterfaceNames, Surroundings } from "./socket/surroundings.ts";
import type { Device } from "./link/device.ts";
import type { Interface } from "./link/interface.ts";
import type { Packet, PacketPool } from "./packet.ts";
import { type AttachOptions, Stack } from "./stack.ts";
import { applyTcpOptions, type TcpOptions } from "./tcp/tcp-options.ts";
import { Tcp } from "./tcp/tcp.ts";

/** How a stack with sockets is made. */
export interface HostedStackOptions extends SocketLayerOptions {
  /** Who runs it. */
  readonly pace: Pace;
  readonly random: RandomSource;
  /** Who runs its programs: SO_PEERCRED. Root unless given, who may bind any port and open raw sockets. */
  readonly credentials?: Credentials | undefined;
  /** Whether it passes on packets that are for others. */
  readonly forwarding?: boolean | undefined;
  /** Whether TCP connections that it passes on are kept to segments that fit their path, by the MSS of their SYNs. */
  readonly clampMss?: boolean | undefined;
  /** The memory of packets; stacks that are linked with each other share one. */
  readonly pool?: PacketPool | undefined;
  /** What TCP's sockets begin with, as Linux's sysctls say it. */
  readonly tcp?: TcpOptions | undefined;
  /** Who is asked for the names that `hosts` does not have, in this order: "10.0.0.53", "[2001:db8::53]:5353". */
  readonly nameServers?: ResolverOptions["nameServers"];
  /** How they are asked. */
  readonly resolver?: Omit<ResolverOptions, "nameServers"> | undefined;
}

const ROOT: Credentials = { pid: 1, uid: 0, gid: 0 };

/** A stack that somebody runs, and the kernel that programs call on it. */
export class HostedStack {
  /** The layers below the sockets. */
  readonly stack: Stack;
  readonly tcp: Tcp;
  /** The calls of every kernel, on this network. */
  readonly kernel: StackKernel;
  readonly #pace: Pace;
  readonly #random: RandomSource;
  readonly #sockets: SocketLayer;
  #resolverSettings: ResolverSettings;
  #resolver: Resolver | undefined;

  constructor(options: HostedStackOptions) {
    const { pace, random } = options;
    this.#pace = pace;
    this.#random = random;
    this.stack = new Stack({
      random,
      ...(options.pool && { pool: options.pool }),
      ...(options.forwarding !== undefined && { forwarding: options.forwarding }),
      ...(options.clampMss !== undefined && { clampMss: options.clampMss }),
    });
    // Linux has the broadcast address of its loopback network, too.
    const everybody = IpAddress.parse("127.255.255.255");
    this.stack.addRoute({ destination: everybody, prefixLength: 32, kind: BROADCAST, iface: this.stack.loopback });
    const { context, ip } = this.stack;
    this.tcp = new Tcp(context, ip);
    applyTcpOptions(this.tcp.defaults, options.tcp ?? {});
    ip.register(PROTOCOL_TCP, this.tcp);
    this.stack.atBatchEnd(this.tcp);
    const surroundings = this.#surroundings(options.credentials ?? ROOT);
    const parts = {
      interfaces: interfaceRequests(this.stack),
      nameServer: () => this.#nameServer(),
      enter: () => this.stack.setTime(pace.nowUs()),
      leave: () => this.#settle(),
    };
    this.#sockets = new SocketLayer(surroundings, parts, options);
    const inet = new InetFamily(this.#sockets.events, this.#network(random));
    this.#sockets.families.add(AF_INET, inet.of(AF_INET));
    this.#sockets.families.add(AF_INET6, inet.of(AF_INET6));
    this.#sockets.families.add(AF_PACKET, new PacketFamily(this.#sockets.events, this.stack));
    this.kernel = this.#sockets.kernel;
    this.#resolverSettings = resolverSettings({ ...options.resolver, nameServers: options.nameServers });
  }

  /**
   * Has other name servers asked from now on, and forgets what the last ones said. Errors: ERR_INVALID_ARG_TYPE,
   * ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE for what is no setting.
   */
  setResolver(options: ResolverOptions): void {
    this.#resolverSettings = resolverSettings(options);
    this.#resolver = undefined;
  }

  /** Made at the first name that is to be asked for, with descriptors of its own: the programs' are theirs. */
  #nameServer(): Resolver | undefined {
    if (this.#resolverSettings.servers.length === 0) return undefined;
    this.#resolver ??= new Resolver(this.#sockets.newKernel(), this.#random, this.#resolverSettings);
    return this.#resolver;
  }

  #surroundings(credentials: Credentials): Surroundings {
    const pace = this.#pace;
    return {
      get epochMs() {
        return pace.epochMs;
      },
      nowUs: () => pace.nowUs(),
      wake: () => pace.wake(),
      wakeNextTurn: () => pace.wakeNextTurn(),
      deadlineChanged: () => pace.deadlineChanged(),
      hold: () => pace.hold(),
      release: () => pace.release(),
      throwLater: (error) => pace.throwLater(error),
      told: () => pace.told?.(),
      timers: this.stack.context.timers,
      interfaces: interfaceNames(this.stack),
      credentials,
    };
  }

  #network(random: RandomSource): InetNetwork {
    const { udp, ping, raw, context, ip } = this.stack;
    const { tcp } = this;
    return {
      random,
      pool: context.pool,
      tcp,
      udp,
      ping,
      raw,
      route: (request) => ip.route(request),
      isOwn: (address) => ip.routing.isOwn(address),
      isBroadcast: (address) => {
        const path = ip.route({ destination: address, protocol: PROTOCOL_TCP });
        return typeof path !== "number" && path.isBroadcast;
      },
    };
  }

  /** A kernel with descriptors of its own: one more process on this stack. */
  newKernel(): StackKernel {
    return this.#sockets.newKernel();
  }

  /** Takes a device into use. Errors: ERR_INVALID_ARG_VALUE for what is no address; EEXIST, ENOBUFS. */
  attach(device: Device, options: AttachOptions = {}): Interface {
    return this.stack.attach(device, options);
  }

  /** Sends all that has no other way by a router. Errors: ENETUNREACH, EEXIST, ENOBUFS. */
  addDefaultRoute(gateway: string, iface?: Interface): Route {
    return this.stack.addDefaultRoute(gateway, iface);
  }

  /** A frame has come in by an interface, which is the stack's from now on; those of one turn are one batch. */
  receive(iface: Interface, packet: Packet): void {
    this.stack.setTime(this.#pace.nowUs());
    this.stack.receive(iface, packet);
    this.#pace.wake();
  }

  /** The state of the stack, for people. What is in it may change. */
  inspect(): Record<string, unknown> {
    const { interfaces, context } = this.stack;
    return {
      name: this.kernel.name,
      ...this.#sockets.table.inspect(),
      interfaces: interfaces.all.map(({ name, index, addresses, counters }) => ({
        name,
        index,
        addresses: addresses.map(({ address, prefixLength }) => `${address.toString()}/${prefixLength}`),
        counters: Object.fromEntries(Object.entries(counters)),
      })),
      resolver: this.#resolver?.inspect(),
      packetsInUse: context.pool.inUse,
      packetMemoryBytes: context.pool.memoryBytes,
      nextDeadlineUs: this.nextDeadlineUs(),
    };
  }

  /** Brings the time up to now, does what is due, and tells the programs what came of it. */
  run(): void {
    this.stack.advance(this.#pace.nowUs());
    this.#sockets.events.deliver();
    this.#settle();
  }

  /**
   * The last of several packets was received, and more are to come: tells the programs, and leaves timers alone, since
   * the acknowledgement that one waits for may be among those.
   */
  endBatch(): void {
    this.stack.endBatch();
    this.#sockets.events.deliver();
    this.#settle();
  }

  /** The programs' next turn has come: goes on with what was put off to it. */
  turn(): void {
    this.stack.setTime(this.#pace.nowUs());
    this.#sockets.events.turn();
    this.#settle();
  }

  /**
   * The machine has stopped: gives the packets back that it had, and tells nobody. Its descriptors are closed already,
   * and its devices carry nothing any more.
   */
  discard(): void {
    this.stack.discard();
  }

  /** When `run` is to be called next, at the latest. */
  nextDeadlineUs(): number {
    return this.stack.nextDeadlineUs();
  }

  /** What was sent to this very machine arrives. */
  #settle(): void {
    this.stack.endBatch();
    this.#pace.deadlineChanged();
  }
}

function interfaceNames({ interfaces, ip }: Stack): InterfaceNames {
  return {
    indexOf: (name) => interfaces.named(name)?.index,
    nameOf: (index) => interfaces.get(index)?.name,
    indexOfAddress: (address: IpAddress) => ip.routing.interfaceOf(address)?.index,
    list: () => interfaces.all.map(({ index, name }) => ({ index, name })),
  };
}
