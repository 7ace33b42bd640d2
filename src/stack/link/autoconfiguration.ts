import type { StackContext } from "../context.ts";
import { IpAddress } from "../ip/address.ts";
import type { Addresses } from "../ip/addresses.ts";
import { Route } from "../ip/route.ts";
import type { RouteTable } from "../ip/route-table.ts";
import type { Routing } from "../ip/routing.ts";
import { Timer, type TimerOwner } from "../timer/timer.ts";
import { DEPRECATED, DUPLICATE, type InterfaceAddress, PREFERRED } from "./interface-address.ts";
import type { Interface } from "./interface.ts";

/** Routes that routers may give one interface: default routers, prefixes on the link, others. */
const MAX_ROUTES = 32;
/** Addresses that an interface makes for itself: Linux's net.ipv6.conf.all.max_addresses. */
const MAX_OWN_ADDRESSES = 16;
/** Linux's metric of a route that a router told of; RFC 4191's preferences are a step above and below. */
const ROUTER_METRIC = 1024;
const INFINITE_S = 0xffffffff;
/** RFC 4862 §5.5.3 e: an address is not shortened below two hours by somebody who may be anybody. */
const TWO_HOURS_US = 7_200_000_000;
/** A prefix of this length leaves room for the interface's identifier: RFC 4862 §5.5.3 d, RFC 2464 §4. */
const PREFIX_LENGTH = 64;

interface LearntRoute {
  readonly route: Route;
  expiresUs: number;
}

/** What the routers of one link have told it: RFC 4861 §6.3, RFC 4862 §5.5, RFC 4191. Everything ends by itself. */
export class Autoconfiguration implements TimerOwner {
  readonly #context: StackContext;
  readonly #iface: Interface;
  readonly #routing: Routing;
  readonly #addresses: Addresses;
  readonly #routes: LearntRoute[] = [];
  readonly #own: InterfaceAddress[] = [];
  readonly #timer: Timer = new Timer(this);

  constructor(context: StackContext, iface: Interface, routing: Routing, addresses: Addresses) {
    this.#context = context;
    this.#iface = iface;
    this.#routing = routing;
    this.#addresses = addresses;
  }

