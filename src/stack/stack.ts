import { errno } from "../api/errno.ts";
import { invalidValue, systemError } from "../api/errors.ts";
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_IGMP, PROTOCOL_UDP } from "../wire/ip-protocol.ts";
import { Changes } from "./changes.ts";
import type { StackContext } from "./context.ts";
import { inspectStack, type StackInspection } from "./inspect.ts";
import { ErrorDelivery } from "./icmp/error-delivery.ts";
import { Icmpv4 } from "./icmp/icmpv4.ts";
import { Icmpv6 } from "./icmp/icmpv6.ts";
import { Ping } from "./icmp/ping.ts";
import { RedirectInput } from "./icmp/redirect-input.ts";
import { IpAddress } from "./ip/address.ts";
import { Addresses } from "./ip/addresses.ts";
import { Ip } from "./ip/ip.ts";
import { Route, type RouteSettings } from "./ip/route.ts";
import { ArpAddresses } from "./link/arp-addresses.ts";
import { Backlog } from "./link/backlog.ts";
import type { Device } from "./link/device.ts";
import { DuplicateAddressDetection } from "./link/duplicate-address-detection.ts";
import { EthernetLink } from "./link/ethernet-link.ts";
import type { InterfaceAddress } from "./link/interface-address.ts";
import { Interface, type LinkLayer } from "./link/interface.ts";
import { Interfaces } from "./link/interfaces.ts";
import { IpLink } from "./link/ip-link.ts";
import { LinkContext } from "./link/link-context.ts";
import { LOOPBACK_INDEX, LoopbackDevice } from "./link/loopback-device.ts";
import { NeighbourCache } from "./link/neighbour-cache.ts";
import { NeighbourDiscovery } from "./link/neighbour-discovery.ts";
import { type Advertisement, RouterDiscovery } from "./link/router-discovery.ts";
import { Taps } from "./link/tap.ts";
import { Igmp } from "./multicast/igmp.ts";
import { Mld } from "./multicast/mld.ts";
import { Reporting } from "./multicast/reporting.ts";
import { type Packet, PacketPool } from "./packet.ts";
import type { RandomSource } from "./random.ts";
import { Raw } from "./raw/raw.ts";
import { TimerQueue } from "./timer/timer-queue.ts";
import { Udp } from "./udp/udp.ts";

/** Packets of the loopback that one batch works off; what is left has a deadline of now. */
const MAX_BATCH = 1000;

/** What a stack is made of. */
export interface StackOptions {
  readonly random: RandomSource;
  /** The memory of packets; stacks may share one. Its own unless given. */
  readonly pool?: PacketPool;
  /** Whether it passes on packets that are for others. */
  readonly forwarding?: boolean;
  /** Whether TCP connections that it passes on are kept to segments that fit, by the MSS of their SYNs. */
  readonly clampMss?: boolean;
}

/** How an interface is set up. */
export interface AttachOptions {
  /** "eth0" and so on unless given. */
  readonly name?: string;
  /** Addresses with their prefixes: "10.0.0.1/24", "2001:db8::1/64". */
  readonly addresses?: readonly string[];
  /** Whether addresses wait until nobody else turns out to have them. Only on Ethernet; false unless given. */
  readonly detectDuplicates?: boolean;
  /** Whether IPv6 addresses and routes are made of what routers say: RFC 4862. It then has a link-local address too. */
  readonly autoconfigure?: boolean;
  /** What is told to the hosts of the link, as their router: RFC 4861 §6.2. */
  readonly advertise?: Advertisement;
}

/** Somebody who is told at the end of each batch of packets, before the sockets' owners are. */
export interface BatchEnd {
  batchEnded(): void;
}

/** The context that the stack writes. */
class Context implements StackContext {
  nowUs = 0;
  readonly pool: PacketPool;
  readonly random: RandomSource;
  readonly timers: TimerQueue = new TimerQueue();

  constructor({ pool, random }: StackOptions) {
    this.pool = pool ?? new PacketPool();
    this.random = random;
  }
}

/**
 * A TCP/IP stack without a clock and without a thread. Whoever drives it hands over packets (`receive`), says what time
 * it is (`advance`) and asks when to come again (`nextDeadlineUs`).
 */
