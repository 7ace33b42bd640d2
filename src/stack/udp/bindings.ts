import type { IpHeader } from "../../wire/ip-header.ts";
import type { IpAddress } from "../ip/address.ts";
import type { RandomSource } from "../random.ts";
import type { UdpEndpoint } from "./udp-endpoint.ts";

/** Ports that are given out: Linux's net.ipv4.ip_local_port_range. */
const FIRST_EPHEMERAL_PORT = 32768;
const LAST_EPHEMERAL_PORT = 60999;

const NONE: readonly UdpEndpoint[] = [];

/** Which endpoints have which ports. */
export class Bindings {
  readonly #byPort: Map<number, UdpEndpoint[]> = new Map();
  readonly #random: RandomSource;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** Endpoints of a port, the last bound first. */
  at(port: number): readonly UdpEndpoint[] {
    return this.#byPort.get(port) ?? NONE;
  }

  add(endpoint: UdpEndpoint): void {
    const list = this.#byPort.get(endpoint.localPort);
    if (list === undefined) this.#byPort.set(endpoint.localPort, [endpoint]);
    else list.unshift(endpoint);
  }

  remove(endpoint: UdpEndpoint): void {
    const list = this.#byPort.get(endpoint.localPort);
    const at = list?.indexOf(endpoint) ?? -1;
    if (list === undefined || at < 0) return;
    list.splice(at, 1);
    if (list.length === 0) this.#byPort.delete(endpoint.localPort);
  }

  /** Whether an endpoint may not have an address and port, since another has it: EADDRINUSE. */
  conflicts(endpoint: UdpEndpoint, address: IpAddress, port: number): boolean {
    return this.at(port).some((other) => other !== endpoint && conflict(endpoint, address, other));
  }

  /** A free port, from a random place on (RFC 6056 §3.3.1); 0 when there is none. */
  choose(endpoint: UdpEndpoint, address: IpAddress): number {
    const count = LAST_EPHEMERAL_PORT - FIRST_EPHEMERAL_PORT + 1;
    const first = this.#random.uint32() % count;
    for (let i = 0; i < count; i++) {
      const port = FIRST_EPHEMERAL_PORT + ((first + i) % count);
      if (!this.at(port).some((other) => overlaps(endpoint, address, other))) return port;
    }
    return 0;
  }

  /** All endpoints, port by port. */
  *[Symbol.iterator](): IterableIterator<UdpEndpoint> {
    for (const list of this.#byPort.values()) yield* list;
  }
}

/** As Linux's inet_rcv_saddr_equal and udp_lib_lport_inuse: two that both allow it may share. */
function conflict(endpoint: UdpEndpoint, address: IpAddress, other: UdpEndpoint): boolean {
  if (endpoint.reusesAddress && other.reusesAddress) return false;
  if (endpoint.reusesPort && other.reusesPort) return false;
  return overlaps(endpoint, address, other);
}

/** Whether two bindings would both hear some datagram. */
function overlaps(endpoint: UdpEndpoint, address: IpAddress, other: UdpEndpoint): boolean {
  const sameIface = endpoint.boundIface === 0 || other.boundIface === 0 || endpoint.boundIface === other.boundIface;
  return sameIface && addressesOverlap(address, endpoint.isV6Only, other.local, other.isV6Only);
}

function addressesOverlap(a: IpAddress, aV6Only: boolean, b: IpAddress, bV6Only: boolean): boolean {
  if (a.version === b.version) return a.isUnspecified || b.isUnspecified || a.equals(b);
  // The unspecified IPv6 address hears IPv4 too, unless it is told not to.
  return a.version === 6 ? a.isUnspecified && !aV6Only : b.isUnspecified && !bV6Only;
}

/**
 * How well an endpoint that is not connected fits a datagram: -1 when it does not hear it. A bound address counts more
 * than a bound interface, and one of the same version more than one of both, as in Linux.
 */
export function score(endpoint: UdpEndpoint, ip: IpHeader, iface: number): number {
  const { local } = endpoint;
  let points = 0;
  if (!local.isUnspecified) {
    if (!local.isDestinationOf(ip)) return -1;
    points = 4;
  } else if (local.version === ip.version) points = 1;
  else if (local.version === 4 || endpoint.isV6Only) return -1;
  if (endpoint.boundIface !== 0) {
    if (endpoint.boundIface !== iface) return -1;
    points += 2;
  }
  return points;
}
