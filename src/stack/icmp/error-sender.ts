import { emitIcmpv4, Icmpv4Message, isIcmpv4Error, sealIcmpv4 } from "../../wire/icmpv4.ts";
import * as v4 from "../../wire/icmpv4.ts";
import { emitIcmpv6, Icmpv6Message, isIcmpv6Error } from "../../wire/icmpv6.ts";
import * as v6 from "../../wire/icmpv6.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from "../../wire/ip-protocol.ts";
import { isIpv6Extension } from "../../wire/ipv6-extension.ts";
import { ACTION_DISCARD, ACTION_REPORT } from "../../wire/ipv6-option.ts";
import {
  BAD_OPTION,
  BAD_VALUE,
  UNRECOGNIZED_HEADER,
  UNRECOGNIZED_OPTION,
  UNRECOGNIZED_ROUTING,
} from "../../wire/reason.ts";
import type { StackContext } from "../context.ts";
import { IpAddress, isMulticast } from "../ip/address.ts";
import type { Output } from "../ip/output.ts";
import type { PathCache } from "../ip/path-cache.ts";
import { BROADCAST } from "../ip/route.ts";
import type { Routing } from "../ip/routing.ts";
import { IpSendOptions } from "../ip/send-options.ts";
import { PACKET_FOR_HOST, type Packet } from "../packet.ts";
import * as what from "./ip-errors.ts";
import { IcmpRateLimit } from "./rate-limit.ts";
import { sealPacketIcmpv6 } from "./seal.ts";

/** RFC 1812 §4.3.2.3: as much of the packet as fits into 576 bytes. */
const IPV4_ERROR_BYTES = 576;
/** RFC 4443 §2.4 c: as much as fits into the least MTU. */
const IPV6_ERROR_BYTES = 1280;
const HEADERS_V4 = 20 + 8;
const HEADERS_V6 = 40 + 8;
/** RFC 1812 §4.3.2.5: errors go with precedence "internetwork control". */
const INTERNETWORK_CONTROL = 0xc0;

/** Makes ICMP errors and sends them, as far as the rules and the rate allow. */
export class IcmpErrorSender implements what.IpErrors {
  readonly limit: IcmpRateLimit;
  sent = 0;
  readonly #context: StackContext;
  readonly #routing: Routing;
  readonly #paths: PathCache;
  readonly #output: Output;
  readonly #v4: Icmpv4Message = new Icmpv4Message();
  readonly #v6: Icmpv6Message = new Icmpv6Message();
  readonly #options: IpSendOptions = new IpSendOptions();

  constructor(context: StackContext, routing: Routing, paths: PathCache, output: Output) {
    this.#context = context;
    this.#routing = routing;
    this.#paths = paths;
    this.#output = output;
    this.limit = new IcmpRateLimit(context);
  }

  report(about: number, packet: Packet, ip: IpHeader, info: number): void {
    if (ip.version === 4) this.#report4(about, packet, ip, info);
    else this.#report6(about, packet, ip, info);
  }

  #report4(about: number, packet: Packet, ip: IpHeader, info: number): void {
    if (!this.#mayReport4(packet, ip)) return;
    const message = this.#v4;
    clear4(message);
    switch (about) {
      case what.PROTOCOL_UNREACHABLE:
        unreachable4(message, v4.UNREACHABLE_PROTOCOL);
        break;
      case what.PORT_UNREACHABLE:
        unreachable4(message, v4.UNREACHABLE_PORT);
        break;
      case what.NO_ROUTE:
        unreachable4(message, v4.UNREACHABLE_NET);
        break;
      case what.HOST_UNREACHABLE:
        unreachable4(message, v4.UNREACHABLE_HOST);
        break;
      case what.PROHIBITED:
        unreachable4(message, v4.UNREACHABLE_FILTERED);
        break;
      case what.TOO_BIG:
        unreachable4(message, v4.UNREACHABLE_FRAGMENTATION_NEEDED);
        message.nextHopMtu = info;
        break;
      case what.HOPS_EXCEEDED:
        message.type = v4.ICMPV4_TIME_EXCEEDED;
        break;
      case what.REASSEMBLY_EXCEEDED:
        message.type = v4.ICMPV4_TIME_EXCEEDED;
        message.code = v4.EXCEEDED_REASSEMBLY;
        break;
      case what.HEADER_PROBLEM:
        message.type = v4.ICMPV4_PARAMETER_PROBLEM;
        message.pointer = ip.problemPointer;
        break;
      default:
        return;
    }
    this.#send4(message, packet, ip, about !== what.TOO_BIG);
  }

