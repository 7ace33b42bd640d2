import { errno } from "../../api/errno.ts";
import { ICMPV4_ECHO, ICMPV4_HEADER_BYTES, sealIcmpv4 } from "../../wire/icmpv4.ts";
import { ICMPV6_ECHO } from "../../wire/icmpv6.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from "../../wire/ip-protocol.ts";
import type { Changes } from "../changes.ts";
import type { StackContext } from "../context.ts";
import { icmpQueuedError } from "../datagram/error-queue.ts";
import { type EndpointOwner, FAILED, READABLE } from "../datagram/owner.ts";
import { datagramPath, ownAddress } from "../datagram/sender.ts";
import type { DatagramTarget } from "../datagram/target.ts";
import { ANY_V4, ANY_V6, IpAddress } from "../ip/address.ts";
import type { Ip } from "../ip/ip.ts";
import type { IpSendOptions } from "../ip/send-options.ts";
import type { Groups } from "../multicast/groups.ts";
import type { Packet } from "../packet.ts";
import { type IcmpError, PACKET_TOO_BIG } from "./error.ts";
import { PingEndpoint } from "./ping-endpoint.ts";
import { sealPacketIcmpv6 } from "./seal.ts";

const IDENTIFIERS = 65536;
const IDENTIFIER_OFFSET = 4;
/** The longest message: what IP carries, without its header. */
const MAX_MESSAGE_BYTES = 65535 - 20;

/** Ping sockets: who sends echo requests, and gets the replies. */
export class Ping {
  readonly changes: Changes;
  readonly groups: Groups;
  readonly #context: StackContext;
  readonly #ip: Ip;
  /** By version and identifier. */
  readonly #endpoints: Map<number, PingEndpoint> = new Map();

  constructor(context: StackContext, ip: Ip, changes: Changes) {
    this.#context = context;
    this.#ip = ip;
    this.changes = changes;
    this.groups = ip.groups;
  }

  get endpoints(): Iterable<PingEndpoint> {
    return this.#endpoints.values();
  }

  open(owner: EndpointOwner, version: number): PingEndpoint {
    return new PingEndpoint(this, owner, version);
  }

  bind(endpoint: PingEndpoint, address: IpAddress, identifier: number): number {
    if (endpoint.localPort !== 0 || address.version !== endpoint.version) return -errno.EINVAL;
    const isAny = address.isUnspecified;
    if (!isAny && !this.#ip.mayBind(address, endpoint.boundIface)) return -errno.EADDRNOTAVAIL;
    const chosen = identifier === 0 ? this.#choose(endpoint.version) : identifier;
    if (chosen === 0 || this.#endpoints.has(key(endpoint.version, chosen))) return -errno.EADDRINUSE;
    endpoint.local = address;
    endpoint.localPort = chosen;
    this.#endpoints.set(key(endpoint.version, chosen), endpoint);
    return 0;
  }

  connect(endpoint: PingEndpoint, address: IpAddress, port: number, iface: number): number {
    if (address.version !== endpoint.version) return -errno.EAFNOSUPPORT;
    const path = this.#ip.route({
      destination: address,
      protocol: protocolOf(endpoint),
      source: ownAddress(endpoint, address),
      iface: iface || endpoint.boundIface,
    });
    if (typeof path === "number") return path;
    if (path.isBroadcast && !endpoint.mayBroadcast) return -errno.EACCES;
    if (endpoint.localPort === 0) {
      const bound = this.bind(endpoint, path.source, 0);
      if (bound < 0) return bound;
    }
    endpoint.local = path.source;
    endpoint.remote = path.destination;
    endpoint.remotePort = port;
    endpoint.path = path;
    return 0;
  }

