import { checksum, updateChecksum } from "../../wire/checksum.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { Ipv4Options, parseIpv4Options, recordAddress, recordTimestamp } from "../../wire/ipv4-option.ts";
import { IPV4_CHECKSUM_OFFSET, IPV4_TTL_OFFSET } from "../../wire/ipv4.ts";
import { IPV6_HOP_LIMIT_OFFSET } from "../../wire/ipv6.ts";
import { clampMss } from "./mss-clamp.ts";
import { errno } from "../../api/errno.ts";
import type { StackContext } from "../context.ts";
import { BEYOND_SCOPE, HOPS_EXCEEDED, type IpErrors, NO_ROUTE, PROHIBITED, TOO_BIG } from "../icmp/ip-errors.ts";
import type { Interface } from "../link/interface.ts";
import type { Packet } from "../packet.ts";
import type { Output } from "./output.ts";
import type { PathCache } from "./path-cache.ts";
import type { Path } from "./path.ts";

/** Tells a host that another router on its link is nearer: RFC 1812 §4.3.3.2, RFC 4861 §8.2. */
export interface Redirects {
  redirect(packet: Packet, ip: IpHeader, path: Path, iface: Interface): void;
}

/** Milliseconds that are not since midnight UT have their highest bit set: RFC 791, Internet Timestamp. */
const OTHER_TIME = 0x80000000;

/** What was forwarded, for `inspect`. */
export class ForwardingCounters {
  forwarded = 0;
  dropped = 0;
}

/** Passes on what is for others: RFC 1812 §5, RFC 8200 §3. Groups are not routed. */
export class Forwarding {
  /** Whether this machine is a router for IPv4, and for IPv6: net.ipv4.ip_forward, net.ipv6.conf.all.forwarding. */
  ipv4 = false;
  ipv6 = false;
  /** Whether SYNs that pass name no larger segments than fit both ways: nft(8), `tcp option maxseg size set rt mtu`. */
  clampsMss = false;
  readonly counters: ForwardingCounters = new ForwardingCounters();
  readonly #context: StackContext;
  readonly #paths: PathCache;
  readonly #output: Output;
  readonly #errors: IpErrors;
  readonly #redirects: Redirects;
  readonly #options: Ipv4Options = new Ipv4Options();

  constructor(context: StackContext, paths: PathCache, output: Output, errors: IpErrors, redirects: Redirects) {
    this.#context = context;
    this.#paths = paths;
    this.#output = output;
    this.#errors = errors;
    this.#redirects = redirects;
  }

  /** Forwards a packet, or drops it. `packet.start` is where its IP header begins. */
  forward(packet: Packet, ip: IpHeader, iface: Interface): void {
    const isV4 = ip.version === 4;
    if (!(isV4 ? this.ipv4 : this.ipv6) || iface.isLoopback || isLinkLocalOnly(ip)) return this.#drop(packet);
    if (ip.hopLimit <= 1) return this.#refuse(HOPS_EXCEEDED, packet, ip, 0);
    const { destination0: d0, destination1: d1, destination2: d2, destination3: d3 } = ip;
    const path = this.#paths.path(d0, d1, d2, d3, undefined, 0, 0);
    if (typeof path === "number") {
      // A black hole is silent: ip-route(8).
      if (path === -errno.EINVAL) return this.#drop(packet);
      return this.#refuse(path === -errno.EACCES ? PROHIBITED : NO_ROUTE, packet, ip, 0);
    }
    if (path.isLocal || path.isBroadcast) return this.#drop(packet);
    if (ip.version === 6 && isSiteBound(ip) && path.iface !== iface) return this.#refuse(BEYOND_SCOPE, packet, ip, 0);
    if (path.iface === iface) this.#redirects.redirect(packet, ip, path, iface);
    const mtu = path.linkMtu;
    const isLong = packet.segmentBytes > 0 ? longestPiece(packet) > mtu : packet.end - packet.start > mtu;
    if (isLong && (!isV4 || ip.dontFragment)) return this.#refuse(TOO_BIG, packet, ip, mtu);
    decrement(packet, isV4);
    if (isV4 && ip.optionsStart < ip.payloadStart) this.#fillOptions(packet, ip, path.iface);
    if (this.clampsMss) clampMss(packet, ip, this.#mtuBothWays(ip, path));
    this.counters.forwarded++;
    if (isLong) this.#output.sendFragments(packet, path, mtu);
    else this.#output.sendWhole(packet, path);
  }

  /** The smaller of the MTUs of the path onwards and of the path back. */
  #mtuBothWays(ip: IpHeader, path: Path): number {
    const back = this.#paths.path(ip.source0, ip.source1, ip.source2, ip.source3, undefined, 0, 0);
    return typeof back === "number" ? path.mtu : Math.min(path.mtu, back.mtu);
  }

