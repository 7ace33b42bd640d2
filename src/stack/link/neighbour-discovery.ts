import { isGroupAddress } from "../../wire/ethernet.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { PROTOCOL_ICMPV6 } from "../../wire/ip-protocol.ts";
import {
  emitNeighbourDiscovery,
  NEIGHBOUR_ADVERTISEMENT,
  NEIGHBOUR_HOP_LIMIT,
  NEIGHBOUR_SOLICITATION,
  NeighbourMessage,
  parseNeighbourDiscovery,
  REDIRECT,
  ROUTER_ADVERTISEMENT,
  ROUTER_SOLICITATION,
} from "../../wire/neighbour-discovery.ts";
import {
  emitNeighbourOption,
  NeighbourOption,
  parseNeighbourOption,
  SOURCE_LINK_LAYER_ADDRESS,
  TARGET_LINK_LAYER_ADDRESS,
} from "../../wire/neighbour-option.ts";
import { OK } from "../../wire/reason.ts";
import type { StackContext } from "../context.ts";
import type { LinkMessages } from "../icmp/icmpv6.ts";
import { sealPacketIcmpv6 } from "../icmp/seal.ts";
import { ANY_V6, IpAddress, isMulticast } from "../ip/address.ts";
import { solicitedNode } from "../ip/addresses.ts";
import type { Ip } from "../ip/ip.ts";
import { IpSendOptions } from "../ip/send-options.ts";
import type { Packet } from "../packet.ts";
import type { DuplicateAddressDetection } from "./duplicate-address-detection.ts";
import { EthernetLink } from "./ethernet-link.ts";
import { type InterfaceAddress, TENTATIVE } from "./interface-address.ts";
import type { Interface } from "./interface.ts";
import { INCOMPLETE, type Neighbour } from "./neighbour.ts";
import type { NeighbourCache } from "./neighbour-cache.ts";

/** The longest message that is made here: an advertisement with all its options. */
const MESSAGE_BYTES = 256;
/** Everybody on the link, and the routers on it: RFC 4291 §2.7.1. */
export const ALL_NODES: IpAddress = IpAddress.parse("ff02::1");
export const ALL_ROUTERS: IpAddress = IpAddress.parse("ff02::2");

/** Who takes what routers and hosts tell each other. */
export interface RouterMessages {
  solicited(message: NeighbourMessage, packet: Packet, ip: IpHeader, iface: Interface): void;
  advertised(message: NeighbourMessage, packet: Packet, ip: IpHeader, iface: Interface): void;
}

/** Neighbour discovery: who has which hardware address, RFC 4861 §7; whether an address is taken, RFC 4862 §5.4. */
export class NeighbourDiscovery implements LinkMessages {
  /** Set by the stack before the first packet. */
  routers: RouterMessages | undefined = undefined;
  detection: DuplicateAddressDetection | undefined = undefined;
  readonly #context: StackContext;
  readonly #ip: Ip;
  readonly #cache: NeighbourCache;
  readonly #message: NeighbourMessage = new NeighbourMessage();
  readonly #sent: NeighbourMessage = new NeighbourMessage();
  readonly #option: NeighbourOption = new NeighbourOption();
  readonly #options: IpSendOptions = new IpSendOptions();
  // The link-layer address that the last message had as an option.
  #hasHardware = false;
  #hardwareHigh = 0;
  #hardwareLow = 0;

  constructor(context: StackContext, ip: Ip, cache: NeighbourCache) {
    this.#context = context;
    this.#ip = ip;
    this.#cache = cache;
    this.#options.hopLimit = NEIGHBOUR_HOP_LIMIT;
    this.#options.multicastLoop = false;
  }