  send(endpoint: PingEndpoint, packet: Packet, target: DatagramTarget | undefined, options: IpSendOptions): number {
    const checked = check(endpoint, packet);
    const path = checked < 0 ? checked : datagramPath(this.#ip, endpoint, target, protocolOf(endpoint));
    if (typeof path === "number") return drop(packet, path);
    if (path.isBroadcast && !endpoint.mayBroadcast) return drop(packet, -errno.EACCES);
    if (endpoint.localPort === 0) {
      const bound = this.bind(endpoint, endpoint.version === 4 ? ANY_V4 : ANY_V6, 0);
      if (bound < 0) return drop(packet, bound);
    }
    packet.view.setUint16(packet.start + IDENTIFIER_OFFSET, endpoint.localPort);
    if (endpoint.version === 4) sealIcmpv4(packet.view, packet.start, packet.end);
    else sealPacketIcmpv6(packet, path);
    return this.#ip.send(packet, path, options);
  }

  close(endpoint: PingEndpoint): void {
    if (endpoint.isClosed) return;
    endpoint.isClosed = true;
    if (endpoint.localPort !== 0) this.#endpoints.delete(key(endpoint.version, endpoint.localPort));
    endpoint.memberships.leaveAll();
    endpoint.queue.clear();
    endpoint.errors.clear();
  }

  /** Takes an echo reply, `packet.start` at its ICMP header. The packet is released when nobody waits for it. */
  deliver(packet: Packet, ip: IpHeader, identifier: number): void {
    const endpoint = this.#endpoints.get(key(ip.version, identifier));
    if (endpoint === undefined || endpoint.isReceiveShut || !isFor(endpoint, packet, ip)) return packet.release();
    if (endpoint.queue.add(packet)) this.changes.add(endpoint, READABLE);
  }

  /** An error about an echo request that was sent. */
  error(error: IcmpError, ip: IpHeader, packet: Packet): void {
    const { view, transport } = packet;
    if (view.getUint8(transport) !== (ip.version === 4 ? ICMPV4_ECHO : ICMPV6_ECHO)) return;
    const endpoint = this.#endpoints.get(key(ip.version, view.getUint16(transport + IDENTIFIER_OFFSET)));
    if (endpoint === undefined || error.errno === 0) return;
    const destination = IpAddress.destinationOf(ip);
    if (error.kind === PACKET_TOO_BIG) {
      const path = datagramPath(this.#ip, endpoint, { address: destination, port: 0 }, protocolOf(endpoint));
      if (typeof path !== "number") this.#ip.reducePathMtu(path, error.info, packet.end - packet.network);
    }
    if (endpoint.queuesErrors) {
      const payload = packet.bytes.subarray(packet.transport, packet.end);
      endpoint.errors.add(icmpQueuedError(error, destination, 0, this.#context.nowUs, payload));
      this.changes.add(endpoint, FAILED);
    } else if (!error.isHard || endpoint.remote === undefined) return;
    endpoint.fail(error.errno);
  }

  #choose(version: number): number {
    const first = this.#context.random.uint32();
    for (let i = 0; i < IDENTIFIERS; i++) {
      const identifier = (first + i) & (IDENTIFIERS - 1);
      if (identifier !== 0 && !this.#endpoints.has(key(version, identifier))) return identifier;
    }
    return 0;
  }
}

function key(version: number, identifier: number): number {
  return version * IDENTIFIERS + identifier;
}

function protocolOf({ version }: PingEndpoint): number {
  return version === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
}

/** What a ping socket may send: an echo request with code 0, as Linux checks it. */
function check(endpoint: PingEndpoint, { view, start, end }: Packet): number {
  if (end - start > MAX_MESSAGE_BYTES) return -errno.EMSGSIZE;
  if (end - start < ICMPV4_HEADER_BYTES) return -errno.EINVAL;
  const type = endpoint.version === 4 ? ICMPV4_ECHO : ICMPV6_ECHO;
  return view.getUint8(start) === type && view.getUint8(start + 1) === 0 ? 0 : -errno.EINVAL;
}

function isFor(endpoint: PingEndpoint, packet: Packet, ip: IpHeader): boolean {
  if (endpoint.boundIface !== 0 && endpoint.boundIface !== packet.iface) return false;
  return endpoint.local.isUnspecified || endpoint.local.isDestinationOf(ip);
}

function drop(packet: Packet, error: number): number {
  packet.release();
  return error;
}
