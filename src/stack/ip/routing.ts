import { errno } from "../../api/errno.ts";
import { pseudoHeaderSum } from "../../wire/checksum.ts";
import type { StackContext } from "../context.ts";
import type { Interface } from "../link/interface.ts";
import type { Interfaces } from "../link/interfaces.ts";
import { ANY_V4, IpAddress } from "./address.ts";
import type { PathRequest } from "./ip-output.ts";
import { IPV6_MIN_MTU, PathMtuCache } from "./path-mtu-cache.ts";
import { Path } from "./path.ts";
import { RedirectCache } from "./redirect-cache.ts";
import { RouteTable } from "./route-table.ts";
import { BLACKHOLE, BROADCAST, LOCAL, PROHIBIT, type Route, UNREACHABLE_ROUTE } from "./route.ts";
import { selectIpv4Source, selectIpv6Source } from "./source-selection.ts";

/** The longest IPv4 packet: RFC 791 §3.1. */
const IPV4_MAX_BYTES = 65535;
const LOOPBACK_V4 = IpAddress.parse("127.0.0.1");
const LOOPBACK_V6 = IpAddress.parse("::1");

/** Finds paths: the routes, the addresses to send from, and what is known of path MTUs, in one. */
export class Routing {
  readonly routes: RouteTable;
  readonly pathMtus: PathMtuCache;
  readonly redirects: RedirectCache;
  /** Grows whenever a path may have become another. */
  generation = 0;
  readonly #context: StackContext;
  readonly #interfaces: Interfaces;
  // What the last resolution found.
  #iface: Interface | undefined;
  #route: Route | undefined;
  #nextHop: IpAddress = ANY_V4;
  #isLocal = false;
  #isBroadcast = false;

  constructor(context: StackContext, interfaces: Interfaces) {
    this.#context = context;
    this.#interfaces = interfaces;
    this.routes = new RouteTable(context.random.uint32(), () => this.changed());
    this.pathMtus = new PathMtuCache(context);
    this.redirects = new RedirectCache(context);
  }

  /** Routes, addresses or interfaces are not what they were: every path is looked up anew before its next packet. */
  changed(): void {
    this.generation++;
  }

  /** The path to a destination, or a negative errno: -EINVAL for a source that is not this machine's. */
  route(request: PathRequest): Path | number {
    const bound = request.iface ?? 0;
    const asked = request.source;
    if (asked !== undefined && !asked.isUnspecified && !this.isOwn(asked)) return -errno.EINVAL;
    const destination = substitute(request.destination, request.source);
    const found = this.#resolve(destination, bound, request.source);
    if (found < 0) return found;
    const iface = this.#iface as Interface;
    const source = this.#source(destination, iface, request.source);
    if (source === undefined) return -errno.EADDRNOTAVAIL;
    const path = new Path(
      source,
      destination,
      request.protocol,
      bound,
      pseudoSum(source, destination, request.protocol),
      iface,
    );
    this.#fill(path);
    return path;
  }

