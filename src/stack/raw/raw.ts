import { errno } from "../../api/errno.ts";
import { addSums, checksum, pseudoHeaderSum, sum } from "../../wire/checksum.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from "../../wire/ip-protocol.ts";
import { IPV4_CHECKSUM_OFFSET, IPV4_HEADER_BYTES } from "../../wire/ipv4.ts";
import { IPV6_HEADER_BYTES } from "../../wire/ipv6-extension.ts";
import type { Changes } from "../changes.ts";
import type { StackContext } from "../context.ts";
import { icmpQueuedError } from "../datagram/error-queue.ts";
import { type EndpointOwner, FAILED, READABLE } from "../datagram/owner.ts";
import { datagramPath, ownAddress } from "../datagram/sender.ts";
import type { DatagramTarget } from "../datagram/target.ts";
import { type IcmpError, PACKET_TOO_BIG } from "../icmp/error.ts";
import type { RawErrors } from "../icmp/error-delivery.ts";
import { IpAddress, isMulticast } from "../ip/address.ts";
import type { RawDelivery } from "../ip/input.ts";
import type { Ip } from "../ip/ip.ts";
import type { Path } from "../ip/path.ts";
import type { IpSendOptions } from "../ip/send-options.ts";
import { fillChecksum } from "../link/segmentation.ts";
import type { Groups } from "../multicast/groups.ts";
import { CHECKSUM_NONE, CHECKSUM_PARTIAL, type Packet } from "../packet.ts";
import { PROTOCOL_RAW, RawEndpoint } from "./raw-endpoint.ts";

/** Raw endpoints of a stack. */
export const MAX_RAW_ENDPOINTS = 1024;

/** Raw sockets: who hears and sends packets below the transports. */
export class Raw implements RawDelivery, RawErrors {
  readonly changes: Changes;
  readonly groups: Groups;
  readonly #context: StackContext;
  readonly #ip: Ip;
  readonly #endpoints: RawEndpoint[] = [];

  constructor(context: StackContext, ip: Ip, changes: Changes) {
    this.#context = context;
    this.#ip = ip;
    this.changes = changes;
    this.groups = ip.groups;
  }

  get endpoints(): Iterable<RawEndpoint> {
    return this.#endpoints;
  }

  /** A new endpoint, which hears at once; undefined when there are too many. */
  open(owner: EndpointOwner, version: number, protocol: number): RawEndpoint | undefined {
    if (this.#endpoints.length >= MAX_RAW_ENDPOINTS) return undefined;
    const endpoint = new RawEndpoint(this, owner, version, protocol);
    this.#endpoints.push(endpoint);
    return endpoint;
  }

  bind(endpoint: RawEndpoint, address: IpAddress): number {
    if (address.version !== endpoint.version) return -errno.EINVAL;
    const isAny = address.isUnspecified || address.isMulticast;
    if (!isAny && !this.#ip.mayBind(address, endpoint.boundIface)) return -errno.EADDRNOTAVAIL;
    endpoint.local = address;
    return 0;
  }

  connect(endpoint: RawEndpoint, address: IpAddress, iface: number): number {
    if (address.version !== endpoint.version) return -errno.EAFNOSUPPORT;
    const path = this.#ip.route({
      destination: address,
      protocol: endpoint.protocol,
      source: ownAddress(endpoint, address),
      iface: iface || endpoint.boundIface,
    });
    if (typeof path === "number") return path;
    if (path.isBroadcast && !endpoint.mayBroadcast) return -errno.EACCES;
    endpoint.remote = path.destination;
    endpoint.path = path;
    return 0;
  }

