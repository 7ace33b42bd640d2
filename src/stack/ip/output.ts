import { errno } from "../../api/errno.ts";
import {
  IP_PMTUDISC_DO,
  IP_PMTUDISC_DONT,
  IP_PMTUDISC_INTERFACE,
  IP_PMTUDISC_OMIT,
  IP_PMTUDISC_PROBE,
  IP_PMTUDISC_WANT,
} from "../../api/constants/ip-option.ts";
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "../../wire/ethernet.ts";
import { IpHeader } from "../../wire/ip-header.ts";
import { emitIpv4, IPV4_HEADER_BYTES, IPV4_TTL_OFFSET, ipv4HeaderBytes } from "../../wire/ipv4.ts";
import { emitIpv6, IPV6_HOP_LIMIT_OFFSET } from "../../wire/ipv6.ts";
import { IPV6_HEADER_BYTES } from "../../wire/ipv6-extension.ts";
import type { StackContext } from "../context.ts";
import type { Backlog } from "../link/backlog.ts";
import { fillChecksum } from "../link/segmentation.ts";
import { CHECKSUM_PARTIAL, PACKET_BROADCAST, PACKET_MULTICAST, type Packet } from "../packet.ts";
import { hashWords } from "./address-table.ts";
import { fragmentIpv4, fragmentIpv6, type FragmentSink } from "./fragmentation.ts";
import type { Path } from "./path.ts";
import type { Routing } from "./routing.ts";
import type { IpSendOptions } from "./send-options.ts";

/** RFC 1700's default, and Linux's net.ipv4.ip_default_ttl. */
const DEFAULT_HOP_LIMIT = 64;
/** RFC 1112 §6.1, RFC 3493 §5.2. */
const DEFAULT_MULTICAST_HOPS = 1;
/** The longest packet: a 16-bit length, which in IPv6 does not count the header. */
const IPV4_MAX_BYTES = 65535;
const IPV6_MAX_BYTES: number = 65535 + IPV6_HEADER_BYTES;
/** What may still be prepended to an IPv6 packet of this machine: a Fragment header, a link's header with a tag. */
const LOWER_HEADERS_BYTES = 32;
/** Counters of the identification field, shared by destinations: RFC 7739 §5, as Linux does. */
const IDENTIFICATIONS = 2048;

/** Who of this machine hears a group: what the output needs of multicast. */
export interface LocalGroups {
  /** Whether somebody here is a member on an interface. */
  hasMember(iface: number, w0: number, w1: number, w2: number, w3: number): boolean;
}

/** What IP has sent, for `inspect`. */
export class OutputCounters {
  sent = 0;
  fragmented = 0;
  fragments = 0;
  dropped = 0;
}

/** Sends what the transports make: RFC 791 §3, RFC 8200. */
export class Output implements FragmentSink {
  readonly counters: OutputCounters = new OutputCounters();
  readonly #context: StackContext;
  readonly #routing: Routing;
  readonly #groups: LocalGroups;
  readonly #backlog: Backlog;
  readonly #header: IpHeader = new IpHeader();
  readonly #identifications: Uint32Array = new Uint32Array(IDENTIFICATIONS);
  readonly #secret: number;
  /** Where the fragments in the making go. */
  #path: Path | undefined;

  constructor(context: StackContext, routing: Routing, groups: LocalGroups, backlog: Backlog) {
    this.#context = context;
    this.#routing = routing;
    this.#groups = groups;
    this.#backlog = backlog;
    this.#secret = context.random.uint32() | 0;
    for (let at = 0; at < IDENTIFICATIONS; at++) this.#identifications[at] = context.random.uint32();
  }

  /** See `IpOutput.send`. */
  send(packet: Packet, path: Path, options: IpSendOptions): number {
    const refreshed = this.#routing.refresh(path);
    if (refreshed < 0) return refuse(packet, refreshed);
    packet.transport = packet.start;
    return path.destination.version === 4 ? this.#send4(packet, path, options) : this.#send6(packet, path, options);
  }

  /**
   * Sends a packet that has its IP header already, at `start`: one that a raw socket made, or that is forwarded. What
   * is too long must be dealt with before.
   */
  sendWhole(packet: Packet, path: Path): void {
    packet.etherType = path.destination.version === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
    packet.network = packet.start;
    this.#pass(packet, path, false);
  }

