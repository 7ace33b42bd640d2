import type { IpHeader } from "./ip-header.ts";
import { PROTOCOL_HOP_BY_HOP } from "./ip-protocol.ts";
import {
  IPV6_HEADER_BYTES,
  IPV6_LENGTH_OFFSET,
  IPV6_NEXT_HEADER_OFFSET,
  parseOptionsHeader,
} from "./ipv6-extension.ts";
import { BAD_VERSION, OK, TRUNCATED } from "./reason.ts";

/** Where the hop limit is, for who decrements it in place. */
export const IPV6_HOP_LIMIT_OFFSET = 7;

/**
 * Reads the header at `start`, and a Hop-by-Hop Options header behind it, as every node on the way may. `protocol` is
 * then what follows; further extension headers are for the packet's destination alone: `parseIpv6Extensions`. What
 * comes after the packet's own length is padding. Returns OK, or why not; BAD_OPTION and UNRECOGNIZED_… fill the
 * `problem…` fields.
 */
export function parseIpv6(view: DataView, start: number, end: number, into: IpHeader): number {
  const reason = readHeader(view, start, end, into);
  if (reason !== OK) return reason;
  const payloadBytes = view.getUint16(start + IPV6_LENGTH_OFFSET);
  if (payloadBytes > end - into.payloadStart) return TRUNCATED;
  into.payloadEnd = into.payloadStart + payloadBytes;
  return into.protocol === PROTOCOL_HOP_BY_HOP ? parseOptionsHeader(view, into) : OK;
}

/**
 * The same for the beginning of a packet that an ICMPv6 error quotes, cut anywhere behind the header (RFC 4443 §2.4 c).
 * No extension header is read. `payloadEnd` is where the bytes end.
 */
export function parseQuotedIpv6(view: DataView, start: number, end: number, into: IpHeader): number {
  return readHeader(view, start, end, into);
}

function readHeader(view: DataView, start: number, end: number, into: IpHeader): number {
  if (end - start < IPV6_HEADER_BYTES) return TRUNCATED;
  const first = view.getInt32(start);
  if (first >>> 28 !== 6) return BAD_VERSION;
  into.start = start;
  into.version = 6;
  into.trafficClass = (first >>> 20) & 0xff;
  into.flowLabel = first & 0xfffff;
  into.identification = 0;
  into.dontFragment = true;
  into.moreFragments = false;
  into.fragmentOffset = 0;
  into.protocol = view.getUint8(start + IPV6_NEXT_HEADER_OFFSET);
  into.protocolAt = start + IPV6_NEXT_HEADER_OFFSET;
  into.hopLimit = view.getUint8(start + IPV6_HOP_LIMIT_OFFSET);
  into.checksum = 0;
  into.source0 = view.getInt32(start + 8);
  into.source1 = view.getInt32(start + 12);
  into.source2 = view.getInt32(start + 16);
  into.source3 = view.getInt32(start + 20);
  into.destination0 = view.getInt32(start + 24);
  into.destination1 = view.getInt32(start + 28);
  into.destination2 = view.getInt32(start + 32);
  into.destination3 = view.getInt32(start + 36);
  into.optionsStart = start + IPV6_HEADER_BYTES;
  into.payloadStart = start + IPV6_HEADER_BYTES;
  into.payloadEnd = end;
  into.fragmentAt = -1;
  into.routerAlert = -1;
  into.routingAt = -1;
  into.extensionCount = 0;
  into.problemPointer = 0;
  into.problemAction = 0;
  return OK;
}

/**
 * Writes a header at `start` for so many bytes behind it, extension headers counted, and returns where it ends.
 * `nextHeader` is what those bytes begin with: the header's `protocol` when there are no extension headers.
 */
export function emitIpv6(
  view: DataView,
  start: number,
  header: IpHeader,
  payloadBytes: number,
  nextHeader: number = header.protocol,
): number {
  view.setUint32(start, 0x60000000 | ((header.trafficClass & 0xff) << 20) | (header.flowLabel & 0xfffff));
  view.setUint16(start + IPV6_LENGTH_OFFSET, payloadBytes);
  view.setUint16(start + IPV6_NEXT_HEADER_OFFSET, (nextHeader << 8) | header.hopLimit);
  view.setInt32(start + 8, header.source0);
  view.setInt32(start + 12, header.source1);
  view.setInt32(start + 16, header.source2);
  view.setInt32(start + 20, header.source3);
  view.setInt32(start + 24, header.destination0);
  view.setInt32(start + 28, header.destination1);
  view.setInt32(start + 32, header.destination2);
  view.setInt32(start + 36, header.destination3);
  return start + IPV6_HEADER_BYTES;
}