  /**
   * Record Route and Timestamp: RFC 1812 §4.2.2.6 and §5.3.13. Both had a look taken at them when the packet came in.
   */
  #fillOptions(packet: Packet, ip: IpHeader, leaving: Interface): void {
    const { view, start } = packet;
    const options = this.#options;
    parseIpv4Options(view, start, ip.optionsStart, ip.payloadStart, options);
    const own = leaving.addresses.find(({ address, isAssigned }) => isAssigned && address.version === 4);
    const address = own?.address.w3 ?? 0;
    if (options.recordRouteAt >= 0) recordAddress(view, options.recordRouteAt, address);
    if (options.timestampAt >= 0) {
      const timeMs = ((Math.floor(this.#context.nowUs / 1000) % OTHER_TIME) + OTHER_TIME) >>> 0;
      recordTimestamp(view, options.timestampAt, timeMs, address, (other) => other === address);
    }
    view.setUint16(start + IPV4_CHECKSUM_OFFSET, 0);
    view.setUint16(start + IPV4_CHECKSUM_OFFSET, checksum(view, start, ip.payloadStart));
  }

  #refuse(what: number, packet: Packet, ip: IpHeader, info: number): void {
    this.#errors.report(what, packet, ip, info);
    this.#drop(packet);
  }

  #drop(packet: Packet): void {
    this.counters.dropped++;
    packet.release();
  }
}

/** Addresses of one link, which no router passes on: RFC 3927 §2.7, RFC 4291 §2.5.6. The unspecified is nobody's. */
function isLinkLocalOnly(ip: IpHeader): boolean {
  if (ip.version === 4) return ip.source3 >>> 16 === 0xa9fe || ip.destination3 >>> 16 === 0xa9fe || ip.source3 === 0;
  return ip.destination0 >>> 22 === 0x3fa || (ip.source0 | ip.source1 | ip.source2 | ip.source3) === 0;
}

/** A link-local source would be told, since the destination is not of its scope: RFC 4443 §3.1. */
function isSiteBound(ip: IpHeader): boolean {
  return ip.source0 >>> 22 === 0x3fa;
}

/** How long the packets are that a super-segment is cut into. */
function longestPiece(packet: Packet): number {
  const isTcp = packet.checksumOffset === 16;
  const headerBytes = isTcp ? (packet.view.getUint8(packet.transport + 12) >>> 4) * 4 : 8;
  return packet.transport - packet.start + headerBytes + packet.segmentBytes;
}

/** One hop less. IPv4's checksum follows: RFC 1141, RFC 1624. */
function decrement(packet: Packet, isV4: boolean): void {
  const { view, start } = packet;
  if (!isV4) {
    view.setUint8(start + IPV6_HOP_LIMIT_OFFSET, view.getUint8(start + IPV6_HOP_LIMIT_OFFSET) - 1);
    return;
  }
  const word = view.getUint16(start + IPV4_TTL_OFFSET);
  const at = start + IPV4_CHECKSUM_OFFSET;
  view.setUint16(start + IPV4_TTL_OFFSET, word - 0x100);
  view.setUint16(at, updateChecksum(view.getUint16(at), word, word - 0x100));
}