  send(endpoint: RawEndpoint, packet: Packet, target: DatagramTarget | undefined, options: IpSendOptions): number {
    const path = datagramPath(this.#ip, endpoint, target, endpoint.protocol);
    if (typeof path === "number") return drop(packet, path);
    if (path.isBroadcast && !endpoint.mayBroadcast) return drop(packet, -errno.EACCES);
    if (endpoint.includesHeader) return this.#sendWhole(packet, path);
    if (endpoint.checksumOffset >= 0) {
      const at = packet.start + endpoint.checksumOffset;
      if (at + 2 > packet.end) return drop(packet, -errno.EINVAL);
      packet.view.setUint16(at, 0);
      const pseudo = addSums(path.pseudoSum, packet.end - packet.start);
      packet.view.setUint16(at, checksum(packet.view, packet.start, packet.end, pseudo) || 0xffff);
    }
    return this.#ip.send(packet, path, options);
  }

  close(endpoint: RawEndpoint): void {
    if (endpoint.isClosed) return;
    endpoint.isClosed = true;
    this.#endpoints.splice(this.#endpoints.indexOf(endpoint), 1);
    endpoint.memberships.leaveAll();
    endpoint.queue.clear();
    endpoint.errors.clear();
  }

  deliver(packet: Packet, ip: IpHeader): boolean {
    let isTaken = false;
    for (const endpoint of this.#endpoints) {
      if (endpoint.protocol !== ip.protocol || !isFor(endpoint, packet, ip)) continue;
      isTaken = true;
      if (endpoint.isReceiveShut || isBlocked(endpoint, packet, ip) || !isIntact(endpoint, packet, ip)) continue;
      const copy = packet.clone();
      if (copy === undefined) continue;
      if (copy.checksum === CHECKSUM_PARTIAL) fillChecksum(copy);
      if (ip.version === 4) copy.start = copy.network;
      if (endpoint.queue.add(copy)) this.changes.add(endpoint, READABLE);
    }
    return isTaken;
  }

  error(error: IcmpError, ip: IpHeader, packet: Packet): void {
    for (const endpoint of this.#endpoints) {
      if (endpoint.protocol !== ip.protocol || endpoint.version !== ip.version || error.errno === 0) continue;
      const { remote, local } = endpoint;
      if (remote !== undefined && !remote.isDestinationOf(ip)) continue;
      if (!local.isUnspecified && !local.isSourceOf(ip)) continue;
      this.#tell(endpoint, error, ip, packet);
    }
  }

  #tell(endpoint: RawEndpoint, error: IcmpError, ip: IpHeader, packet: Packet): void {
    const destination = IpAddress.destinationOf(ip);
    if (error.kind === PACKET_TOO_BIG) {
      const path = datagramPath(this.#ip, endpoint, { address: destination, port: 0 }, endpoint.protocol);
      if (typeof path !== "number") this.#ip.reducePathMtu(path, error.info, packet.end - packet.network);
    }
    if (endpoint.queuesErrors) {
      const from = ip.version === 4 ? packet.network : packet.transport;
      const payload = packet.bytes.subarray(from, packet.end);
      endpoint.errors.add(icmpQueuedError(error, destination, 0, this.#context.nowUs, payload));
      this.changes.add(endpoint, FAILED);
    } else if (!error.isHard || endpoint.remote === undefined) return;
    endpoint.fail(error.errno);
  }

  /** The program made the header: raw(7). Of IPv4's, length and checksum are always filled in, and what is left 0. */
  #sendWhole(packet: Packet, path: Path): number {
    const { view, start, end } = packet;
    const isV4 = path.destination.version === 4;
    if (end - start < (isV4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES)) return drop(packet, -errno.EINVAL);
    if (end - start > path.linkMtu) return drop(packet, -errno.EMSGSIZE);
    if (isV4) {
      const headerBytes = (view.getUint8(start) & 0x0f) * 4;
      if (headerBytes < IPV4_HEADER_BYTES || headerBytes > end - start) return drop(packet, -errno.EINVAL);
      view.setUint16(start + 2, end - start);
      if (view.getUint16(start + 4) === 0) view.setUint16(start + 4, this.#ip.identify(path));
      if (view.getInt32(start + 12) === 0) view.setInt32(start + 12, path.source.w3);
      view.setUint16(start + IPV4_CHECKSUM_OFFSET, 0);
      view.setUint16(start + IPV4_CHECKSUM_OFFSET, checksum(view, start, start + headerBytes));
    }
    this.#ip.sendWhole(packet, path);
    return 0;
  }
}

function isFor(endpoint: RawEndpoint, packet: Packet, ip: IpHeader): boolean {
  if (endpoint.version !== ip.version || endpoint.protocol === PROTOCOL_RAW) return false;
  if (endpoint.boundIface !== 0 && endpoint.boundIface !== packet.iface) return false;
  if (endpoint.remote !== undefined && !endpoint.remote.isSourceOf(ip)) return false;
  if (!endpoint.local.isUnspecified && !endpoint.local.isDestinationOf(ip)) return false;
  const isGroup = isMulticast(ip.destination0, ip.destination1, ip.destination2, ip.destination3);
  return !isGroup || endpoint.memberships.hears(packet.iface, ip);
}

function isBlocked(endpoint: RawEndpoint, packet: Packet, ip: IpHeader): boolean {
  if (ip.protocol !== PROTOCOL_ICMP && ip.protocol !== PROTOCOL_ICMPV6) return false;
  if (packet.transport >= packet.end) return true;
  const type = packet.view.getUint8(packet.transport);
  return ((endpoint.blockedTypes[type >>> 5] as number) & (1 << (type & 31))) !== 0;
}

/** The checksum that IPV6_CHECKSUM asks for. */
function isIntact(endpoint: RawEndpoint, packet: Packet, ip: IpHeader): boolean {
  if (endpoint.checksumOffset < 0 || packet.checksum !== CHECKSUM_NONE) return true;
  const { source0: s0, source1: s1, source2: s2, source3: s3 } = ip;
  const { destination0: d0, destination1: d1, destination2: d2, destination3: d3 } = ip;
  const length = packet.end - packet.transport;
  const pseudo = pseudoHeaderSum(s0, s1, s2, s3, d0, d1, d2, d3, ip.protocol, length);
  return sum(packet.view, packet.transport, packet.end, pseudo) === 0xffff;
}

function drop(packet: Packet, error: number): number {
  packet.release();
  return error;
}
