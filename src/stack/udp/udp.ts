import { errno } from "../../api/errno.ts";
import { IP_PMTUDISC_DO, IP_PMTUDISC_DONT } from "../../api/constants/ip-option.ts";
import { addSums, pseudoHeaderSum } from "../../wire/checksum.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { PROTOCOL_UDP } from "../../wire/ip-protocol.ts";
import { OK } from "../../wire/reason.ts";
import {
  emitUdp,
  parseQuotedUdp,
  parseUdp,
  UDP_CHECKSUM_OFFSET,
  UDP_HEADER_BYTES,
  UdpHeader,
  verifyUdp,
} from "../../wire/udp.ts";
import type { Changes } from "../changes.ts";
import type { StackContext } from "../context.ts";
import { icmpQueuedError } from "../datagram/error-queue.ts";
import { type EndpointOwner, FAILED, READABLE } from "../datagram/owner.ts";
import { datagramPath, ownAddress, speaks } from "../datagram/sender.ts";
import type { DatagramTarget } from "../datagram/target.ts";
import { type IcmpError, PACKET_TOO_BIG, SOURCE_QUENCH } from "../icmp/error.ts";
import { type IpErrors, PORT_UNREACHABLE } from "../icmp/ip-errors.ts";
import { ANY_V4, ANY_V6, IpAddress, isMulticast } from "../ip/address.ts";
import type { Ip } from "../ip/ip.ts";
import type { Path } from "../ip/path.ts";
import type { IpSendOptions } from "../ip/send-options.ts";
import type { Transport } from "../ip/transport.ts";
import type { Groups } from "../multicast/groups.ts";
import { CHECKSUM_NONE, CHECKSUM_PARTIAL, PACKET_FOR_HOST, type Packet } from "../packet.ts";
import { score } from "./bindings.ts";
import { Demultiplexer } from "./demultiplexer.ts";
import { UdpEndpoint } from "./udp-endpoint.ts";

/** The longest payload over IPv4: RFC 768. Over IPv6 it is the IP header's 20 bytes more. */
const MAX_PAYLOAD_V4: number = 65535 - 20 - UDP_HEADER_BYTES;
const MAX_PAYLOAD_V6: number = 65535 - UDP_HEADER_BYTES;
/** Datagrams that one super-datagram is cut into: Linux's UDP_MAX_SEGMENTS. */
export const MAX_SEGMENTS = 128;

/** What UDP has seen, as `netstat -su` counts. */
export class UdpCounters {
  received = 0;
  sent = 0;
  noPort = 0;
  errors = 0;
  checksumErrors = 0;
  queueFull = 0;
}

/** UDP: RFC 768, RFC 1122 §4.1, RFC 8200 §8.1. */
export class Udp implements Transport {
  readonly counters: UdpCounters = new UdpCounters();
  readonly changes: Changes;
  readonly groups: Groups;
  readonly #context: StackContext;
  readonly #ip: Ip;
  readonly #errors: IpErrors;
  readonly #demultiplexer: Demultiplexer;
  readonly #header: UdpHeader = new UdpHeader();
  readonly #sentHeader: UdpHeader = new UdpHeader();

  constructor(context: StackContext, ip: Ip, errors: IpErrors, changes: Changes) {
    this.#context = context;
    this.#ip = ip;
    this.#errors = errors;
    this.changes = changes;
    this.groups = ip.groups;
    this.#demultiplexer = new Demultiplexer(context.random);
  }

  /** All endpoints that have a port. */
  get endpoints(): Iterable<UdpEndpoint> {
    return this.#demultiplexer.bindings;
  }

  /** A new endpoint, not bound; `version` is 4 or 6. */
  open(owner: EndpointOwner, version: number): UdpEndpoint {
    return new UdpEndpoint(this, owner, version);
  }

