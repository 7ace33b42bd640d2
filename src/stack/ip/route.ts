import type { Interface } from "../link/interface.ts";
import type { IpAddress } from "./address.ts";

/** Kinds of routes, as `ip route` names them. */
export const UNICAST = 0;
/** The destination is an address of this machine. */
export const LOCAL = 1;
/** The destination is everybody on a link. */
export const BROADCAST = 2;
/** Packets vanish: EINVAL to a sender here, as in Linux. */
export const BLACKHOLE = 3;
/** EHOSTUNREACH, and an ICMP error for those who are forwarded. */
export const UNREACHABLE_ROUTE = 4;
/** EACCES, and an ICMP error. */
export const PROHIBIT = 5;

export const ROUTE_KINDS: readonly string[] = ["unicast", "local", "broadcast", "blackhole", "unreachable", "prohibit"];

/** Who made a route: `ip route`'s "proto". */
export type RouteOrigin = "kernel" | "static" | "ra" | "redirect";

/** What a route is made of. */
export interface RouteSettings {
  readonly destination: IpAddress;
  readonly prefixLength: number;
  /** Where packets leave; undefined for the kinds that lead nowhere. */
  readonly iface?: Interface | undefined;
  /** The router to give them to; undefined when the destination is on the link. */
  readonly gateway?: IpAddress | undefined;
  readonly kind?: number;
  /** The address to send from. */
  readonly source?: IpAddress | undefined;
  /** Of two routes for the same prefix, the one with the lower metric is used. */
  readonly metric?: number;
  /** The longest packet; 0 for the interface's. */
  readonly mtu?: number;
  /** The hop limit of what leaves by it; 0 for the default. */
  readonly hopLimit?: number;
  readonly origin?: RouteOrigin;
}

/** One way to a prefix. */
export class Route {
  readonly destination: IpAddress;
  readonly prefixLength: number;
  readonly iface: Interface | undefined;
  readonly gateway: IpAddress | undefined;
  readonly kind: number;
  readonly source: IpAddress | undefined;
  readonly metric: number;
  readonly mtu: number;
  readonly hopLimit: number;
  readonly origin: RouteOrigin;
  /** The next route for the same prefix, of the same or a higher metric. */
  next: Route | undefined = undefined;

  constructor(settings: RouteSettings) {
    this.destination = settings.destination.masked(settings.prefixLength);
    this.prefixLength = settings.prefixLength;
    this.iface = settings.iface;
    this.gateway = settings.gateway;
    this.kind = settings.kind ?? UNICAST;
    this.source = settings.source;
    this.metric = settings.metric ?? 0;
    this.mtu = settings.mtu ?? 0;
    this.hopLimit = settings.hopLimit ?? 0;
    this.origin = settings.origin ?? "static";
  }

  /** Whether it says the same as another: `ip route add` refuses a second one. */
  isSameAs(other: Route): boolean {
    const sameGateway =
      this.gateway === other.gateway ||
      (this.gateway !== undefined && other.gateway !== undefined && this.gateway.equals(other.gateway));
    return sameGateway && this.iface === other.iface && this.kind === other.kind && this.metric === other.metric;
  }

  /** As `ip route` prints it: "10.0.0.0/24 dev eth0 src 10.0.0.1". */
  toString(): string {
    const words = [`${this.destination.toString()}/${this.prefixLength}`];
    if (this.kind !== UNICAST) words.unshift(ROUTE_KINDS[this.kind] ?? "");
    if (this.gateway !== undefined) words.push("via", this.gateway.toString());
    if (this.iface !== undefined) words.push("dev", this.iface.name);
    if (this.source !== undefined) words.push("src", this.source.toString());
    if (this.metric !== 0) words.push("metric", String(this.metric));
    return words.join(" ");
  }
}
