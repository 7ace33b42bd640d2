import { addSums, sum, sumOfWord } from "./checksum.ts";
import { IpHeader, MAPPED_WORD } from "./ip-header.ts";
import { BAD_CHECKSUM, BAD_LENGTH, BAD_VALUE, BAD_VERSION, OK, TRUNCATED } from "./reason.ts";

/** Bytes of a header without options: RFC 791 §3.1. */
export const IPV4_HEADER_BYTES = 20;
/** Bytes of a header with all the options that fit. */
export const IPV4_MAX_HEADER_BYTES = 60;
/** Bytes of the largest packet. */
export const IPV4_MAX_BYTES = 0xffff;
/** Where the time to live is, for who decrements it in place. */
export const IPV4_TTL_OFFSET = 8;
/** Where the checksum is. */
export const IPV4_CHECKSUM_OFFSET = 10;

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const OFFSET_MASK = 0x1fff;

const NO_OPTIONS = new Uint8Array(0);

/**
 * Reads the header at `start` and checks its checksum; options are left where they are, `optionsStart` to
 * `payloadStart` (see `parseIpv4Options`). What comes after the packet's own length is padding. Returns OK, or why not.
 */
export function parseIpv4(view: DataView, start: number, end: number, into: IpHeader): number {
  const reason = readHeader(view, start, end, into);
  if (reason !== OK) return reason;
  if (headerSum(view, start, into) !== 0xffff) return BAD_CHECKSUM;
  const totalBytes = view.getUint16(start + 2);
  if (totalBytes < into.payloadStart - start) return BAD_LENGTH;
  if (totalBytes > end - start) return TRUNCATED;
  into.payloadEnd = start + totalBytes;
  // The last byte of a whole must have an offset that 16 bits hold (RFC 791 §3.2; "ping of death").
  return into.fragmentOffset + (into.payloadEnd - into.payloadStart) > IPV4_MAX_BYTES ? BAD_VALUE : OK;
}

/** The sum of a header that was read: what is in its fields already is not read again. */
function headerSum(view: DataView, start: number, header: IpHeader): number {
  const first = view.getInt32(start);
  const second = view.getInt32(start + 4);
  const third = view.getInt32(start + 8);
  const total =
    (first >>> 16) +
    (first & 0xffff) +
    (second >>> 16) +
    (second & 0xffff) +
    (third >>> 16) +
    (third & 0xffff) +
    (header.source3 >>> 16) +
    (header.source3 & 0xffff) +
    (header.destination3 >>> 16) +
    (header.destination3 & 0xffff);
  const options = header.payloadStart === header.optionsStart ? 0 : sum(view, header.optionsStart, header.payloadStart);
  return addSums(0, (total & 0xffff) + (total >>> 16) + options);
}

/**
 * The same for the beginning of a packet that an ICMP error quotes: it may be cut anywhere behind its header, and its
 * checksum and length may have been changed on the way (RFC 1812 §4.3.2.3). `payloadEnd` is where the bytes end.
 */
export function parseQuotedIpv4(view: DataView, start: number, end: number, into: IpHeader): number {
  const reason = readHeader(view, start, end, into);
  if (reason !== OK) return reason;
  into.payloadEnd = end;
  return OK;
}

function readHeader(view: DataView, start: number, end: number, into: IpHeader): number {
  if (end - start < IPV4_HEADER_BYTES) return TRUNCATED;
  const first = view.getUint8(start);
  if (first >>> 4 !== 4) return BAD_VERSION;
  const headerBytes = (first & 0x0f) * 4;
  if (headerBytes < IPV4_HEADER_BYTES) return BAD_LENGTH;
  if (headerBytes > end - start) return TRUNCATED;
  into.start = start;
  into.version = 4;
  into.trafficClass = view.getUint8(start + 1);
  into.flowLabel = 0;
  into.identification = view.getUint16(start + 4);
  const fragment = view.getUint16(start + 6);
  into.dontFragment = (fragment & DONT_FRAGMENT) !== 0;
  into.moreFragments = (fragment & MORE_FRAGMENTS) !== 0;
  into.fragmentOffset = (fragment & OFFSET_MASK) * 8;
  into.hopLimit = view.getUint8(start + IPV4_TTL_OFFSET);
  into.protocol = view.getUint8(start + 9);
  into.protocolAt = start + 9;
  into.checksum = view.getUint16(start + IPV4_CHECKSUM_OFFSET);
  into.source0 = 0;
  into.source1 = 0;
  into.source2 = MAPPED_WORD;
  into.source3 = view.getInt32(start + 12);
  into.destination0 = 0;
  into.destination1 = 0;
  into.destination2 = MAPPED_WORD;
  into.destination3 = view.getInt32(start + 16);
  into.optionsStart = start + IPV4_HEADER_BYTES;
  into.payloadStart = start + headerBytes;
  into.payloadEnd = end;
  into.fragmentAt = -1;
  into.routerAlert = -1;
  into.routingAt = -1;
  into.extensionCount = 0;
  into.problemPointer = 0;
  into.problemAction = 0;
  return OK;
}

/** Bytes of a header with so many bytes of options. */
export function ipv4HeaderBytes(optionBytes = 0): number {
  return IPV4_HEADER_BYTES + ((optionBytes + 3) & ~3);
}

/**
 * Writes a header at `start` for so many bytes of payload, with its checksum, and returns where it ends. `options` are
 * bytes as `emitIpv4Options` writes them, at most 40, padded here to a multiple of four.
 */
export function emitIpv4(
  view: DataView,
  start: number,
  header: IpHeader,
  payloadBytes: number,
  options: Uint8Array = NO_OPTIONS,
): number {
  const headerBytes = ipv4HeaderBytes(options.length);
  const totalBytes = headerBytes + payloadBytes;
  const first = ((0x40 | (headerBytes >>> 2)) << 8) | header.trafficClass;
  const fragment =
    (header.dontFragment ? DONT_FRAGMENT : 0) |
    (header.moreFragments ? MORE_FRAGMENTS : 0) |
    ((header.fragmentOffset >>> 3) & OFFSET_MASK);
  const hopAndProtocol = (header.hopLimit << 8) | header.protocol;
  view.setUint16(start, first);
  view.setUint16(start + 2, totalBytes);
  view.setUint16(start + 4, header.identification);
  view.setUint16(start + 6, fragment);
  view.setUint16(start + IPV4_TTL_OFFSET, hopAndProtocol);
  view.setInt32(start + 12, header.source3);
  view.setInt32(start + 16, header.destination3);
  let total = first + totalBytes + (header.identification & 0xffff) + fragment + hopAndProtocol;
  total += sumOfWord(header.source3) + sumOfWord(header.destination3);
  if (options.length > 0) {
    emitOptions(view, start + IPV4_HEADER_BYTES, start + headerBytes, options);
    total += sum(view, start + IPV4_HEADER_BYTES, start + headerBytes);
  }
  view.setUint16(start + IPV4_CHECKSUM_OFFSET, ~addSums(0, addSums(0, total)));
  return start + headerBytes;
}

/** The padding is of zeros: the option End of Option List. */
function emitOptions(view: DataView, start: number, end: number, options: Uint8Array): void {
  for (let at = start, i = 0; at < end; at++, i++) view.setUint8(at, options[i] ?? 0);
}