  bind(endpoint: UdpEndpoint, address: IpAddress, port: number): number {
    const { bindings } = this.#demultiplexer;
    if (endpoint.localPort !== 0 || !speaks(endpoint, address)) return -errno.EINVAL;
    const isAny = address.isUnspecified || address.isMulticast || endpoint.bindsAnywhere;
    if (!isAny && !this.#ip.mayBind(address, endpoint.boundIface)) return -errno.EADDRNOTAVAIL;
    if (port !== 0 && bindings.conflicts(endpoint, address, port)) return -errno.EADDRINUSE;
    const chosen = port === 0 ? bindings.choose(endpoint, address) : port;
    if (chosen === 0) return -errno.EADDRINUSE;
    endpoint.local = address;
    endpoint.localPort = chosen;
    bindings.add(endpoint);
    return 0;
  }

  connect(endpoint: UdpEndpoint, address: IpAddress, port: number, iface: number): number {
    if (!speaks(endpoint, address)) return endpoint.version === 4 ? -errno.EAFNOSUPPORT : -errno.ENETUNREACH;
    const path = this.#ip.route({
      destination: address,
      protocol: PROTOCOL_UDP,
      // An address that the last `connect` chose goes with its connection.
      source: endpoint.hasChosenAddress ? undefined : ownAddress(endpoint, address),
      iface: iface || endpoint.boundIface,
    });
    if (typeof path === "number") return path;
    // As in Linux, one that fails leaves the connection that there was.
    if (path.isBroadcast && !endpoint.mayBroadcast) return -errno.EACCES;
    this.#unlink(endpoint);
    if (endpoint.localPort === 0) {
      const bound = this.bind(endpoint, path.source, 0);
      if (bound < 0) return bound;
      endpoint.hasChosenPort = true;
      endpoint.hasChosenAddress = true;
    } else if (ownAddress(endpoint, address) === undefined) {
      endpoint.hasChosenAddress = true;
      endpoint.local = path.source;
    }
    endpoint.remote = path.destination;
    endpoint.remotePort = port;
    endpoint.path = path;
    this.#demultiplexer.connected.add(endpoint);
    return 0;
  }

  disconnect(endpoint: UdpEndpoint): void {
    this.#unlink(endpoint);
    if (!endpoint.hasChosenPort) return;
    this.#demultiplexer.bindings.remove(endpoint);
    endpoint.hasChosenPort = false;
    endpoint.localPort = 0;
  }

  send(endpoint: UdpEndpoint, packet: Packet, target: DatagramTarget | undefined, options: IpSendOptions): number {
    const path = this.#pathFor(endpoint, target);
    if (typeof path === "number") return drop(packet, path);
    if (path.isBroadcast && !endpoint.mayBroadcast) return drop(packet, -errno.EACCES);
    const isV4 = path.destination.version === 4;
    const payloadBytes = packet.end - packet.start;
    if (payloadBytes > (isV4 ? MAX_PAYLOAD_V4 : MAX_PAYLOAD_V6)) return drop(packet, -errno.EMSGSIZE);
    const { segmentBytes } = endpoint;
    if (segmentBytes > 0 && payloadBytes > segmentBytes) {
      if (payloadBytes > segmentBytes * MAX_SEGMENTS) return drop(packet, -errno.EINVAL);
      // Linux cannot cut what has no checksum: EIO.
      if (endpoint.omitsChecksum) return drop(packet, -errno.EIO);
      if (segmentBytes + UDP_HEADER_BYTES > path.mtu - (isV4 ? 20 : 40)) return drop(packet, -errno.EINVAL);
      packet.segmentBytes = segmentBytes;
    }
    const header = this.#sentHeader;
    header.sourcePort = endpoint.localPort;
    header.destinationPort = target === undefined ? endpoint.remotePort : target.port;
    const omitsChecksum = endpoint.omitsChecksum && isV4;
    header.checksum = omitsChecksum ? 0 : addSums(path.pseudoSum, UDP_HEADER_BYTES + payloadBytes);
    packet.checksum = omitsChecksum ? CHECKSUM_NONE : CHECKSUM_PARTIAL;
    packet.checksumOffset = UDP_CHECKSUM_OFFSET;
    packet.prepend(UDP_HEADER_BYTES);
    emitUdp(packet.view, packet.start, header, payloadBytes);
    const sent = this.#ip.send(packet, path, options);
    if (sent === 0) this.counters.sent++;
    return sent;
  }

  /** Queues the error of a datagram that the path is too narrow for. */
  tellTooLong(endpoint: UdpEndpoint, target: DatagramTarget | undefined): void {
    const path = this.#pathFor(endpoint, target);
    if (typeof path === "number") return;
    const port = target === undefined ? endpoint.remotePort : target.port;
    endpoint.queueTooLong(path.destination, port, path.mtu, this.#context.nowUs);
  }

  close(endpoint: UdpEndpoint): void {
    if (endpoint.isClosed) return;
    endpoint.isClosed = true;
    this.#unlink(endpoint);
    if (endpoint.localPort !== 0) this.#demultiplexer.bindings.remove(endpoint);
    endpoint.memberships.leaveAll();
    endpoint.queue.clear();
    endpoint.errors.clear();
  }

  input(packet: Packet, ip: IpHeader): void {
    const header = this.#header;
    if (parseUdp(packet.view, packet.transport, packet.end, header) !== OK) return this.#refuse(packet);
    packet.end = header.payloadEnd;
    if (packet.checksum === CHECKSUM_NONE && !this.#verify(packet, ip, header)) return this.#refuse(packet);
    packet.start = header.payloadStart;
    const isToGroup =
      packet.packetType !== PACKET_FOR_HOST ||
      isMulticast(ip.destination0, ip.destination1, ip.destination2, ip.destination3);
    if (isToGroup) return this.#toGroup(packet, ip, header);
    const endpoint = this.#demultiplexer.receiver(ip, header, packet.iface);
    if (endpoint !== undefined) return this.#give(endpoint, packet);
    this.counters.noPort++;
    this.#errors.report(PORT_UNREACHABLE, packet, ip, 0);
    packet.release();
  }

  error(error: IcmpError, ip: IpHeader, packet: Packet): void {
    const header = this.#header;
    if (parseQuotedUdp(packet.view, packet.transport, packet.end, header) !== OK) return;
    const endpoint = this.#demultiplexer.sender(ip, header, error.iface);
    if (endpoint === undefined || error.kind === SOURCE_QUENCH) return;
    let { isHard } = error;
    if (error.kind === PACKET_TOO_BIG) {
      this.#reducePathMtu(endpoint, error, ip, packet);
      const { mtuDiscovery } = endpoint.options;
      isHard = error.version === 4 ? mtuDiscovery !== IP_PMTUDISC_DONT : mtuDiscovery === IP_PMTUDISC_DO;
    }
    if (endpoint.queuesErrors) {
      const payload = packet.bytes.subarray(Math.min(header.payloadStart, packet.end), packet.end);
      const destination = IpAddress.destinationOf(ip);
      const { nowUs } = this.#context;
      endpoint.errors.add(icmpQueuedError(error, destination, header.destinationPort, nowUs, payload));
      this.changes.add(endpoint, FAILED);
    } else if (!isHard || endpoint.remote === undefined) return;
    endpoint.fail(error.errno);
  }

  #reducePathMtu(endpoint: UdpEndpoint, error: IcmpError, ip: IpHeader, packet: Packet): void {
    const { destination0: d0, destination1: d1, destination2: d2, destination3: d3 } = ip;
    const path = endpoint.path ?? this.#ip.cachedPath(d0, d1, d2, d3, undefined, PROTOCOL_UDP, endpoint.boundIface);
    if (typeof path !== "number") this.#ip.reducePathMtu(path, error.info, packet.end - packet.network);
  }

  #verify(packet: Packet, ip: IpHeader, header: UdpHeader): boolean {
    // RFC 8200 §8.1: IPv6 has no checksum of its own, so a datagram without one is discarded.
    if (header.checksum === 0) return ip.version === 4;
    const { source0: s0, source1: s1, source2: s2, source3: s3 } = ip;
    const { destination0: d0, destination1: d1, destination2: d2, destination3: d3 } = ip;
    const length = packet.end - packet.transport;
    const pseudo = pseudoHeaderSum(s0, s1, s2, s3, d0, d1, d2, d3, PROTOCOL_UDP, length);
    if (verifyUdp(packet.view, packet.transport, packet.end, pseudo)) return true;
    this.counters.checksumErrors++;
    return false;
  }

  #refuse(packet: Packet): void {
    this.counters.errors++;
    packet.release();
  }

  #give(endpoint: UdpEndpoint, packet: Packet): void {
    if (endpoint.isReceiveShut) return packet.release();
    if (endpoint.queue.add(packet)) {
      this.counters.received++;
      this.changes.add(endpoint, READABLE);
    } else this.counters.queueFull++;
  }

  /** Every endpoint that hears the group, or the broadcast, gets a copy. */
  #toGroup(packet: Packet, ip: IpHeader, header: UdpHeader): void {
    for (const endpoint of this.#demultiplexer.bindings.at(header.destinationPort)) {
      if (!hears(endpoint, packet, ip, header)) continue;
      const copy = packet.clone();
      if (copy !== undefined) this.#give(endpoint, copy);
    }
    packet.release();
  }

  #pathFor(endpoint: UdpEndpoint, target: DatagramTarget | undefined): Path | number {
    if (target?.port === 0) return -errno.EINVAL;
    const path = datagramPath(this.#ip, endpoint, target, PROTOCOL_UDP);
    if (typeof path === "number" || endpoint.localPort !== 0) return path;
    const bound = this.bind(endpoint, endpoint.version === 4 ? ANY_V4 : ANY_V6, 0);
    return bound < 0 ? bound : path;
  }

  #unlink(endpoint: UdpEndpoint): void {
    if (endpoint.remote === undefined) return;
    this.#demultiplexer.connected.remove(endpoint);
    endpoint.remote = undefined;
    endpoint.remotePort = 0;
    endpoint.path = undefined;
    if (!endpoint.hasChosenAddress) return;
    endpoint.hasChosenAddress = false;
    endpoint.local = endpoint.version === 4 ? ANY_V4 : ANY_V6;
  }
}

/** Whether an endpoint hears a datagram to a group or to everybody. */
function hears(endpoint: UdpEndpoint, packet: Packet, ip: IpHeader, header: UdpHeader): boolean {
  const { remote } = endpoint;
  if (remote !== undefined && (endpoint.remotePort !== header.sourcePort || !remote.isSourceOf(ip))) return false;
  // A connection chose its local address for what it sends; it hears no group by it, as in Linux.
  if (score(endpoint, ip, packet.iface) < 0) return false;
  const isGroup = isMulticast(ip.destination0, ip.destination1, ip.destination2, ip.destination3);
  return !isGroup || endpoint.memberships.hears(packet.iface, ip);
}

function drop(packet: Packet, error: number): number {
  packet.release();
  return error;
}