  /** Cuts a whole IPv4 packet down to an MTU and sends the pieces. */
  sendFragments(packet: Packet, path: Path, mtu: number): void {
    this.#path = path;
    this.counters.fragmented++;
    if (packet.checksum === CHECKSUM_PARTIAL) fillChecksum(packet);
    packet.etherType = ETHERTYPE_IPV4;
    if (!fragmentIpv4(packet, mtu, this.#context.pool, this)) this.counters.dropped++;
  }

  fragment(packet: Packet): void {
    this.counters.fragments++;
    this.#pass(packet, this.#path as Path, false);
  }

  /** The next identification for a destination; several for a super-segment, one for each piece. */
  identify(path: Path, count: number): number {
    const { source, destination } = path;
    const hash = hashWords(this.#secret ^ path.protocol, source.w3, destination.w1, destination.w2, destination.w3);
    const at = hash & (IDENTIFICATIONS - 1);
    const identification = this.#identifications[at] as number;
    this.#identifications[at] = identification + count;
    return identification;
  }

  #send4(packet: Packet, path: Path, options: IpSendOptions): number {
    const ipOptions = options.ipv4Options;
    const headerBytes = ipOptions === undefined ? IPV4_HEADER_BYTES : ipv4HeaderBytes(ipOptions.length);
    const payloadBytes = packet.end - packet.start;
    const total = headerBytes + payloadBytes;
    const fits = total <= IPV4_MAX_BYTES ? this.#fits(packet, path, options, total, headerBytes) : -errno.EMSGSIZE;
    if (fits < 0) return refuse(packet, fits);
    const header = this.#fill(path, options);
    header.dontFragment = fits === 0 && setsDontFragment(options, path);
    const { segmentBytes } = packet;
    const pieces = segmentBytes === 0 ? 1 : Math.ceil(payloadBytes / segmentBytes);
    header.identification = this.#identifyPacket(path, pieces);
    packet.prepend(headerBytes);
    emitIpv4(packet.view, packet.start, header, payloadBytes, ipOptions);
    packet.etherType = ETHERTYPE_IPV4;
    packet.network = packet.start;
    if (fits === 0) this.#pass(packet, path, options.multicastLoop);
    else this.sendFragments(packet, path, fits);
    return 0;
  }

  #send6(packet: Packet, path: Path, options: IpSendOptions): number {
    const { extensions } = options;
    const extensionBytes = extensions?.length ?? 0;
    const headerBytes = IPV6_HEADER_BYTES + extensionBytes;
    if (headerBytes + LOWER_HEADERS_BYTES > packet.start) return refuse(packet, -errno.EMSGSIZE);
    const total = headerBytes + packet.end - packet.start;
    const fits = total <= IPV6_MAX_BYTES ? this.#fits(packet, path, options, total, headerBytes) : -errno.EMSGSIZE;
    if (fits < 0) return refuse(packet, fits);
    const header = this.#fill(path, options);
    const payloadBytes = packet.end - packet.start + extensionBytes;
    let next = header.protocol;
    if (extensions !== undefined) {
      packet.bytes.set(extensions, packet.prepend(extensionBytes));
      next = options.firstExtension;
    }
    packet.prepend(IPV6_HEADER_BYTES);
    emitIpv6(packet.view, packet.start, header, payloadBytes, next);
    packet.etherType = ETHERTYPE_IPV6;
    packet.network = packet.start;
    if (fits === 0) this.#pass(packet, path, options.multicastLoop);
    else this.#fragment6(packet, path, fits);
    return 0;
  }

  #fragment6(packet: Packet, path: Path, mtu: number): void {
    this.#path = path;
    this.counters.fragmented++;
    if (packet.checksum === CHECKSUM_PARTIAL) fillChecksum(packet);
    // RFC 7739: not to be foreseen, and not to come again soon.
    const identification = this.identify(path, 1) | 0;
    if (!fragmentIpv6(packet, mtu, identification, this.#context.pool, this)) this.counters.dropped++;
  }

  /** 0 when the packet goes as it is, the MTU when it is to be cut, or -EMSGSIZE. */
  #fits(packet: Packet, path: Path, options: IpSendOptions, total: number, headerBytes: number): number {
    const { mtuDiscovery } = options;
    const usesLink = mtuDiscovery === IP_PMTUDISC_PROBE || mtuDiscovery >= IP_PMTUDISC_INTERFACE;
    const mtu = usesLink ? path.linkMtu : path.mtu;
    if (total <= mtu) return 0;
    if (packet.segmentBytes > 0) {
      // What the transport's header takes is not known here; a packet that a cut piece outgrows is the transport's
      // mistake.
      return packet.segmentBytes + headerBytes <= mtu ? 0 : -errno.EMSGSIZE;
    }
    if (options.refuseFragments) return -errno.EMSGSIZE;
    const mayCut =
      mtuDiscovery === IP_PMTUDISC_WANT || mtuDiscovery === IP_PMTUDISC_DONT || mtuDiscovery === IP_PMTUDISC_OMIT;
    return mayCut ? mtu : -errno.EMSGSIZE;
  }

  #identifyPacket(path: Path, pieces: number): number {
    return this.identify(path, pieces) & 0xffff;
  }

