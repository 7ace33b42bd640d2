import { errno } from "../../api/errno.ts";
import { DUPLICATE, InterfaceAddress, PREFERRED, TENTATIVE } from "../link/interface-address.ts";
import type { Interface } from "../link/interface.ts";
import type { Groups } from "../multicast/groups.ts";
import { SourceFilter } from "../multicast/source-filter.ts";
import { IpAddress } from "./address.ts";
import { BROADCAST, LOCAL, Route } from "./route.ts";
import type { Routing } from "./routing.ts";

/** Addresses of one interface: Linux's net.ipv6.conf.all.max_addresses, and as many again for IPv4. */
export const MAX_ADDRESSES = 32;
/** Linux's metric of the routes that an IPv6 address brings. */
const IPV6_METRIC = 256;

/** Finds out whether somebody else has an address: RFC 5227, RFC 4862 §5.4. */
export interface DuplicateDetection {
  /** Begins to look; it ends with `Addresses.assign` or `Addresses.refuse`. */
  begin(iface: Interface, address: InterfaceAddress): void;
  /** Forgets it. */
  end(address: InterfaceAddress): void;
}

/** The addresses of the interfaces, and the routes and groups that come with each. */
export class Addresses {
  /** Set by the stack before the first address. */
  detection: DuplicateDetection | undefined = undefined;
  readonly #routing: Routing;
  readonly #groups: Groups;
  readonly #solicited: Map<InterfaceAddress, SourceFilter> = new Map();

  constructor(routing: Routing, groups: Groups) {
    this.#routing = routing;
    this.#groups = groups;
  }

  /**
   * Gives an interface an address, at once or (`detect`) when nobody else turns out to have it. Returns it, or a
   * negative errno: -EEXIST, -ENOBUFS, -EINVAL for what can be no host's.
   */
  add(iface: Interface, address: IpAddress, prefixLength: number, detect: boolean): InterfaceAddress | number {
    const bits = address.version === 4 ? 32 : 128;
    if (address.isUnspecified || address.isMulticast || address.isLimitedBroadcast) return -errno.EINVAL;
    if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > bits) return -errno.EINVAL;
    if (iface.addresses.some((other) => other.address.equals(address))) return -errno.EEXIST;
    if (iface.addresses.length >= MAX_ADDRESSES) return -errno.ENOBUFS;
    const own = new InterfaceAddress(address, prefixLength, broadcastOf(address, prefixLength), TENTATIVE);
    iface.addresses.push(own);
    // RFC 4862 §5.4.2: the group of those who might have the address is joined before anybody is asked.
    if (address.version === 6 && !address.isLoopback) {
      const filter = new SourceFilter(false);
      this.#solicited.set(own, filter);
      this.#groups.join(iface.index, solicitedNode(address), filter);
    }
    if (detect && this.detection !== undefined) this.detection.begin(iface, own);
    else this.assign(iface, own);
    return own;
  }

  /** The address is this machine's now. */
  assign(iface: Interface, own: InterfaceAddress): void {
    own.state = PREFERRED;
    for (const route of routesOf(iface, own)) this.#routing.routes.add(route);
    this.#routing.changed();
  }

  /** Somebody else has the address: RFC 4862 §5.4.5. */
  refuse(iface: Interface, own: InterfaceAddress): void {
    this.#unassign(iface, own);
    own.state = DUPLICATE;
  }

  /** Takes an address away. */
  remove(iface: Interface, own: InterfaceAddress): void {
    const at = iface.addresses.indexOf(own);
    if (at < 0) return;
    iface.addresses.splice(at, 1);
    this.detection?.end(own);
    this.#unassign(iface, own);
    own.state = TENTATIVE;
    const filter = this.#solicited.get(own);
    if (filter === undefined) return;
    this.#solicited.delete(own);
    this.#groups.leave(iface.index, solicitedNode(own.address), filter);
  }

  #unassign(iface: Interface, own: InterfaceAddress): void {
    if (!own.isAssigned) return;
    for (const route of routesOf(iface, own)) this.#routing.routes.remove(route);
    this.#routing.changed();
  }
}

/** The group that those belong to who might have an address: RFC 4291 §2.7.1. */
export function solicitedNode(address: IpAddress): IpAddress {
  return new IpAddress(0xff020000, 0, 1, 0xff000000 | (address.w3 & 0xffffff));
}

/** The last address of the prefix: RFC 919. A link of two has none (RFC 3021). */
function broadcastOf(address: IpAddress, prefixLength: number): IpAddress | undefined {
  if (address.version === 6 || address.isLoopback || prefixLength >= 31) return undefined;
  return IpAddress.v4(address.w3 | (-1 >>> prefixLength));
}

/** What an address adds to the routes: itself, those on the same link, and everybody on it. */
function routesOf(iface: Interface, own: InterfaceAddress): Route[] {
  const { address, prefixLength, broadcast } = own;
  const isV4 = address.version === 4;
  const bits = isV4 ? 32 : 128;
  const base = { iface, origin: "kernel" as const };
  if (address.isLoopback) {
    return [new Route({ ...base, destination: address, prefixLength, kind: LOCAL, source: address })];
  }
  const routes = [new Route({ ...base, destination: address, prefixLength: bits, kind: LOCAL, source: address })];
  if (prefixLength < bits) {
    const source = isV4 ? address : undefined;
    const metric = isV4 ? 0 : IPV6_METRIC;
    routes.push(new Route({ ...base, destination: address, prefixLength, source, metric }));
  }
  if (broadcast !== undefined) {
    routes.push(new Route({ ...base, destination: broadcast, prefixLength: bits, kind: BROADCAST, source: address }));
  }
  return routes;
}