  /** Brings a path up to date. Returns 0, or a negative errno. */
  refresh(path: Path): number {
    if (path.generation === this.generation && path.expiresUs > this.#context.nowUs) return 0;
    const found = this.#resolve(path.destination, path.boundIface, path.source);
    if (found < 0) return found;
    if (!path.source.isUnspecified && !this.isOwn(path.source)) return -errno.EINVAL;
    this.#fill(path);
    return 0;
  }

  /** Takes a reported MTU for a path; see `IpOutput.reducePathMtu`. */
  reducePathMtu(path: Path, mtu: number, packetBytes: number): boolean {
    this.refresh(path);
    if (!this.pathMtus.reduce(path.destination, mtu, packetBytes, path.mtu)) return false;
    this.changed();
    return this.refresh(path) === 0;
  }

  /**
   * Takes a redirect from `router` for a destination. Only who is the next hop now is believed: RFC 1122 §3.2.2.2,
   * RFC 4861 §8.1.
   */
  redirect(destination: IpAddress, router: IpAddress, nextHop: IpAddress, iface: Interface): void {
    if (this.#resolve(destination, iface.index, undefined) < 0 || this.#iface !== iface) return;
    if (this.#isLocal || !this.#nextHop.equals(router)) return;
    this.redirects.add(destination, iface.index, nextHop);
    this.changed();
  }

  /** Whether an address is one of this machine's, on whatever interface. */
  isOwn(address: IpAddress): boolean {
    const route = this.routes.lookup(address.w0, address.w1, address.w2, address.w3, address.version, 0);
    if (route?.kind === LOCAL) return true;
    // The same link-local prefix is on every link.
    return address.isLinkLocal && this.interfaceOf(address) !== undefined;
  }

  /** The interface that has an address. */
  interfaceOf(address: IpAddress): Interface | undefined {
    for (const iface of this.#interfaces.all) {
      if (iface.addresses.some((own) => own.isAssigned && own.address.equals(address))) return iface;
    }
    return undefined;
  }

  #source(destination: IpAddress, iface: Interface, source: IpAddress | undefined): IpAddress | undefined {
    if (source !== undefined) return source;
    const preferred = this.#route?.source;
    if (preferred !== undefined) return preferred;
    if (this.#isLocal) return destination;
    const { all } = this.#interfaces;
    return destination.version === 4
      ? selectIpv4Source(this.#nextHop, iface, all)
      : selectIpv6Source(destination, iface, all);
  }

  /** Finds interface and next hop. Returns 0, or a negative errno. */
  #resolve(destination: IpAddress, bound: number, source: IpAddress | undefined): number {
    const { w0, w1, w2, w3, version } = destination;
    this.#route = undefined;
    this.#nextHop = destination;
    this.#isLocal = false;
    this.#isBroadcast = false;
    const boundIface = bound === 0 ? undefined : this.#interfaces.get(bound);
    if (bound !== 0 && boundIface === undefined) return -errno.ENODEV;
    if (destination.isMulticast || destination.isLimitedBroadcast) {
      this.#isBroadcast = !destination.isMulticast;
      this.#iface = boundIface ?? this.#groupInterface(destination, source);
      return this.#iface === undefined ? -errno.ENETUNREACH : 0;
    }
    const route = this.routes.lookup(w0, w1, w2, w3, version, bound);
    if (route !== undefined) return this.#take(route);
    // A sender who names the interface is believed that the destination is on its link, as Linux does for IPv4.
    if (boundIface === undefined || version !== 4) return -errno.ENETUNREACH;
    this.#iface = boundIface;
    return 0;
  }

  #take(route: Route): number {
    this.#route = route;
    switch (route.kind) {
      case LOCAL:
        this.#isLocal = true;
        this.#iface = this.#interfaces.all.find((iface) => iface.isLoopback) ?? route.iface;
        break;
      case BLACKHOLE:
        return -errno.EINVAL;
      case UNREACHABLE_ROUTE:
        return -errno.EHOSTUNREACH;
      case PROHIBIT:
        return -errno.EACCES;
      default:
        this.#isBroadcast = route.kind === BROADCAST;
        this.#iface = route.iface;
        this.#nextHop = this.#redirected(route) ?? route.gateway ?? this.#nextHop;
    }
    return this.#iface === undefined ? -errno.ENETUNREACH : 0;
  }

  /** Redirects are for what goes by a router, or by IPv6's belief that a destination is on the link. */
  #redirected({ gateway, iface }: Route): IpAddress | undefined {
    if (iface === undefined || (gateway === undefined && this.#nextHop.version === 4)) return undefined;
    return this.redirects.nextHop(this.#nextHop, iface.index);
  }

  /** Where a group is reached: by the interface of the source, the route, or for IPv6 the first that is a link. */
  #groupInterface(destination: IpAddress, source: IpAddress | undefined): Interface | undefined {
    if (source !== undefined && !source.isUnspecified) {
      const own = this.interfaceOf(source);
      if (own !== undefined) return own;
    }
    const { w0, w1, w2, w3, version } = destination;
    const route = this.routes.lookup(w0, w1, w2, w3, version, 0);
    if (route?.iface !== undefined) return route.iface;
    return version === 6 ? this.#interfaces.all.find((iface) => !iface.isLoopback) : undefined;
  }

  #fill(path: Path): void {
    const iface = this.#iface as Interface;
    const { destination } = path;
    if (path.iface !== iface || !path.nextHop.equals(this.#nextHop)) path.neighbour = undefined;
    path.iface = iface;
    path.nextHop = this.#nextHop;
    path.isLocal = this.#isLocal;
    path.isBroadcast = this.#isBroadcast;
    path.hopLimit = this.#route?.hopLimit ?? 0;
    const routeMtu = this.#route?.mtu ?? 0;
    const ifaceMtu = destination.version === 6 && iface.ipv6Mtu > 0 ? Math.min(iface.ipv6Mtu, iface.mtu) : iface.mtu;
    const linkMtu = routeMtu === 0 ? ifaceMtu : Math.min(routeMtu, ifaceMtu);
    path.linkMtu = destination.version === 4 ? Math.min(linkMtu, IPV4_MAX_BYTES) : Math.max(linkMtu, IPV6_MIN_MTU);
    path.mtu = Math.min(path.linkMtu, this.pathMtus.mtu(destination));
    path.mtuLocked = this.pathMtus.isLocked(destination);
    path.expiresUs = this.pathMtus.expiresUs(destination);
    path.generation = this.generation;
  }
}

/** Who sends to 0.0.0.0 or :: means this machine, as Linux has it: the source, else the loopback address. */
function substitute(destination: IpAddress, source: IpAddress | undefined): IpAddress {
  if (!destination.isUnspecified) return destination;
  if (source !== undefined && !source.isUnspecified) return source;
  return destination.version === 4 ? LOOPBACK_V4 : LOOPBACK_V6;
}

function pseudoSum(source: IpAddress, destination: IpAddress, protocol: number): number {
  const { w0, w1, w2, w3 } = source;
  const { w0: d0, w1: d1, w2: d2, w3: d3 } = destination;
  return pseudoHeaderSum(w0, w1, w2, w3, d0, d1, d2, d3, protocol, 0);
}
