import { checksum, sum } from "./checksum.ts";
import { BAD_LENGTH, OK, TRUNCATED } from "./reason.ts";

/** Bytes of a header: RFC 768. */
export const UDP_HEADER_BYTES = 8;
/** Where the checksum is. */
export const UDP_CHECKSUM_OFFSET = 6;

export class UdpHeader {
  sourcePort = 0;
  destinationPort = 0;
  /** As it was read; 0 says that the sender made none. */
  checksum = 0;
  payloadStart = 0;
  payloadEnd = 0;
}

/** Reads the header at `start`; what comes after the datagram's own length is padding. Returns OK, or why not. */
export function parseUdp(view: DataView, start: number, end: number, into: UdpHeader): number {
  const reason = parseQuotedUdp(view, start, end, into);
  if (reason !== OK) return reason;
  const length = view.getUint16(start + 4);
  if (length < UDP_HEADER_BYTES) return BAD_LENGTH;
  if (length > end - start) return TRUNCATED;
  into.payloadEnd = start + length;
  return OK;
}

/** The same for the beginning of a datagram that an ICMP error quotes: its payload may be cut. */
export function parseQuotedUdp(view: DataView, start: number, end: number, into: UdpHeader): number {
  if (end - start < UDP_HEADER_BYTES) return TRUNCATED;
  into.sourcePort = view.getUint16(start);
  into.destinationPort = view.getUint16(start + 2);
  into.checksum = view.getUint16(start + UDP_CHECKSUM_OFFSET);
  into.payloadStart = start + UDP_HEADER_BYTES;
  into.payloadEnd = end;
  return OK;
}

/** Writes a header at `start` for so many bytes of payload and returns where it ends. `sealUdp` makes the checksum. */
export function emitUdp(view: DataView, start: number, header: UdpHeader, payloadBytes: number): number {
  view.setUint16(start, header.sourcePort);
  view.setUint16(start + 2, header.destinationPort);
  view.setUint16(start + 4, UDP_HEADER_BYTES + payloadBytes);
  view.setUint16(start + UDP_CHECKSUM_OFFSET, header.checksum);
  return start + UDP_HEADER_BYTES;
}

/**
 * Makes the checksum of the datagram from `start` to `end`; `pseudo` is its pseudo-header's sum. One that comes out as
 * 0 is sent as 0xffff, which is the same in one's complement (RFC 768).
 */
export function sealUdp(view: DataView, start: number, end: number, pseudo: number): void {
  view.setUint16(start + UDP_CHECKSUM_OFFSET, 0);
  view.setUint16(start + UDP_CHECKSUM_OFFSET, checksum(view, start, end, pseudo) || 0xffff);
}

/**
 * Whether the datagram from `start` to `end` may be accepted. Without a checksum it may over IPv4 alone: the caller
 * refuses it over IPv6 (RFC 8200 §8.1).
 */
export function verifyUdp(view: DataView, start: number, end: number, pseudo: number): boolean {
  return view.getUint16(start + UDP_CHECKSUM_OFFSET) === 0 || sum(view, start, end, pseudo) === 0xffff;
}
