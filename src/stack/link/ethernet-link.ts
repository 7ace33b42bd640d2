import {
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  EthernetHeader,
  isGroupAddress,
  parseEthernet,
} from "../../wire/ethernet.ts";
import { OK } from "../../wire/reason.ts";
import { vlanId } from "../../wire/vlan.ts";
import { ANY_V4, type IpAddress } from "../ip/address.ts";
import { PACKET_BROADCAST, PACKET_FOR_HOST, PACKET_FOR_OTHER, PACKET_MULTICAST, type Packet } from "../packet.ts";
import { Arp, type ArpHost } from "./arp.ts";
import type { Interface, LinkLayer } from "./interface.ts";
import type { LinkContext } from "./link-context.ts";
import { type NeighbourLink, NeighbourReachability } from "./neighbour-reachability.ts";
import { Neighbour, NO_ARP } from "./neighbour.ts";

/** The address of everybody: its first two bytes and the other four. */
export const BROADCAST_HIGH = 0xffff;
export const BROADCAST_LOW = -1;

/** Asks for the hardware addresses of IPv6 neighbours: neighbour discovery. */
export interface Ipv6Solicitor {
  solicit(iface: Interface, neighbour: Neighbour, toNeighbour: boolean): void;
}

/** Ethernet: RFC 894, RFC 2464. Puts the header on, and finds out by ARP or neighbour discovery where to. */
export class EthernetLink implements LinkLayer, NeighbourLink {
  readonly arp: Arp;
  readonly reachability: NeighbourReachability;
  readonly #context: LinkContext;
  readonly #iface: Interface;
  readonly #solicitor: Ipv6Solicitor;
  readonly #everybody: Neighbour;
  readonly #header: EthernetHeader = new EthernetHeader();

  constructor(context: LinkContext, iface: Interface, host: ArpHost, solicitor: Ipv6Solicitor) {
    this.#context = context;
    this.#iface = iface;
    this.#solicitor = solicitor;
    this.reachability = new NeighbourReachability(context.stack, context.neighbours, this);
    this.arp = new Arp(context, iface, this.reachability, host, this);
    this.#everybody = group(iface, BROADCAST_HIGH, BROADCAST_LOW);
  }

  neighbour(nextHop: IpAddress, isBroadcast: boolean): Neighbour | undefined {
    if (isBroadcast || nextHop.isLimitedBroadcast) return this.#everybody;
    if (nextHop.isMulticast) return groupNeighbour(this.#iface, nextHop);
    const { neighbours } = this.#context;
    const { index } = this.#iface;
    return neighbours.find(nextHop, index) ?? neighbours.add(nextHop, index, this.reachability.expired);
  }

  send(packet: Packet, neighbour: Neighbour | undefined): void {
    if (neighbour === undefined) {
      this.#iface.counters.sendDropped++;
      packet.release();
    } else if (neighbour.state === NO_ARP) this.transmit(packet, neighbour);
    else this.reachability.send(packet, neighbour);
  }

  confirm(neighbour: Neighbour): void {
    this.reachability.confirm(neighbour);
  }

  transmit(packet: Packet, neighbour: Neighbour): void {
    this.sendTo(packet, neighbour.hardwareHigh, neighbour.hardwareLow);
  }

  /** Sends a packet to a hardware address. */
  sendTo(packet: Packet, high: number, low: number): void {
    const at = packet.prepend(ETHERNET_HEADER_BYTES);
    const { view } = packet;
    packet.link = at;
    view.setUint16(at, high);
    view.setInt32(at + 2, low);
    view.setUint16(at + 6, this.#iface.hardwareHigh);
    view.setInt32(at + 8, this.#iface.hardwareLow);
    view.setUint16(at + 12, packet.etherType);
    this.#context.transmit(packet, this.#iface);
  }

  solicit(neighbour: Neighbour, toNeighbour: boolean): void {
    if (neighbour.address.version === 4) this.arp.solicit(neighbour, toNeighbour);
    else this.#solicitor.solicit(this.#iface, neighbour, toNeighbour);
  }

  unreachable(packet: Packet): void {
    this.#context.network.unreachable(packet, this.#iface);
  }

  receive(packet: Packet): void {
    const header = this.#header;
    if (parseEthernet(packet.view, packet.start, packet.end, header) !== OK) return this.#drop(packet);
    packet.link = packet.start;
    packet.network = header.payloadStart;
    packet.etherType = header.type;
    packet.packetType = this.#packetType(header);
    this.#context.arrived(packet, this.#iface);
    // A tag with network 0 is a priority only (IEEE 802.1Q §9.6); other networks are not this interface's.
    const isTagged = header.tagCount > 1 || (header.tagCount === 1 && vlanId(header.outerTag) !== 0);
    const isFromGroup = isGroupAddress(header.sourceHigh);
    if (packet.packetType === PACKET_FOR_OTHER || isTagged || isFromGroup) return this.#discard(packet);
    packet.start = header.payloadStart;
    packet.end = header.payloadEnd;
    if (header.type === ETHERTYPE_IPV4 || header.type === ETHERTYPE_IPV6) {
      this.#context.network.receive(packet, this.#iface);
    } else if (header.type === ETHERTYPE_ARP) {
      this.arp.receive(packet);
      packet.release();
    } else this.#discard(packet);
  }

  #packetType(header: EthernetHeader): number {
    const { destinationHigh: high, destinationLow: low } = header;
    if (high === this.#iface.hardwareHigh && low === this.#iface.hardwareLow) return PACKET_FOR_HOST;
    if (!isGroupAddress(high)) return PACKET_FOR_OTHER;
    return high === BROADCAST_HIGH && low === BROADCAST_LOW ? PACKET_BROADCAST : PACKET_MULTICAST;
  }

  #drop(packet: Packet): void {
    this.#iface.counters.receiveErrors++;
    packet.release();
  }

  #discard(packet: Packet): void {
    this.#iface.counters.receiveDropped++;
    packet.release();
  }
}

function group(iface: Interface, high: number, low: number, address?: IpAddress): Neighbour {
  const neighbour = new Neighbour(address ?? ANY_V4, iface.index, () => undefined);
  neighbour.state = NO_ARP;
  neighbour.hardwareHigh = high;
  neighbour.hardwareLow = low;
  return neighbour;
}

/** A multicast group's hardware address follows from its own: RFC 1112 §6.4, RFC 2464 §7. */
function groupNeighbour(iface: Interface, address: IpAddress): Neighbour {
  if (address.version === 6) return group(iface, 0x3333, address.w3, address);
  return group(iface, 0x0100, 0x5e000000 | (address.w3 & 0x7fffff), address);
}
