import type { IpHeader } from "../../wire/ip-header.ts";
import { NeighbourMessage, ROUTER_ADVERTISEMENT, ROUTER_SOLICITATION } from "../../wire/neighbour-discovery.ts";
import {
  MTU,
  NeighbourOption,
  parseNeighbourOption,
  PREFIX_INFORMATION,
  ROUTE_INFORMATION,
  SOURCE_LINK_LAYER_ADDRESS,
} from "../../wire/neighbour-option.ts";
import { OK } from "../../wire/reason.ts";
import type { StackContext } from "../context.ts";
import { ANY_V6, IpAddress } from "../ip/address.ts";
import type { Addresses } from "../ip/addresses.ts";
import { IPV6_MIN_MTU } from "../ip/path-mtu-cache.ts";
import type { Routing } from "../ip/routing.ts";
import type { Groups } from "../multicast/groups.ts";
import { SourceFilter } from "../multicast/source-filter.ts";
import type { Packet } from "../packet.ts";
import { Timer, type TimerOwner } from "../timer/timer.ts";
import { Autoconfiguration } from "./autoconfiguration.ts";
import { EthernetLink } from "./ethernet-link.ts";
import type { Interface } from "./interface.ts";
import { ALL_NODES, ALL_ROUTERS, type NeighbourDiscovery, type RouterMessages } from "./neighbour-discovery.ts";

/** RFC 4861 §10: MAX_RTR_SOLICITATION_DELAY, RTR_SOLICITATION_INTERVAL, MAX_RTR_SOLICITATIONS. */
const SOLICITATION_DELAY_US = 1_000_000;
const SOLICITATION_US = 4_000_000;
const SOLICITATIONS = 3;
/** RFC 4861 §6.2.1: MaxRtrAdvInterval, and MinRtrAdvInterval, a third of it. */
const ADVERTISEMENT_MAX_US = 600_000_000;
const ADVERTISEMENT_MIN_US = 200_000_000;
/** RFC 4861 §10: MAX_INITIAL_RTR_ADVERTISEMENTS and their interval, MAX_RA_DELAY_TIME, MIN_DELAY_BETWEEN_RAS. */
const INITIAL_ADVERTISEMENTS = 3;
const INITIAL_ADVERTISEMENT_US = 16_000_000;
const ADVERTISEMENT_DELAY_US = 500_000;
const ADVERTISEMENT_GAP_US = 3_000_000;
/** Prefixes in one advertisement. */
export const MAX_ADVERTISED_PREFIXES = 4;

/** What a router tells the hosts of a link: RFC 4861 §6.2.1. */
export interface Advertisement {
  /** How long it is a default router; 0 for none. 1800 s unless given. */
  readonly lifetimeS?: number;
  /** The hop limit that hosts are to use; 64 unless given. */
  readonly hopLimit?: number;
  /** The MTU of the link; 0 for what the link says itself. */
  readonly mtu?: number;
  /** Prefixes of which hosts make their addresses: "2001:db8::/64". */
  readonly prefixes?: readonly { readonly prefix: IpAddress; readonly validS: number; readonly preferredS: number }[];
}

/** One link's state: as a host that listens, or as a router that tells. */
class RouterLink implements TimerOwner {
  readonly iface: Interface;
  readonly timer: Timer;
  readonly configuration: Autoconfiguration | undefined;
  readonly advertisement: Advertisement | undefined;
  readonly #expired: (link: RouterLink) => void;
  /** Messages that were sent, of the kind that this link sends. */
  sent = 0;
  lastSentUs = -Infinity;

  constructor(
    iface: Interface,
    configuration: Autoconfiguration | undefined,
    advertisement: Advertisement | undefined,
    expired: (link: RouterLink) => void,
  ) {
    this.iface = iface;
    this.configuration = configuration;
    this.advertisement = advertisement;
    this.timer = new Timer(this);
    this.#expired = expired;
  }

  expired(): void {
    this.#expired(this);
  }
}

