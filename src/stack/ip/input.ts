import { ETHERTYPE_IPV4 } from "../../wire/ethernet.ts";
import { IpHeader, isFragment } from "../../wire/ip-header.ts";
import { Ipv4Options, parseIpv4Options } from "../../wire/ipv4-option.ts";
import { parseIpv4 } from "../../wire/ipv4.ts";
import { parseIpv6 } from "../../wire/ipv6.ts";
import { parseIpv6Extensions } from "../../wire/ipv6-extension.ts";
import { OK } from "../../wire/reason.ts";
import { HEADER_PROBLEM, type IpErrors, PROTOCOL_UNREACHABLE } from "../icmp/ip-errors.ts";
import type { Interface } from "../link/interface.ts";
import { PACKET_FOR_HOST, type Packet } from "../packet.ts";
import { isLoopback, isMapped, isMulticast } from "./address.ts";
import type { Forwarding } from "./forwarding.ts";
import type { Reassembly } from "./reassembly.ts";
import { BROADCAST, LOCAL } from "./route.ts";
import type { Routing } from "./routing.ts";
import type { Transport } from "./transport.ts";

/** Whether a packet for a group is for this machine. */
export interface GroupFilter {
  accepts(iface: number, ip: IpHeader): boolean;
}

/** Raw sockets, which get a copy of whatever comes for their protocol. */
export interface RawDelivery {
  /** Returns whether any took one. */
  deliver(packet: Packet, ip: IpHeader): boolean;
}

/** What IP has received, for `inspect`. */
export class InputCounters {
  received = 0;
  headerErrors = 0;
  addressErrors = 0;
  unknownProtocols = 0;
  delivered = 0;
}

/** Where a packet is for. */
const FOR_US = 1;
const FOR_OTHERS = 2;
const FOR_NOBODY = 3;

/** Receives IP packets: RFC 791, RFC 8200; what is for this machine goes to its transports, the rest is forwarded. */
export class Input {
  readonly counters: InputCounters = new InputCounters();
  readonly transports: (Transport | undefined)[] = Array.from({ length: 256 }, () => undefined);
  readonly #routing: Routing;
  readonly #groups: GroupFilter;
  readonly #reassembly: Reassembly;
  readonly #forwarding: Forwarding;
  readonly #errors: IpErrors;
  readonly #raw: RawDelivery;
  readonly #header: IpHeader = new IpHeader();
  readonly #options: Ipv4Options = new Ipv4Options();
  /** The address that the last packet was for, while nothing has changed: most packets are for the same. */
  #last0 = 0;
  #last1 = 0;
  #last2 = 0;
  #last3 = 0;
  #lastIface = 0;
  #lastGeneration = -1;

  constructor(
    routing: Routing,
    groups: GroupFilter,
    reassembly: Reassembly,
    forwarding: Forwarding,
    errors: IpErrors,
    raw: RawDelivery,
  ) {
    this.#routing = routing;
    this.#groups = groups;
    this.#reassembly = reassembly;
    this.#forwarding = forwarding;
    this.#errors = errors;
    this.#raw = raw;
  }

  /** Takes a packet, `start` at its IP header. */
  receive(packet: Packet, iface: Interface): void {
    this.counters.received++;
    const ip = this.#header;
    packet.network = packet.start;
    if (iface.hook !== undefined && !iface.hook.entering(packet, iface)) return;
    const isV4 = packet.etherType === ETHERTYPE_IPV4;
    const reason = isV4
      ? parseIpv4(packet.view, packet.start, packet.end, ip)
      : parseIpv6(packet.view, packet.start, packet.end, ip);
    if (reason !== OK) {
      if (!isV4) this.#problem(packet, ip, reason);
      this.counters.headerErrors++;
      return packet.release();
    }
    packet.end = ip.payloadEnd;
    packet.transport = ip.payloadStart;
    if (isV4 && ip.optionsStart < ip.payloadStart && !this.#readOptions(packet, ip)) return packet.release();
    const where = isAcceptable(ip, iface) ? this.#where(packet, ip, iface) : FOR_NOBODY;
    if (where === FOR_US) this.#local(packet, ip);
    else if (where === FOR_OTHERS) this.#forwarding.forward(packet, ip, iface);
    else {
      this.counters.addressErrors++;
      packet.release();
    }
  }

  /**
   * Whether IPv4's options let the packet pass: RFC 1122 §3.2.1.8. Source routes do not, as Linux has it (RFC 7126
   * §4.3).
   */
  #readOptions(packet: Packet, ip: IpHeader): boolean {
    const options = this.#options;
    const reason = parseIpv4Options(packet.view, ip.start, ip.optionsStart, ip.payloadStart, options);
    if (reason === OK && options.sourceRouteAt < 0) {
      ip.routerAlert = options.routerAlert;
      return true;
    }
    this.counters.headerErrors++;
    ip.problemPointer = options.problemPointer;
    if (reason !== OK) this.#problem(packet, ip, reason);
    return false;
  }