  receive(packet: Packet, ip: IpHeader): void {
    const message = this.#message;
    const iface = this.#ip.interfaces.get(packet.iface);
    // A hop limit of 255 shows that no router passed it on: RFC 4861 §6.1, §7.1, §8.1.
    if (iface === undefined || ip.hopLimit !== NEIGHBOUR_HOP_LIMIT) return;
    if (parseNeighbourDiscovery(packet.view, packet.transport, packet.end, message) !== OK) return;
    const isTarget = message.type === NEIGHBOUR_ADVERTISEMENT || message.type === REDIRECT;
    this.#readHardware(packet, isTarget ? TARGET_LINK_LAYER_ADDRESS : SOURCE_LINK_LAYER_ADDRESS);
    switch (message.type) {
      case NEIGHBOUR_SOLICITATION:
        return this.#solicited(ip, iface);
      case NEIGHBOUR_ADVERTISEMENT:
        return this.#advertised(ip, iface);
      case ROUTER_SOLICITATION:
        if (!isUnspecified(ip)) this.#learnSource(ip, iface);
        else if (this.#hasHardware) return;
        return this.routers?.solicited(message, packet, ip, iface);
      case ROUTER_ADVERTISEMENT:
        return this.#routerAdvertised(packet, ip, iface);
      default:
        this.#redirected(ip, iface);
    }
  }

  /** Asks for the hardware address of a neighbour: RFC 4861 §7.2.2. */
  solicit(iface: Interface, neighbour: Neighbour, toNeighbour: boolean): void {
    const target = neighbour.address;
    const source = addressToAskFrom(iface, target);
    if (source === undefined) return;
    this.#setTarget(NEIGHBOUR_SOLICITATION, target);
    const destination = toNeighbour ? target : solicitedNode(target);
    this.send(this.#sent, iface, source, destination, SOURCE_LINK_LAYER_ADDRESS);
  }

  /** Asks whether somebody has an address: RFC 4862 §5.4.2. */
  probe(iface: Interface, own: InterfaceAddress): void {
    this.#setTarget(NEIGHBOUR_SOLICITATION, own.address);
    this.send(this.#sent, iface, ANY_V6, solicitedNode(own.address), 0);
  }

  /** Tells everybody that an address is this machine's: RFC 4861 §7.2.6. */
  announce(iface: Interface, own: InterfaceAddress): void {
    this.#advertise(iface, own.address, ALL_NODES, false);
  }

  /** Sends a message, with the interface's hardware address as an option of a type, 0 for none. */
  send(
    message: NeighbourMessage,
    iface: Interface,
    source: IpAddress,
    destination: IpAddress,
    optionType: number,
    more: readonly NeighbourOption[] = [],
  ): void {
    const path = this.#ip.route({ destination, source, iface: iface.index, protocol: PROTOCOL_ICMPV6 });
    const packet = typeof path === "number" ? undefined : this.#context.pool.allocate(MESSAGE_BYTES);
    if (typeof path === "number" || packet === undefined) return;
    let at = emitNeighbourDiscovery(packet.view, packet.start, message);
    if (optionType !== 0 && iface.device.kind === "ethernet") {
      const option = this.#option;
      option.type = optionType;
      option.addressHigh = iface.hardwareHigh;
      option.addressLow = iface.hardwareLow;
      at = emitNeighbourOption(packet.view, at, option);
    }
    for (const option of more) at = emitNeighbourOption(packet.view, at, option);
    packet.end = at;
    sealPacketIcmpv6(packet, path);
    this.#ip.send(packet, path, this.#options);
  }

  /** RFC 4861 §7.2.3 and §7.2.4, RFC 4862 §5.4.3. */
  #solicited(ip: IpHeader, iface: Interface): void {
    const { target0, target1, target2, target3 } = this.#message;
    const isProbe = isUnspecified(ip);
    const isToGroup = isMulticast(ip.destination0, ip.destination1, ip.destination2, ip.destination3);
    // RFC 4861 §7.1.1: who probes has no address to be answered at, and asks those who might have his.
    if (isProbe && (this.#hasHardware || !isToGroup)) return;
    const own = findOwn(iface, target0, target1, target2, target3);
    if (own === undefined) return;
    if (own.state === TENTATIVE) {
      if (isProbe) this.detection?.conflict(iface, own, true);
      return;
    }
    if (!own.isAssigned) return;
    if (isProbe) return this.#advertise(iface, own.address, ALL_NODES, false);
    this.#learnSource(ip, iface);
    this.#advertise(iface, own.address, IpAddress.sourceOf(ip), true);
  }

  /** RFC 4861 §7.2.5. */
  #advertised(ip: IpHeader, iface: Interface): void {
    const message = this.#message;
    const { target0, target1, target2, target3 } = message;
    const isToGroup = isMulticast(ip.destination0, ip.destination1, ip.destination2, ip.destination3);
    if (isToGroup && message.solicited) return;
    const own = findOwn(iface, target0, target1, target2, target3);
    if (own !== undefined) return this.detection?.conflict(iface, own, false);
    const neighbour = this.#cache.find(new IpAddress(target0, target1, target2, target3), iface.index);
    const { link } = iface;
    if (neighbour === undefined || !(link instanceof EthernetLink)) return;
    if (!this.#hasHardware) {
      // Without the option it confirms what is known; who asks for the address gets it.
      if (neighbour.state === INCOMPLETE) return;
      this.#hardwareHigh = neighbour.hardwareHigh;
      this.#hardwareLow = neighbour.hardwareLow;
    }
    if (isGroupAddress(this.#hardwareHigh)) return;
    const mayChange = message.override;
    link.reachability.learn(neighbour, this.#hardwareHigh, this.#hardwareLow, message.solicited, mayChange);
    neighbour.isRouter = message.router;
  }

  #routerAdvertised(packet: Packet, ip: IpHeader, iface: Interface): void {
    // RFC 4861 §6.1.2: routers speak from their link-local addresses.
    if (ip.source0 >>> 22 !== 0x3fa) return;
    const neighbour = this.#learnSource(ip, iface);
    if (neighbour !== undefined) neighbour.isRouter = true;
    this.routers?.advertised(this.#message, packet, ip, iface);
  }

  /** RFC 4861 §8.1 and §8.3. */
  #redirected(ip: IpHeader, iface: Interface): void {
    const message = this.#message;
    if (ip.source0 >>> 22 !== 0x3fa || this.#ip.forwarding.ipv6) return;
    const target = new IpAddress(message.target0, message.target1, message.target2, message.target3);
    const { destination0, destination1, destination2, destination3 } = message;
    const destination = new IpAddress(destination0, destination1, destination2, destination3);
    if (!target.isLinkLocal && !target.equals(destination)) return;
    this.#ip.routing.redirect(destination, IpAddress.sourceOf(ip), target, iface);
    if (this.#hasHardware) this.#learn(target, iface);
  }

  /** The hardware address that a message's sender says is his, as far as it is not what is known: RFC 4861 §7.2.3. */
  #learnSource(ip: IpHeader, iface: Interface): Neighbour | undefined {
    return this.#hasHardware ? this.#learn(IpAddress.sourceOf(ip), iface) : undefined;
  }

  #learn(address: IpAddress, iface: Interface): Neighbour | undefined {
    const { link, index } = iface;
    if (!(link instanceof EthernetLink) || isGroupAddress(this.#hardwareHigh)) return undefined;
    if (findOwn(iface, address.w0, address.w1, address.w2, address.w3) !== undefined) return undefined;
    const neighbour = this.#cache.find(address, index) ?? this.#cache.add(address, index, link.reachability.expired);
    if (neighbour !== undefined) link.reachability.learn(neighbour, this.#hardwareHigh, this.#hardwareLow, false, true);
    return neighbour;
  }

  #advertise(iface: Interface, target: IpAddress, destination: IpAddress, isAnswer: boolean): void {
    const message = this.#setTarget(NEIGHBOUR_ADVERTISEMENT, target);
    message.solicited = isAnswer;
    message.override = true;
    message.router = this.#ip.forwarding.ipv6;
    this.send(message, iface, target, destination, TARGET_LINK_LAYER_ADDRESS);
  }

  #setTarget(type: number, target: IpAddress): NeighbourMessage {
    const message = this.#sent;
    message.type = type;
    message.router = false;
    message.solicited = false;
    message.override = false;
    message.target0 = target.w0;
    message.target1 = target.w1;
    message.target2 = target.w2;
    message.target3 = target.w3;
    return message;
  }

  /** Finds the link-layer address among the options. */
  #readHardware(packet: Packet, type: number): void {
    const option = this.#option;
    const { optionsEnd } = this.#message;
    this.#hasHardware = false;
    for (let at = this.#message.optionsStart; at < optionsEnd; at = option.end) {
      const reason = parseNeighbourOption(packet.view, at, optionsEnd, option);
      if (option.end <= at) return;
      if (reason !== OK || option.type !== type) continue;
      this.#hasHardware = true;
      this.#hardwareHigh = option.addressHigh;
      this.#hardwareLow = option.addressLow;
    }
  }
}

function isUnspecified(ip: IpHeader): boolean {
  return (ip.source0 | ip.source1 | ip.source2 | ip.source3) === 0;
}

function findOwn(iface: Interface, w0: number, w1: number, w2: number, w3: number): InterfaceAddress | undefined {
  return iface.addresses.find(({ address }) => {
    return address.w3 === w3 && address.w0 === w0 && address.w1 === w1 && address.w2 === w2;
  });
}

/** An address of the interface, of the target's scope where there is one. */
function addressToAskFrom(iface: Interface, target: IpAddress): IpAddress | undefined {
  const own = iface.addresses.filter((address) => address.isAssigned && address.address.version === 6);
  const same = own.find(({ address }) => address.isLinkLocal === target.isLinkLocal);
  return (same ?? own[0])?.address;
}
