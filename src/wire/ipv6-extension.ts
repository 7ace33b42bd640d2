import { type IpHeader, isFragment } from "./ip-header.ts";
import {
  PROTOCOL_DESTINATION_OPTIONS,
  PROTOCOL_FRAGMENT,
  PROTOCOL_HOP_BY_HOP,
  PROTOCOL_ROUTING,
} from "./ip-protocol.ts";
import { parseIpv6Options } from "./ipv6-option.ts";
import { BAD_VALUE, OK, TOO_MANY, TRUNCATED, UNRECOGNIZED_HEADER, UNRECOGNIZED_ROUTING } from "./reason.ts";

/** Extension headers in one packet, the Hop-by-Hop Options counted: RFC 8504 §5.3 lets a host set a limit. */
export const MAX_EXTENSION_HEADERS = 8;

/** Bytes of the header itself, and where its Next Header is: RFC 8200 §3. */
export const IPV6_HEADER_BYTES = 40;
export const IPV6_LENGTH_OFFSET = 4;
export const IPV6_NEXT_HEADER_OFFSET = 6;
/** Bytes of the largest payload, extension headers counted. */
const IPV6_MAX_PAYLOAD_BYTES = 0xffff;

/** Bytes of a Fragment header: RFC 8200 §4.5. */
export const IPV6_FRAGMENT_BYTES = 8;

/** Whether a Next Header is an extension header that the destination reads. */
export function isIpv6Extension(protocol: number): boolean {
  return (
    protocol === PROTOCOL_HOP_BY_HOP ||
    protocol === PROTOCOL_ROUTING ||
    protocol === PROTOCOL_FRAGMENT ||
    protocol === PROTOCOL_DESTINATION_OPTIONS
  );
}

/**
 * Walks the extension headers from `into.payloadStart` on, as the packet's destination: RFC 8200 §4.1. It stops behind
 * the Fragment header of a true fragment, whose payload is then a part of what follows; a fragment that is the whole
 * packet is walked through (RFC 6946). Returns OK with `protocol`, `payloadStart` and `protocolAt` moved to the
 * upper-layer header, or why not; BAD_OPTION, BAD_VALUE and UNRECOGNIZED_… fill the `problem…` fields.
 */
export function parseIpv6Extensions(view: DataView, into: IpHeader): number {
  while (isIpv6Extension(into.protocol)) {
    const reason = parseExtension(view, into);
    if (reason !== OK || isFragment(into)) return reason;
  }
  return OK;
}

function parseExtension(view: DataView, into: IpHeader): number {
  if (into.extensionCount >= MAX_EXTENSION_HEADERS) return TOO_MANY;
  switch (into.protocol) {
    case PROTOCOL_FRAGMENT:
      return parseFragment(view, into);
    case PROTOCOL_ROUTING:
      return parseRouting(view, into);
    case PROTOCOL_HOP_BY_HOP:
      // It stands directly behind the IPv6 header, or it is an unrecognized Next Header (RFC 8200 §4).
      if (into.protocolAt - into.start === IPV6_NEXT_HEADER_OFFSET) return parseOptionsHeader(view, into);
      into.problemPointer = into.protocolAt - into.start;
      return UNRECOGNIZED_HEADER;
    default:
      return parseOptionsHeader(view, into);
  }
}

/** Reads the options header at `into.payloadStart`, and moves that behind it: RFC 8200 §4.3 and §4.6. */
export function parseOptionsHeader(view: DataView, into: IpHeader): number {
  const at = into.payloadStart;
  const end = extensionEnd(view, into);
  if (end < 0) return TRUNCATED;
  const reason = parseIpv6Options(view, at + 2, end, into);
  if (reason === OK) step(view, at, end, into);
  return reason;
}