  get #table(): RouteTable {
    return this.#routing.routes;
  }

  /** Gives the interface its link-local address: RFC 4862 §5.3. */
  addLinkLocal(detect: boolean): void {
    if (this.#iface.addresses.some(({ address }) => address.version === 6 && address.isLinkLocal)) return;
    this.#addresses.add(this.#iface, this.#withIdentifier(IpAddress.parse("fe80::")), PREFIX_LENGTH, detect);
  }

  /** A route to a prefix by a router, or on the link; with a lifetime of 0 it ends. */
  learnRoute(
    destination: IpAddress,
    prefixLength: number,
    gateway: IpAddress | undefined,
    lifetimeS: number,
    preference: number,
    hopLimit: number,
  ): void {
    const metric = ROUTER_METRIC - preference;
    const settings = { destination, prefixLength, gateway, iface: this.#iface, metric, hopLimit };
    const route = new Route({ ...settings, origin: "ra" });
    const known = this.#routes.find((other) => isFor(other.route, route));
    // A router may change its mind on preference and hop limit.
    const isSame = known !== undefined && known.route.metric === metric && known.route.hopLimit === hopLimit;
    if (known !== undefined && (lifetimeS === 0 || !isSame)) {
      this.#table.remove(known.route);
      this.#routes.splice(this.#routes.indexOf(known), 1);
    }
    if (lifetimeS === 0) return;
    const expiresUs = this.#endOf(lifetimeS);
    if (known !== undefined && isSame) known.expiresUs = expiresUs;
    else if (this.#routes.length < MAX_ROUTES && this.#table.add(route) === 0) this.#routes.push({ route, expiresUs });
    this.#setTimer();
  }

  /** An address in a prefix that hosts may choose theirs from: RFC 4862 §5.5.3. */
  learnPrefix(prefix: IpAddress, prefixLength: number, validS: number, preferredS: number, detect: boolean): void {
    if (prefixLength !== PREFIX_LENGTH || preferredS > validS || prefix.isLinkLocal || prefix.isMulticast) return;
    const known = this.#own.find(({ address }) => address.hasPrefix(prefix, prefixLength));
    if (known === undefined) this.#addOwn(prefix, validS, preferredS, detect);
    else this.#prolong(known, validS, preferredS);
    this.#setTimer();
  }

  expired(): void {
    const { nowUs } = this.#context;
    for (const learnt of [...this.#routes]) {
      if (learnt.expiresUs > nowUs) continue;
      this.#table.remove(learnt.route);
      this.#routes.splice(this.#routes.indexOf(learnt), 1);
    }
    for (const own of [...this.#own]) this.#age(own, nowUs);
    this.#setTimer();
  }

  /** The interface is gone. */
  end(): void {
    this.#context.timers.remove(this.#timer);
  }

  #addOwn(prefix: IpAddress, validS: number, preferredS: number, detect: boolean): void {
    if (validS === 0 || this.#own.length >= MAX_OWN_ADDRESSES) return;
    const address = this.#withIdentifier(prefix);
    // Whether the prefix is on the link is another matter than whose address has it: RFC 5942 §4.
    const own = this.#addresses.add(this.#iface, address, 128, detect);
    if (typeof own === "number") return;
    own.validUntilUs = this.#endOf(validS);
    own.preferredUntilUs = this.#endOf(preferredS);
    this.#own.push(own);
  }

  #prolong(own: InterfaceAddress, validS: number, preferredS: number): void {
    const validUs = this.#endOf(validS);
    const leftUs = own.validUntilUs - this.#context.nowUs;
    const soonestUs = this.#context.nowUs + TWO_HOURS_US;
    if (validUs > own.validUntilUs || validUs > soonestUs) own.validUntilUs = validUs;
    else if (leftUs > TWO_HOURS_US) own.validUntilUs = soonestUs;
    own.preferredUntilUs = this.#endOf(preferredS);
    if (own.state === DEPRECATED && preferredS > 0) this.#setState(own, PREFERRED);
    this.#age(own, this.#context.nowUs);
  }

  #age(own: InterfaceAddress, nowUs: number): void {
    if (own.validUntilUs <= nowUs) {
      this.#addresses.remove(this.#iface, own);
      this.#own.splice(this.#own.indexOf(own), 1);
    } else if (own.preferredUntilUs <= nowUs && own.state === PREFERRED) this.#setState(own, DEPRECATED);
  }

  #setState(own: InterfaceAddress, state: number): void {
    own.state = state;
    this.#routing.changed();
  }

  #setTimer(): void {
    let soonestUs = Infinity;
    for (const { expiresUs } of this.#routes) soonestUs = Math.min(soonestUs, expiresUs);
    for (const own of this.#own) {
      // One that was refused keeps its place until its time is over, so that it is not tried again before.
      const isAlive = own.state !== DEPRECATED && own.state !== DUPLICATE;
      soonestUs = Math.min(soonestUs, own.validUntilUs, isAlive ? own.preferredUntilUs : Infinity);
    }
    if (soonestUs === Infinity) this.#context.timers.remove(this.#timer);
    else this.#context.timers.set(this.#timer, soonestUs);
  }

  #endOf(lifetimeS: number): number {
    return lifetimeS >= INFINITE_S ? Infinity : this.#context.nowUs + lifetimeS * 1_000_000;
  }

  /** The interface's modified EUI-64 in a prefix: RFC 4291 appendix A. */
  #withIdentifier(prefix: IpAddress): IpAddress {
    const { hardwareHigh: high, hardwareLow: low } = this.#iface;
    const w2 = ((high ^ 0x0200) << 16) | ((low >>> 16) & 0xff00) | 0xff;
    return new IpAddress(prefix.w0, prefix.w1, w2, 0xfe000000 | (low & 0xffffff));
  }
}

function isFor(a: Route, b: Route): boolean {
  if (!a.destination.equals(b.destination) || a.prefixLength !== b.prefixLength) return false;
  if (a.gateway === undefined || b.gateway === undefined) return a.gateway === b.gateway;
  return a.gateway.equals(b.gateway);
}