  /** RFC 1122 §3.2.2, RFC 1812 §4.3.2.7. */
  #mayReport4(packet: Packet, ip: IpHeader): boolean {
    if (packet.packetType !== PACKET_FOR_HOST || ip.fragmentOffset !== 0) return false;
    const { destination3: d3, source3: s3 } = ip;
    if (d3 >>> 28 === 0xe || d3 === -1 || s3 >>> 29 === 7 || s3 >>> 24 === 0) return false;
    if (this.#isBroadcast(s3) || this.#isBroadcast(d3)) return false;
    if (ip.protocol !== PROTOCOL_ICMP) return true;
    return ip.payloadStart < ip.payloadEnd && !isIcmpv4Error(packet.view.getUint8(ip.payloadStart));
  }

  #isBroadcast(word: number): boolean {
    return this.#routing.routes.lookup(0, 0, 0xffff, word, 4, 0)?.kind === BROADCAST;
  }

  #send4(message: Icmpv4Message, about: Packet, ip: IpHeader, isLimited: boolean): void {
    const path = this.#pathTo(ip, PROTOCOL_ICMP, about);
    if (path === undefined || (isLimited && !path.isLocal && !this.#allows(ip))) return;
    const quoted = Math.min(ip.payloadEnd - about.network, IPV4_ERROR_BYTES - HEADERS_V4);
    const packet = this.#context.pool.allocate(v4.ICMPV4_HEADER_BYTES + quoted);
    if (packet === undefined) return;
    const payloadAt = emitIcmpv4(packet.view, packet.start, message);
    packet.bytes.set(about.bytes.subarray(about.network, about.network + quoted), payloadAt);
    packet.end = payloadAt + quoted;
    sealIcmpv4(packet.view, packet.start, packet.end);
    this.#options.trafficClass = INTERNETWORK_CONTROL;
    this.sent++;
    this.#output.send(packet, path, this.#options);
  }

  #report6(about: number, packet: Packet, ip: IpHeader, info: number): void {
    const message = this.#v6;
    clear6(message);
    switch (about) {
      case what.PROTOCOL_UNREACHABLE:
        message.type = v6.ICMPV6_PARAMETER_PROBLEM;
        message.code = v6.PROBLEM6_NEXT_HEADER;
        message.pointer = ip.protocolAt - ip.start;
        break;
      case what.HEADER_PROBLEM:
        if (!headerProblem(message, ip, info)) return;
        break;
      case what.PORT_UNREACHABLE:
        unreachable6(message, v6.UNREACHABLE6_PORT);
        break;
      case what.NO_ROUTE:
        unreachable6(message, v6.UNREACHABLE6_NO_ROUTE);
        break;
      case what.HOST_UNREACHABLE:
        unreachable6(message, v6.UNREACHABLE6_ADDRESS);
        break;
      case what.PROHIBITED:
        unreachable6(message, v6.UNREACHABLE6_PROHIBITED);
        break;
      case what.BEYOND_SCOPE:
        unreachable6(message, v6.UNREACHABLE6_BEYOND_SCOPE);
        break;
      case what.TOO_BIG:
        message.type = v6.ICMPV6_PACKET_TOO_BIG;
        message.mtu = info;
        break;
      default:
        message.type = v6.ICMPV6_TIME_EXCEEDED;
        message.code = about === what.REASSEMBLY_EXCEEDED ? v6.EXCEEDED6_REASSEMBLY : v6.EXCEEDED6_IN_TRANSIT;
    }
    if (mayReport6(message, packet, ip)) this.#send6(message, packet, ip, about !== what.TOO_BIG);
  }

  #send6(message: Icmpv6Message, about: Packet, ip: IpHeader, isLimited: boolean): void {
    const path = this.#pathTo(ip, PROTOCOL_ICMPV6, about);
    if (path === undefined || (isLimited && !path.isLocal && !this.#allows(ip))) return;
    const quoted = Math.min(ip.payloadEnd - about.network, IPV6_ERROR_BYTES - HEADERS_V6);
    const packet = this.#context.pool.allocate(v6.ICMPV6_HEADER_BYTES + quoted);
    if (packet === undefined) return;
    const payloadAt = emitIcmpv6(packet.view, packet.start, message);
    packet.bytes.set(about.bytes.subarray(about.network, about.network + quoted), payloadAt);
    packet.end = payloadAt + quoted;
    sealPacketIcmpv6(packet, path);
    this.#options.trafficClass = 0;
    this.sent++;
    this.#output.send(packet, path, this.#options);
  }

  #allows(ip: IpHeader): boolean {
    return this.limit.allows(ip.source0, ip.source1, ip.source2, ip.source3);
  }

  /** From the address that the packet was sent to when it is ours, else from one that the sender's direction has. */
  #pathTo(ip: IpHeader, protocol: number, packet: Packet): ReturnType<PathCache["reply"]> {
    const destination = IpAddress.destinationOf(ip);
    if (!destination.isMulticast && this.#routing.isOwn(destination)) return this.#paths.reply(ip, packet, protocol);
    const { source0: s0, source1: s1, source2: s2, source3: s3 } = ip;
    const iface = ip.version === 6 && s0 >>> 22 === 0x3fa ? packet.iface : 0;
    const path = this.#paths.path(s0, s1, s2, s3, undefined, protocol, iface);
    return typeof path === "number" ? undefined : path;
  }
}