/** Router discovery, both sides: RFC 4861 §6. */
export class RouterDiscovery implements RouterMessages {
  readonly #context: StackContext;
  readonly #routing: Routing;
  readonly #addresses: Addresses;
  readonly #groups: Groups;
  readonly #neighbours: NeighbourDiscovery;
  readonly #links: Map<Interface, RouterLink> = new Map();
  readonly #message: NeighbourMessage = new NeighbourMessage();
  readonly #option: NeighbourOption = new NeighbourOption();

  constructor(
    context: StackContext,
    routing: Routing,
    addresses: Addresses,
    groups: Groups,
    neighbours: NeighbourDiscovery,
  ) {
    this.#context = context;
    this.#routing = routing;
    this.#addresses = addresses;
    this.#groups = groups;
    this.#neighbours = neighbours;
  }

  /** The interface takes its addresses and routes from what routers say. */
  listen(iface: Interface, detectDuplicates: boolean): void {
    const configuration = new Autoconfiguration(this.#context, iface, this.#routing, this.#addresses);
    configuration.addLinkLocal(detectDuplicates);
    const link = new RouterLink(iface, configuration, undefined, (expired) => this.#solicit(expired));
    this.#links.set(iface, link);
    this.#setTimer(link, this.#upTo(SOLICITATION_DELAY_US));
  }

  /** The interface tells hosts what this router is for. */
  advertise(iface: Interface, advertisement: Advertisement, detectDuplicates: boolean): void {
    const configuration = new Autoconfiguration(this.#context, iface, this.#routing, this.#addresses);
    configuration.addLinkLocal(detectDuplicates);
    const link = new RouterLink(iface, undefined, advertisement, (expired) => this.#advertise(expired));
    this.#links.set(iface, link);
    this.#groups.join(iface.index, ALL_ROUTERS, new SourceFilter(false));
    this.#setTimer(link, this.#upTo(ADVERTISEMENT_DELAY_US));
  }

  /** The interface is gone. */
  forget(iface: Interface): void {
    const link = this.#links.get(iface);
    if (link === undefined) return;
    this.#context.timers.remove(link.timer);
    link.configuration?.end();
    this.#links.delete(iface);
  }

  /** RFC 4861 §6.2.6: an answer comes soon, but not at once, and not too often. */
  solicited(_message: NeighbourMessage, _packet: Packet, _ip: IpHeader, iface: Interface): void {
    const link = this.#links.get(iface);
    if (link?.advertisement === undefined) return;
    const soonestUs = Math.max(this.#context.nowUs, link.lastSentUs + ADVERTISEMENT_GAP_US);
    const atUs = soonestUs + this.#upTo(ADVERTISEMENT_DELAY_US);
    if (atUs < link.timer.deadlineUs) this.#context.timers.set(link.timer, atUs);
  }

  /** RFC 4861 §6.3.4. */
  advertised(message: NeighbourMessage, packet: Packet, ip: IpHeader, iface: Interface): void {
    const link = this.#links.get(iface);
    const configuration = link?.configuration;
    if (link === undefined || configuration === undefined) return;
    this.#context.timers.remove(link.timer);
    const router = IpAddress.sourceOf(ip);
    const { hopLimit, routerLifetimeS, preference } = message;
    configuration.learnRoute(ANY_V6, 0, router, routerLifetimeS, preference, hopLimit);
    if (iface.link instanceof EthernetLink) {
      const { reachability } = iface.link;
      if (message.reachableTimeMs > 0) reachability.reachableUs = message.reachableTimeMs * 1000;
      if (message.retransmitTimeMs > 0) reachability.retransUs = message.retransmitTimeMs * 1000;
    }
    const option = this.#option;
    for (let at = message.optionsStart; at < message.optionsEnd; at = option.end) {
      const reason = parseNeighbourOption(packet.view, at, message.optionsEnd, option);
      if (option.end <= at) return;
      if (reason === OK) this.#takeOption(option, router, message, configuration, iface);
    }
  }

  #takeOption(
    option: NeighbourOption,
    router: IpAddress,
    message: NeighbourMessage,
    configuration: Autoconfiguration,
    iface: Interface,
  ): void {
    const { prefixLength, lifetimeS } = option;
    const prefix = new IpAddress(option.prefix0, option.prefix1, option.prefix2, option.prefix3);
    switch (option.type) {
      case PREFIX_INFORMATION: {
        if (prefix.isLinkLocal) return;
        const { hopLimit } = message;
        if (option.onLink) configuration.learnRoute(prefix, prefixLength, undefined, lifetimeS, 0, hopLimit);
        const detect = iface.device.kind === "ethernet";
        const { preferredLifetimeS } = option;
        if (option.autonomous) configuration.learnPrefix(prefix, prefixLength, lifetimeS, preferredLifetimeS, detect);
        return;
      }
      case ROUTE_INFORMATION:
        configuration.learnRoute(prefix, prefixLength, router, lifetimeS, option.preference, message.hopLimit);
        return;
      case MTU:
        if (option.mtu < IPV6_MIN_MTU || option.mtu > iface.mtu || option.mtu === iface.ipv6Mtu) return;
        iface.ipv6Mtu = option.mtu;
        this.#routing.changed();
        return;
      default:
    }
  }

  /** RFC 4861 §6.3.7. */
  #solicit(link: RouterLink): void {
    const own = link.iface.addresses.find(({ address, isAssigned }) => isAssigned && address.isLinkLocal);
    const message = this.#message;
    message.type = ROUTER_SOLICITATION;
    link.sent++;
    if (link.sent < SOLICITATIONS) this.#setTimer(link, SOLICITATION_US);
    const optionType = own === undefined ? 0 : SOURCE_LINK_LAYER_ADDRESS;
    this.#neighbours.send(message, link.iface, own?.address ?? ANY_V6, ALL_ROUTERS, optionType);
  }

  /** RFC 4861 §6.2.4. */
  #advertise(link: RouterLink): void {
    const { iface, advertisement } = link;
    const own = iface.addresses.find(({ address, isAssigned }) => isAssigned && address.isLinkLocal);
    const usualUs = ADVERTISEMENT_MIN_US + this.#upTo(ADVERTISEMENT_MAX_US - ADVERTISEMENT_MIN_US);
    const isInitial = link.sent < INITIAL_ADVERTISEMENTS;
    this.#setTimer(link, isInitial ? Math.min(usualUs, INITIAL_ADVERTISEMENT_US) : usualUs);
    // While the address is not this router's yet, it is silent.
    if (own === undefined || advertisement === undefined) return this.#setTimer(link, SOLICITATION_DELAY_US);
    link.sent++;
    link.lastSentUs = this.#context.nowUs;
    const message = this.#message;
    message.type = ROUTER_ADVERTISEMENT;
    message.hopLimit = advertisement.hopLimit ?? 64;
    message.routerLifetimeS = advertisement.lifetimeS ?? 1800;
    this.#neighbours.send(
      message,
      iface,
      own.address,
      ALL_NODES,
      SOURCE_LINK_LAYER_ADDRESS,
      advertisedOptions(advertisement),
    );
  }

  #setTimer(link: RouterLink, us: number): void {
    this.#context.timers.set(link.timer, this.#context.nowUs + us);
  }

  #upTo(us: number): number {
    return (this.#context.random.uint32() / 2 ** 32) * us;
  }
}

function advertisedOptions({ mtu = 0, prefixes = [] }: Advertisement): NeighbourOption[] {
  const options: NeighbourOption[] = [];
  if (mtu > 0) {
    const option = new NeighbourOption();
    option.type = MTU;
    option.mtu = mtu;
    options.push(option);
  }
  for (const { prefix, validS, preferredS } of prefixes.slice(0, MAX_ADVERTISED_PREFIXES)) {
    const option = new NeighbourOption();
    option.type = PREFIX_INFORMATION;
    option.prefixLength = 64;
    option.prefix0 = prefix.w0;
    option.prefix1 = prefix.w1;
    option.onLink = true;
    option.autonomous = true;
    option.lifetimeS = validS;
    option.preferredLifetimeS = preferredS;
    options.push(option);
  }
  return options;
}