  #where(packet: Packet, ip: IpHeader, iface: Interface): number {
    const { destination0: d0, destination1: d1, destination2: d2, destination3: d3 } = ip;
    if (
      d3 === this.#last3 &&
      d2 === this.#last2 &&
      d1 === this.#last1 &&
      d0 === this.#last0 &&
      this.#lastIface === iface.index &&
      this.#lastGeneration === this.#routing.generation
    ) {
      return FOR_US;
    }
    if (isMulticast(d0, d1, d2, d3)) return this.#groups.accepts(iface.index, ip) ? FOR_US : FOR_NOBODY;
    if (ip.version === 4 && d3 === -1) return FOR_US;
    // A link-local address is only one on its link.
    const zone = ip.version === 6 && d0 >>> 22 === 0x3fa && !iface.isLoopback ? iface.index : 0;
    const route = this.#routing.routes.lookup(d0, d1, d2, d3, ip.version, zone);
    if (route?.kind === BROADCAST) return route.iface === iface ? FOR_US : FOR_NOBODY;
    if (route?.kind !== LOCAL) return packet.packetType === PACKET_FOR_HOST ? FOR_OTHERS : FOR_NOBODY;
    this.#last0 = d0;
    this.#last1 = d1;
    this.#last2 = d2;
    this.#last3 = d3;
    this.#lastIface = iface.index;
    this.#lastGeneration = this.#routing.generation;
    return FOR_US;
  }

  #local(packet: Packet, ip: IpHeader): void {
    if (ip.version === 6) {
      const reason = parseIpv6Extensions(packet.view, ip);
      if (reason !== OK) {
        this.#problem(packet, ip, reason);
        this.counters.headerErrors++;
        return packet.release();
      }
    }
    if (isFragment(ip)) {
      const whole = this.#reassembly.add(packet, ip);
      if (whole !== undefined) this.#receiveWhole(whole, ip);
    } else this.deliver(packet, ip);
  }

  /** A packet that was put together: its header says now how long it is, and in IPv6 what follows. */
  #receiveWhole(packet: Packet, ip: IpHeader): void {
    const isV4 = ip.version === 4;
    const parse = isV4 ? parseIpv4 : parseIpv6;
    let reason = parse(packet.view, packet.start, packet.end, ip);
    if (reason === OK && !isV4) reason = parseIpv6Extensions(packet.view, ip);
    // A fragment within what was put together has no place there.
    if (reason === OK && !isFragment(ip)) return this.deliver(packet, ip);
    this.counters.headerErrors++;
    packet.release();
  }

  /** Gives a whole packet of this machine to its transport, and copies to raw sockets. */
  deliver(packet: Packet, ip: IpHeader): void {
    packet.transport = ip.payloadStart;
    packet.start = ip.payloadStart;
    const isTaken = this.#raw.deliver(packet, ip);
    const transport = this.transports[ip.protocol];
    if (transport !== undefined) {
      this.counters.delivered++;
      transport.input(packet, ip);
      return;
    }
    if (isTaken) this.counters.delivered++;
    else {
      this.counters.unknownProtocols++;
      this.#errors.report(PROTOCOL_UNREACHABLE, packet, ip, 0);
    }
    packet.release();
  }

  #problem(packet: Packet, ip: IpHeader, reason: number): void {
    this.#errors.report(HEADER_PROBLEM, packet, ip, reason);
  }
}

/** Addresses that no packet from a link may have: RFC 1122 §3.2.1.3, RFC 4291 §2, RFC 4942 §2.2. */
function isAcceptable(ip: IpHeader, iface: Interface): boolean {
  const { source0: s0, source1: s1, source2: s2, source3: s3 } = ip;
  const { destination0: d0, destination1: d1, destination2: d2, destination3: d3 } = ip;
  if (ip.version === 4) {
    // 240.0.0.0/4 is no sender, and 255.255.255.255 is in it; 224.0.0.0/4 are groups.
    if (s3 >>> 29 === 7) return false;
    // 0.0.0.0/8 is who does not know his own address yet; he speaks to everybody (RFC 1122 §3.2.1.3 a).
    if (s3 >>> 24 === 0 && (s3 !== 0 || (d3 !== -1 && !isMulticast(d0, d1, d2, d3)))) return false;
    return iface.isLoopback || (s3 >>> 24 !== 127 && d3 >>> 24 !== 127);
  }
  if (isMapped(s0, s1, s2) || isMapped(d0, d1, d2) || isMulticast(s0, s1, s2, s3)) return false;
  if ((d0 | d1 | d2 | d3) === 0) return false;
  return iface.isLoopback || !(isLoopback(s0, s1, s2, s3) || isLoopback(d0, d1, d2, d3));
}
