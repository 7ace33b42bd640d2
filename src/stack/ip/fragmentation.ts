import { copiedOptions, ipv4OptionBytes, listIpv4Options } from "../../wire/ipv4-option.ts";
import { emitIpv4, IPV4_HEADER_BYTES, parseIpv4 } from "../../wire/ipv4.ts";
import { emitIpv6Fragment, IPV6_FRAGMENT_BYTES, IPV6_HEADER_BYTES } from "../../wire/ipv6-extension.ts";
import { IpHeader } from "../../wire/ip-header.ts";
import {
  PROTOCOL_DESTINATION_OPTIONS,
  PROTOCOL_FRAGMENT,
  PROTOCOL_HOP_BY_HOP,
  PROTOCOL_ROUTING,
} from "../../wire/ip-protocol.ts";
import { OK } from "../../wire/reason.ts";
import { HEADROOM, type Packet, type PacketPool } from "../packet.ts";

/** Who sends the fragments on. */
export interface FragmentSink {
  fragment(packet: Packet): void;
}

const header = new IpHeader();

const NO_OPTIONS = new Uint8Array(0);

/**
 * Cuts an IPv4 packet, which may be a fragment itself, into fragments of at most `mtu` bytes: RFC 791 §3.2. The packet
 * is released. Returns false when there was no memory for all of them.
 */
export function fragmentIpv4(packet: Packet, mtu: number, pool: PacketPool, sink: FragmentSink): boolean {
  if (parseIpv4(packet.view, packet.start, packet.end, header) !== OK) {
    packet.release();
    return false;
  }
  const { payloadStart: from, payloadEnd: end, fragmentOffset, moreFragments } = header;
  const firstOptions = packet.bytes.slice(header.optionsStart, from);
  const others = laterOptions(packet.view, header.optionsStart, from);
  let at = from;
  while (at < end) {
    const options = at === from ? firstOptions : others;
    const room = (mtu - IPV4_HEADER_BYTES - options.length) & ~7;
    const bytes = at + room >= end ? end - at : room;
    const fragment = pool.allocate(bytes);
    if (fragment === undefined) break;
    fragment.bytes.set(packet.bytes.subarray(at, at + bytes), HEADROOM);
    fragment.end = HEADROOM + bytes;
    header.fragmentOffset = fragmentOffset + (at - from);
    header.moreFragments = moreFragments || at + bytes < end;
    fragment.prepend(IPV4_HEADER_BYTES + options.length);
    emitIpv4(fragment.view, fragment.start, header, bytes, options);
    mark(fragment, packet);
    at += bytes;
    sink.fragment(fragment);
  }
  packet.release();
  return at >= end;
}

/** The options that go into every fragment, padded to four bytes. */
function laterOptions(view: DataView, start: number, end: number): Uint8Array {
  if (start === end) return NO_OPTIONS;
  const bytes = ipv4OptionBytes(copiedOptions(listIpv4Options(view, start, end)));
  const padded = new Uint8Array((bytes.length + 3) & ~3);
  padded.set(bytes);
  return padded;
}

/**
 * Cuts an IPv6 packet of this machine into fragments of at most `mtu` bytes: RFC 8200 §4.5. What is for the routers on
 * the way stands in each of them. The packet is released. Returns false when there was no memory for all of them.
 */
export function fragmentIpv6(
  packet: Packet,
  mtu: number,
  identification: number,
  pool: PacketPool,
  sink: FragmentSink,
): boolean {
  const { view, start, end } = packet;
  const nextHeaderAt = perFragmentNextHeader(view, start, end);
  const from = perFragmentEnd(view, start, nextHeaderAt);
  const nextHeader = view.getUint8(nextHeaderAt);
  const headBytes = from - start;
  const room = (mtu - headBytes - IPV6_FRAGMENT_BYTES) & ~7;
  // With so many headers before them there is no room for fragments.
  let at = room > 0 ? from : end + 1;
  while (at < end) {
    const bytes = Math.min(room, end - at);
    const fragment = pool.allocate(bytes);
    if (fragment === undefined) break;
    fragment.bytes.set(packet.bytes.subarray(at, at + bytes), HEADROOM);
    fragment.end = HEADROOM + bytes;
    const fragmentAt = fragment.prepend(IPV6_FRAGMENT_BYTES);
    emitIpv6Fragment(fragment.view, fragmentAt, nextHeader, at - from, at + bytes < end, identification);
    const head = fragment.prepend(headBytes);
    fragment.bytes.set(packet.bytes.subarray(start, from), head);
    fragment.view.setUint16(head + 4, fragment.end - head - IPV6_HEADER_BYTES);
    fragment.view.setUint8(head + (nextHeaderAt - start), PROTOCOL_FRAGMENT);
    mark(fragment, packet);
    at += bytes;
    sink.fragment(fragment);
  }
  packet.release();
  return at === end;
}

/**
 * Where the Next Header field is that will name the Fragment header: of the Routing header if there is one, else of the
 * Hop-by-Hop Options, else of the IPv6 header.
 */
function perFragmentNextHeader(view: DataView, start: number, end: number): number {
  let field = start + 6;
  let at = start + IPV6_HEADER_BYTES;
  let last = field;
  for (;;) {
    const next = view.getUint8(field);
    const isOnTheWay = next === PROTOCOL_HOP_BY_HOP || next === PROTOCOL_ROUTING;
    if ((!isOnTheWay && next !== PROTOCOL_DESTINATION_OPTIONS) || at + 8 > end) return last;
    field = at;
    if (isOnTheWay) last = field;
    at += (view.getUint8(at + 1) + 1) * 8;
  }
}

/** Where the header with that field ends. */
function perFragmentEnd(view: DataView, start: number, nextHeaderAt: number): number {
  if (nextHeaderAt === start + 6) return start + IPV6_HEADER_BYTES;
  return nextHeaderAt + (view.getUint8(nextHeaderAt + 1) + 1) * 8;
}

function mark(fragment: Packet, whole: Packet): void {
  fragment.network = fragment.start;
  fragment.etherType = whole.etherType;
  fragment.packetType = whole.packetType;
  fragment.iface = whole.iface;
}