  #fill(path: Path, options: IpSendOptions): IpHeader {
    const { source, destination } = path;
    const header = this.#header;
    header.version = destination.version;
    header.trafficClass = options.trafficClass;
    header.flowLabel = options.flowLabel;
    header.hopLimit = options.hopLimit >= 0 ? options.hopLimit : defaultHopLimit(path);
    header.protocol = path.protocol;
    header.moreFragments = false;
    header.fragmentOffset = 0;
    header.source0 = source.w0;
    header.source1 = source.w1;
    header.source2 = source.w2;
    header.source3 = source.w3;
    header.destination0 = destination.w0;
    header.destination1 = destination.w1;
    header.destination2 = destination.w2;
    header.destination3 = destination.w3;
    return header;
  }

  /** Gives a finished packet to the link, and a copy to this machine when it is meant too. */
  #pass(packet: Packet, path: Path, loopsBack: boolean): void {
    this.counters.sent++;
    const { iface, destination } = path;
    if (path.isBroadcast) this.#copyBack(packet, path, PACKET_BROADCAST);
    else if (destination.isMulticast) {
      const { w0, w1, w2, w3 } = destination;
      const hasMember = loopsBack && this.#groups.hasMember(iface.index, w0, w1, w2, w3);
      if (hasMember) this.#copyBack(packet, path, PACKET_MULTICAST);
      // RFC 1112 §6.1: with a limit of 0 it stays here.
      if (hopLimitOf(packet) === 0) return packet.release();
    }
    if (iface.hook !== undefined && !iface.hook.leaving(packet, iface)) return;
    let { neighbour } = path;
    if (neighbour === undefined || neighbour.isForgotten) {
      neighbour = iface.link.neighbour(path.nextHop, path.isBroadcast);
      path.neighbour = neighbour;
    }
    iface.link.send(packet, neighbour);
  }

  #copyBack(packet: Packet, path: Path, packetType: number): void {
    if (path.iface.isLoopback) return;
    const copy = packet.clone();
    if (copy === undefined) return;
    copy.packetType = packetType;
    copy.iface = path.iface.index;
    this.#backlog.add(copy);
  }
}

function hopLimitOf({ view, network }: Packet): number {
  return view.getUint8(network + (view.getUint8(network) >>> 4 === 4 ? IPV4_TTL_OFFSET : IPV6_HOP_LIMIT_OFFSET));
}

function defaultHopLimit(path: Path): number {
  return path.destination.isMulticast ? DEFAULT_MULTICAST_HOPS : path.hopLimit || DEFAULT_HOP_LIMIT;
}

/** Whether "don't fragment" is set: ip(7), IP_MTU_DISCOVER. */
function setsDontFragment(options: IpSendOptions, path: Path): boolean {
  switch (options.mtuDiscovery) {
    case IP_PMTUDISC_WANT:
      return !path.mtuLocked;
    case IP_PMTUDISC_DO:
    case IP_PMTUDISC_PROBE:
      return true;
    default:
      return false;
  }
}

function refuse(packet: Packet, error: number): number {
  packet.release();
  return error;
}