export class Stack {
  readonly context: StackContext;
  readonly interfaces: Interfaces = new Interfaces();
  readonly taps: Taps = new Taps();
  readonly neighbours: NeighbourCache;
  readonly addresses: Addresses;
  readonly changes: Changes = new Changes();
  readonly ip: Ip;
  readonly udp: Udp;
  readonly ping: Ping;
  readonly raw: Raw;
  readonly redirects: RedirectInput;
  readonly loopback: Interface;
  readonly #context: Context;
  readonly #backlog: Backlog = new Backlog();
  readonly #links: LinkContext;
  readonly #detection: DuplicateAddressDetection;
  readonly #discovery: NeighbourDiscovery;
  readonly #arpAddresses: ArpAddresses;
  readonly #routers: RouterDiscovery;
  readonly #reporting: Reporting;
  readonly #igmp: Igmp;
  readonly #mld: Mld;
  readonly #batchEnds: BatchEnd[] = [];
  #isBusy = false;

  constructor(options: StackOptions) {
    const context = new Context(options);
    this.context = context;
    this.#context = context;
    this.neighbours = new NeighbourCache(context);
    this.#reporting = new Reporting(context);
    this.ip = new Ip(context, this.interfaces, this.#backlog, {
      raw: { deliver: (packet, ip) => this.raw.deliver(packet, ip) },
      reporter: this.#reporting,
    });
    this.raw = new Raw(context, this.ip, this.changes);
    this.udp = new Udp(context, this.ip, this.ip.errors, this.changes);
    this.ping = new Ping(context, this.ip, this.changes);
    this.redirects = new RedirectInput(this.ip.routing, this.interfaces);
    this.addresses = new Addresses(this.ip.routing, this.ip.groups);
    this.#links = new LinkContext(context, this.neighbours, this.taps, this.ip);
    this.#discovery = new NeighbourDiscovery(context, this.ip, this.neighbours);
    this.#detection = new DuplicateAddressDetection(context, this.addresses, {
      probe: (iface, own) => this.#probe(iface, own),
      announce: (iface, own) => this.#announce(iface, own),
    });
    this.addresses.detection = this.#detection;
    this.#discovery.detection = this.#detection;
    this.#routers = new RouterDiscovery(context, this.ip.routing, this.addresses, this.ip.groups, this.#discovery);
    this.#discovery.routers = this.#routers;
    this.#arpAddresses = new ArpAddresses(this.ip.routing, this.interfaces, this.#detection);
    this.#igmp = new Igmp(context, this.ip, this.#reporting);
    this.#mld = new Mld(context, this.ip, this.#reporting);
    const delivery = new ErrorDelivery(this.ip.input.transports, this.raw);
    this.ip.register(PROTOCOL_ICMP, new Icmpv4(context, this.ip, delivery, this.redirects, this.ping));
    this.ip.register(PROTOCOL_ICMPV6, new Icmpv6(this.ip, delivery, this.#discovery, this.#mld, this.ping));
    this.ip.register(PROTOCOL_UDP, this.udp);
    this.ip.register(PROTOCOL_IGMP, this.#igmp);
    this.forwarding = options.forwarding ?? false;
    this.ip.forwarding.clampsMss = options.clampMss ?? false;
    this.loopback = this.attach(new LoopbackDevice(this.#backlog), {
      name: "lo",
      addresses: ["127.0.0.1/8", "::1/128"],
    });
  }

  /** Whether it passes on packets that are for others; a router believes no redirects. */
  get forwarding(): boolean {
    return this.ip.forwarding.ipv4;
  }

  set forwarding(isOn: boolean) {
    this.ip.forwarding.ipv4 = isOn;
    this.ip.forwarding.ipv6 = isOn;
    this.redirects.isAccepting = !isOn;
  }

  /** The time, in microseconds on the stack's own clock: what the last entry said. */
  get nowUs(): number {
    return this.#context.nowUs;
  }

  /** Packets that came in while there was no room for them to wait. */
  get backlogDropped(): number {
    return this.#backlog.dropped;
  }

  /** Groups of an interface of which its routers are yet to be told. */
  groupsToTell(iface: Interface): number {
    const of = (version: number): number => this.#reporting.listener(iface.index, version)?.pending ?? 0;
    return of(4) + of(6);
  }

  /** Takes a device into use. Errors: ERR_INVALID_ARG_VALUE for what is no address; EEXIST, ENOBUFS. */
  attach(device: Device, options: AttachOptions = {}): Interface {
    if (this.interfaces.isFull) throw systemError("attach", "ENOBUFS");
    const index = this.interfaces.nextIndex;
    const name = options.name ?? `eth${index - LOOPBACK_INDEX - 1}`;
    if (this.interfaces.named(name) !== undefined) throw systemError("attach", "EEXIST", undefined, name);
    const iface = new Interface(index, name, device, (made) => this.#makeLink(made));
    this.interfaces.add(iface);
    if (device.kind === "ethernet") this.#reporting.begin(iface, this.ip.groups, this.#igmp, this.#mld);
    const detect = options.detectDuplicates ?? false;
    for (const text of options.addresses ?? []) this.addAddress(iface, text, detect);
    if (options.advertise !== undefined) this.#routers.advertise(iface, options.advertise, detect);
    else if (options.autoconfigure === true) this.#routers.listen(iface, detect);
    return iface;
  }

  /** Gives an interface an address with its prefix: "10.0.0.1/24". Errors as `attach`. */
  addAddress(iface: Interface, text: string, detectDuplicates = false): InterfaceAddress {
    const { address, prefixLength } = parsePrefix(text);
    const detect = detectDuplicates && iface.device.kind === "ethernet";
    const added = this.addresses.add(iface, address, prefixLength, detect);
    if (typeof added === "number") throw systemError("addAddress", -added, undefined, text);
    return added;
  }

  /** Takes an interface out of use, with its addresses, routes and all that was known of its link. */
  detach(iface: Interface): void {
    for (const own of [...iface.addresses]) this.addresses.remove(iface, own);
    this.#routers.forget(iface);
    this.#reporting.end(iface);
    this.ip.groups.forgetAll(iface.index);
    this.ip.routing.routes.removeAll((route) => route.iface === iface);
    this.neighbours.forgetAll(iface.index);
    this.interfaces.remove(iface);
    this.ip.routing.changed();
  }

  /** Adds a route. Errors: EEXIST, ENOBUFS. */
  addRoute(settings: RouteSettings): Route {
    const route = new Route(settings);
    const added = this.ip.routing.routes.add(route);
    if (added < 0) throw systemError("addRoute", -added, undefined, route.toString());
    return route;
  }

  /** Adds the way to everything else by a router: "10.0.0.254". */
  addDefaultRoute(gateway: string, iface?: Interface): Route {
    return this.addRouteVia("default", gateway, iface);
  }

  /**
   * Adds the way to a network, "10.2.0.0/16" or "default", by a router: `ip route add … via`. Errors:
   * ERR_INVALID_ARG_VALUE; ENETUNREACH for a router on no link of this machine, EEXIST, ENOBUFS.
   */
  addRouteVia(network: string, gateway: string, iface?: Interface): Route {
    const router = IpAddress.parse(gateway);
    const leaving = iface ?? this.#interfaceTowards(router);
    if (leaving === undefined) throw systemError("addRoute", errno.ENETUNREACH, undefined, gateway);
    const text = network === "default" ? (router.version === 4 ? "0.0.0.0/0" : "::/0") : network;
    const [address = "", length = ""] = text.split("/");
    const destination = IpAddress.tryParse(address);
    const prefixLength = Number(length);
    const longest = router.version === 4 ? 32 : 128;
    if (destination?.version !== router.version || length === "" || !(prefixLength >= 0 && prefixLength <= longest)) {
      throw invalidValue(
        "network",
        'a prefix such as 10.2.0.0/16 of the gateway\'s version of IP, or "default"',
        network,
      );
    }
    return this.addRoute({ destination, prefixLength, gateway: router, iface: leaving });
  }

  /** Says which hardware address a neighbour has: `ip neigh add … nud permanent`. Errors: ENOBUFS, EINVAL. */
  setNeighbour(iface: Interface, address: string, hardwareAddress: Uint8Array): void {
    const { link, index } = iface;
    if (!(link instanceof EthernetLink) || hardwareAddress.length !== 6) throw systemError("setNeighbour", "EINVAL");
    const parsed = IpAddress.parse(address);
    const { reachability } = link;
    const neighbour = this.neighbours.find(parsed, index) ?? this.neighbours.add(parsed, index, reachability.expired);
    if (neighbour === undefined) throw systemError("setNeighbour", "ENOBUFS");
    const view = new DataView(hardwareAddress.buffer, hardwareAddress.byteOffset, hardwareAddress.byteLength);
    reachability.fix(neighbour, view.getUint16(0), view.getInt32(2));
  }

  /** Says what time it is before a program's call, and does nothing else: `advance` is for what is due. */
  setTime(nowUs: number): void {
    if (nowUs > this.#context.nowUs) this.#context.nowUs = nowUs;
  }

  /** Has something told at the end of each batch. */
  atBatchEnd(batchEnd: BatchEnd): void {
    this.#batchEnds.push(batchEnd);
  }

  /**
   * A frame has come in by an interface. It is the stack's from now on. During another entry it waits for its turn.
   * `endBatch` is to be called after the last of several, or `advance`.
   */
  receive(iface: Interface, packet: Packet): void {
    packet.iface = iface.index;
    packet.network = -1;
    packet.transport = -1;
    packet.link = -1;
    packet.packetType = 0;
    if (this.#isBusy) {
      this.#backlog.add(packet);
      return;
    }
    this.#isBusy = true;
    try {
      iface.link.receive(packet);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Says what time it is: timers go off, and the batch ends. Time that goes back stands still. */
  advance(nowUs: number): void {
    this.setTime(nowUs);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      this.#context.timers.advance(this.#context.nowUs);
    } finally {
      this.#isBusy = false;
    }
    this.endBatch();
  }

  /**
   * Works off what waits within the stack, and tells the sockets' owners what has changed. Called from within itself it
   * does nothing.
   */
  endBatch(): void {
    if (this.#isBusy) return;
    let left = MAX_BATCH;
    do {
      this.#isBusy = true;
      try {
        left = this.#workOff(left);
        for (const batchEnd of this.#batchEnds) batchEnd.batchEnded();
      } finally {
        this.#isBusy = false;
      }
      this.changes.tell();
    } while (left > 0 && this.#backlog.waiting > 0);
  }

  /** Gives back the packets that wait in it. It is not used any more, and its devices carry nothing. */
  discard(): void {
    this.endBatch();
    this.ip.reassembly.clear();
    for (const { index } of this.interfaces.all) this.neighbours.forgetAll(index);
  }

  /** What the stack knows and has counted, for people. */
  inspect(): StackInspection {
    return inspectStack(this);
  }

  /** When `advance` is to be called next, at the latest; Infinity when nothing will ever happen by itself. */
  nextDeadlineUs(): number {
    if (this.#backlog.waiting > 0 || !this.changes.isEmpty) return this.#context.nowUs;
    return this.#context.timers.nextDeadlineUs();
  }

  /** Receives at most so many of the packets that wait; returns how many more it might have. */
  #workOff(most: number): number {
    let left = most;
    while (left > 0) {
      const packet = this.#backlog.take();
      if (packet === undefined) break;
      this.#receiveWaiting(packet);
      left--;
    }
    return left;
  }

  #receiveWaiting(packet: Packet): void {
    const iface = this.interfaces.get(packet.iface);
    if (iface === undefined) packet.release();
    // What this machine sent to a group or to everybody comes back without its link's header.
    else if (packet.network >= 0) this.ip.receive(packet, iface);
    else iface.link.receive(packet);
  }

  #makeLink(iface: Interface): LinkLayer {
    if (iface.device.kind === "ethernet") {
      return new EthernetLink(this.#links, iface, this.#arpAddresses, this.#discovery);
    }
    return new IpLink(this.#links, iface);
  }

  #interfaceTowards({ w0, w1, w2, w3, version }: IpAddress): Interface | undefined {
    return this.ip.routing.routes.lookup(w0, w1, w2, w3, version, 0)?.iface;
  }

  #probe(iface: Interface, own: InterfaceAddress): void {
    if (own.address.version === 6) this.#discovery.probe(iface, own);
    else if (iface.link instanceof EthernetLink) iface.link.arp.probe(own.address.w3);
  }

  #announce(iface: Interface, own: InterfaceAddress): void {
    if (own.address.version === 6) this.#discovery.announce(iface, own);
    else if (iface.link instanceof EthernetLink) iface.link.arp.announce(own.address.w3);
  }
}

/** "10.0.0.1/24" as an address and the length of its prefix; without a length, all of it. */
function parsePrefix(text: string): { address: IpAddress; prefixLength: number } {
  const [host = "", length, ...rest] = text.split("/");
  const address = IpAddress.tryParse(host);
  const bits = address?.version === 4 ? 32 : 128;
  const prefixLength = length === undefined ? bits : Number(length);
  const isLegal = length === undefined || (/^\d{1,3}$/.test(length) && prefixLength <= bits);
  if (address === undefined || !isLegal || rest.length > 0) {
    throw invalidValue("address", 'an address with its prefix, like "10.0.0.1/24"', text);
  }
  return { address, prefixLength };
}