/** Type 0 is deprecated (RFC 5095) and no other is spoken: one that still has segments left is refused. */
function parseRouting(view: DataView, into: IpHeader): number {
  const at = into.payloadStart;
  const end = extensionEnd(view, into);
  if (end < 0) return TRUNCATED;
  into.routingAt = at;
  if (view.getUint8(at + 3) !== 0) {
    into.problemPointer = at + 2 - into.start;
    return UNRECOGNIZED_ROUTING;
  }
  step(view, at, end, into);
  return OK;
}

function parseFragment(view: DataView, into: IpHeader): number {
  const at = into.payloadStart;
  if (into.payloadEnd - at < IPV6_FRAGMENT_BYTES) return TRUNCATED;
  const field = view.getUint16(at + 2);
  into.fragmentAt = at;
  into.fragmentOffset = field & 0xfff8;
  into.moreFragments = (field & 1) !== 0;
  into.identification = view.getInt32(at + 4);
  step(view, at, at + IPV6_FRAGMENT_BYTES, into);
  return checkFragment(at, into);
}

/** RFC 8200 §4.5: every fragment but the last is a multiple of eight bytes, and the whole is one packet's payload. */
function checkFragment(at: number, into: IpHeader): number {
  const bytes = into.payloadEnd - into.payloadStart;
  if (into.moreFragments && (bytes & 7) !== 0) {
    into.problemPointer = IPV6_LENGTH_OFFSET;
    return BAD_VALUE;
  }
  const before = at - into.start - IPV6_HEADER_BYTES;
  if (before + into.fragmentOffset + bytes > IPV6_MAX_PAYLOAD_BYTES) {
    into.problemPointer = at + 2 - into.start;
    return BAD_VALUE;
  }
  return OK;
}

/** Where the header at `into.payloadStart` ends by its own length; -1 when the packet ends before. */
function extensionEnd(view: DataView, into: IpHeader): number {
  const at = into.payloadStart;
  if (into.payloadEnd - at < 8) return -1;
  const end = at + (view.getUint8(at + 1) + 1) * 8;
  return end > into.payloadEnd ? -1 : end;
}

function step(view: DataView, at: number, end: number, into: IpHeader): void {
  into.protocol = view.getUint8(at);
  into.protocolAt = at;
  into.payloadStart = end;
  into.extensionCount++;
}

/**
 * Writes a Fragment header at `start` and returns where it ends: RFC 8200 §4.5. The offset in bytes is a multiple of 8.
 */
export function emitIpv6Fragment(
  view: DataView,
  start: number,
  nextHeader: number,
  fragmentOffset: number,
  moreFragments: boolean,
  identification: number,
): number {
  view.setUint16(start, nextHeader << 8);
  view.setUint16(start + 2, (fragmentOffset & 0xfff8) | (moreFragments ? 1 : 0));
  view.setInt32(start + 4, identification);
  return start + IPV6_FRAGMENT_BYTES;
}

/** Bytes of an options header that holds so many bytes of options. */
export function ipv6OptionsHeaderBytes(optionBytes: number): number {
  return (2 + optionBytes + 7) & ~7;
}

/**
 * Writes a Hop-by-Hop or Destination Options header around options that are in place already, from `start + 2` to
 * `optionsEnd`: it pads them and returns where the header ends.
 */
export function emitIpv6OptionsHeader(view: DataView, start: number, nextHeader: number, optionsEnd: number): number {
  const bytes = ipv6OptionsHeaderBytes(optionsEnd - start - 2);
  view.setUint8(start, nextHeader);
  view.setUint8(start + 1, bytes / 8 - 1);
  emitPadding(view, optionsEnd, start + bytes);
  return start + bytes;
}

/** Pad1 for one byte, PadN for more: RFC 8200 §4.2. */
function emitPadding(view: DataView, start: number, end: number): void {
  if (start === end) return;
  if (end - start === 1) {
    view.setUint8(start, 0);
    return;
  }
  view.setUint8(start, 1);
  view.setUint8(start + 1, end - start - 2);
  for (let at = start + 2; at < end; at++) view.setUint8(at, 0);
}