function unreachable4(message: Icmpv4Message, code: number): void {
  message.type = v4.ICMPV4_UNREACHABLE;
  message.code = code;
}

function unreachable6(message: Icmpv6Message, code: number): void {
  message.type = v6.ICMPV6_UNREACHABLE;
  message.code = code;
}

function clear4(message: Icmpv4Message): void {
  message.code = 0;
  message.nextHopMtu = 0;
  message.pointer = 0;
  message.quotedWords = 0;
}

function clear6(message: Icmpv6Message): void {
  message.code = 0;
  message.mtu = 0;
  message.pointer = 0;
  message.quotedWords = 0;
}

/** Fills in a Parameter Problem: RFC 4443 §3.4, RFC 8200 §4.2 and §4.4. Returns false when the rules want silence. */
function headerProblem(message: Icmpv6Message, ip: IpHeader, reason: number): boolean {
  message.type = v6.ICMPV6_PARAMETER_PROBLEM;
  message.pointer = ip.problemPointer;
  switch (reason) {
    case UNRECOGNIZED_OPTION:
      message.code = v6.PROBLEM6_OPTION;
      return ip.problemAction > ACTION_DISCARD;
    case UNRECOGNIZED_HEADER:
      message.code = v6.PROBLEM6_NEXT_HEADER;
      return true;
    case UNRECOGNIZED_ROUTING:
    case BAD_OPTION:
    case BAD_VALUE:
      message.code = v6.PROBLEM6_FIELD;
      return true;
    default:
      return false;
  }
}

/** RFC 4443 §2.4 e. */
function mayReport6(message: Icmpv6Message, packet: Packet, ip: IpHeader): boolean {
  const { source0, source1, source2, source3 } = ip;
  if (isMulticast(source0, source1, source2, source3)) return false;
  if ((source0 | source1 | source2 | source3) === 0) return false;
  const isToGroup =
    packet.packetType !== PACKET_FOR_HOST ||
    isMulticast(ip.destination0, ip.destination1, ip.destination2, ip.destination3);
  if (isToGroup && !isForGroups(message, ip)) return false;
  return !isAboutError(packet, ip);
}

/** The two errors that are sent for multicast packets too: e.3. */
function isForGroups(message: Icmpv6Message, ip: IpHeader): boolean {
  if (message.type === v6.ICMPV6_PACKET_TOO_BIG) return true;
  const isOption = message.type === v6.ICMPV6_PARAMETER_PROBLEM && message.code === v6.PROBLEM6_OPTION;
  return isOption && ip.problemAction === ACTION_REPORT;
}

/** Whether the packet is an ICMPv6 error, or a Redirect, behind whatever extension headers: e.1 and e.2. */
function isAboutError({ view }: Packet, ip: IpHeader): boolean {
  let next = ip.protocol;
  let at = ip.payloadStart;
  while (isIpv6Extension(next) && at + 8 <= ip.payloadEnd) {
    // A later fragment does not show what it is of.
    if (next === 44 && view.getUint16(at + 2) >>> 3 !== 0) return true;
    const bytes = next === 44 ? 8 : (view.getUint8(at + 1) + 1) * 8;
    next = view.getUint8(at);
    at += bytes;
  }
  if (next !== PROTOCOL_ICMPV6 || ip.fragmentOffset !== 0) return ip.fragmentOffset !== 0;
  if (at >= ip.payloadEnd) return true;
  const type = view.getUint8(at);
  return isIcmpv6Error(type) || type === REDIRECT;
}

const REDIRECT = 137;
