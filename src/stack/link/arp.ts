import { ARP_BYTES, ARP_REPLY, ARP_REQUEST, ArpPacket, emitArp, parseArp } from "../../wire/arp.ts";
import { ETHERTYPE_ARP, isGroupAddress } from "../../wire/ethernet.ts";
import { OK } from "../../wire/reason.ts";
import { IpAddress } from "../ip/address.ts";
import { type Packet, PACKET_FOR_HOST } from "../packet.ts";
import type { Interface } from "./interface.ts";
import type { LinkContext } from "./link-context.ts";
import type { NeighbourReachability } from "./neighbour-reachability.ts";
import type { Neighbour } from "./neighbour.ts";

const BROADCAST_HIGH = 0xffff;
const BROADCAST_LOW = -1;

/** What ARP asks about this machine's own addresses. */
export interface ArpHost {
  /** Whether requests for an IPv4 address are answered on an interface: it is one of this machine's. */
  answersFor(iface: Interface, address: number): boolean;
  /** An address of the interface to ask from, near the one that is asked for; 0 for none. */
  askFrom(iface: Interface, target: number): number;
  /**
   * Somebody with another hardware address used `address`, or probes for it (`isProbe`): RFC 5227 §2.1.1 and §2.4.
   * Nothing happens unless it is the interface's.
   */
  conflict(iface: Interface, address: number, isProbe: boolean): void;
}

/** Who puts the Ethernet header on. */
export interface FrameSender {
  sendTo(packet: Packet, high: number, low: number): void;
}

/** Address resolution for IPv4 on one Ethernet: RFC 826, with the conflict detection of RFC 5227. */
export class Arp {
  readonly #context: LinkContext;
  readonly #iface: Interface;
  readonly #reachability: NeighbourReachability;
  readonly #host: ArpHost;
  readonly #sender: FrameSender;
  readonly #received: ArpPacket = new ArpPacket();
  readonly #sent: ArpPacket = new ArpPacket();

  constructor(
    context: LinkContext,
    iface: Interface,
    reachability: NeighbourReachability,
    host: ArpHost,
    sender: FrameSender,
  ) {
    this.#context = context;
    this.#iface = iface;
    this.#sender = sender;
    this.#reachability = reachability;
    this.#host = host;
  }

  /** Reads an ARP packet; the caller keeps it. */
  receive(packet: Packet): void {
    const arp = this.#received;
    if (parseArp(packet.view, packet.start, packet.end, arp) !== OK) {
      this.#iface.counters.receiveErrors++;
      return;
    }
    if (arp.operation !== ARP_REQUEST && arp.operation !== ARP_REPLY) return;
    // RFC 1812 §3.3.2: a claim that an IP address is at a group's hardware address is not believed.
    if (isGroupAddress(arp.senderHardwareHigh)) return;
    // Who answers a probe answers 0.0.0.0.
    if (!isUnicast(arp.targetAddress) && arp.targetAddress !== 0) return;
    const isOwnHardware =
      arp.senderHardwareHigh === this.#iface.hardwareHigh && arp.senderHardwareLow === this.#iface.hardwareLow;
    if (isOwnHardware) return;
    if (arp.senderAddress === 0) this.#receiveProbe(arp);
    else if (isUnicast(arp.senderAddress)) this.#receiveClaim(arp, packet.packetType === PACKET_FOR_HOST);
  }

  /** Asks who has a neighbour's address: everybody, or the neighbour alone (RFC 1122 §2.3.2.1). */
  solicit(neighbour: Neighbour, toNeighbour: boolean): void {
    const target = neighbour.address.w3;
    const from = this.#host.askFrom(this.#iface, target);
    if (toNeighbour) this.#send(ARP_REQUEST, from, target, neighbour.hardwareHigh, neighbour.hardwareLow, 0, 0);
    else this.#send(ARP_REQUEST, from, target, BROADCAST_HIGH, BROADCAST_LOW, 0, 0);
  }

  /** Asks whether an address is taken, without saying that it is ours: RFC 5227 §2.1.1. */
  probe(address: number): void {
    this.#send(ARP_REQUEST, 0, address, BROADCAST_HIGH, BROADCAST_LOW, 0, 0);
  }

  /** Tells everybody that an address is ours: RFC 5227 §2.3, a gratuitous ARP. */
  announce(address: number): void {
    this.#send(ARP_REQUEST, address, address, BROADCAST_HIGH, BROADCAST_LOW, 0, 0);
  }

  #receiveProbe(arp: ArpPacket): void {
    if (arp.operation !== ARP_REQUEST) return;
    if (this.#host.answersFor(this.#iface, arp.targetAddress)) this.#reply(arp);
    else this.#host.conflict(this.#iface, arp.targetAddress, true);
  }

  #receiveClaim(arp: ArpPacket, isForUs: boolean): void {
    const { senderAddress, targetAddress } = arp;
    this.#host.conflict(this.#iface, senderAddress, false);
    // An address of ours is nobody else's, whatever they say.
    if (this.#host.answersFor(this.#iface, senderAddress)) return;
    const isRequestToUs = arp.operation === ARP_REQUEST && this.#host.answersFor(this.#iface, targetAddress);
    const address = IpAddress.v4(senderAddress);
    const { neighbours } = this.#context;
    let neighbour = neighbours.find(address, this.#iface.index);
    // RFC 826: a stranger is remembered when he asks for us, since we are about to talk to him; nobody else is.
    if (neighbour === undefined && isRequestToUs) {
      neighbour = neighbours.add(address, this.#iface.index, this.#reachability.expired);
    }
    if (neighbour !== undefined) {
      const isAnswer = arp.operation === ARP_REPLY && isForUs;
      this.#reachability.learn(neighbour, arp.senderHardwareHigh, arp.senderHardwareLow, isAnswer, true);
    }
    if (isRequestToUs) this.#reply(arp);
  }

  #reply(request: ArpPacket): void {
    const { senderAddress, targetAddress, senderHardwareHigh: high, senderHardwareLow: low } = request;
    this.#send(ARP_REPLY, targetAddress, senderAddress, high, low, high, low);
  }

  #send(
    operation: number,
    sender: number,
    target: number,
    toHigh: number,
    toLow: number,
    targetHigh: number,
    targetLow: number,
  ): void {
    const packet = this.#context.stack.pool.allocate(ARP_BYTES);
    if (packet === undefined) return;
    const arp = this.#sent;
    arp.operation = operation;
    arp.senderHardwareHigh = this.#iface.hardwareHigh;
    arp.senderHardwareLow = this.#iface.hardwareLow;
    arp.senderAddress = sender;
    arp.targetHardwareHigh = targetHigh;
    arp.targetHardwareLow = targetLow;
    arp.targetAddress = target;
    packet.end = emitArp(packet.view, packet.start, arp);
    packet.network = packet.start;
    packet.etherType = ETHERTYPE_ARP;
    this.#sender.sendTo(packet, toHigh, toLow);
  }
}

/** Whether an IPv4 address can be one machine's: no group, nothing of 127.0.0.0/8 and 0.0.0.0/8, not the broadcast. */
function isUnicast(address: number): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}
