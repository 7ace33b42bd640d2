import { checksum, sum } from "./checksum.ts";
import { BAD_LENGTH, OK, TRUNCATED } from "./reason.ts";
import { TcpHeader } from "./tcp-header.ts";
import { clearTcpOptions, emitTcpOptions, parseTcpOptions, tcpOptionBytes } from "./tcp-option.ts";

/** Bytes of a header without options: RFC 9293 §3.1. */
export const TCP_HEADER_BYTES = 20;
/** Where the flags are, eight of them; four bits before them complete the twelve. */
export const TCP_FLAGS_OFFSET = 13;
/** Where the checksum is. */
export const TCP_CHECKSUM_OFFSET = 16;

/** Timestamps alone behind two No-Operations, which is what nearly every segment has: RFC 7323 appendix A. */
const ALIGNED_TIMESTAMPS = 0x0101080a;
const ALIGNED_TIMESTAMPS_BYTES = 12;

/**
 * Reads the header at `start` with its options. Returns OK, or why not. With BAD_OPTION the header is filled all the
 * same, without the illegal options: Linux takes such a segment, and RFC 9293 §3.1 (MUST-7) leaves the choice.
 */
export function parseTcp(view: DataView, start: number, end: number, into: TcpHeader): number {
  if (end - start < TCP_HEADER_BYTES) return TRUNCATED;
  const word = view.getUint16(start + 12);
  const headerBytes = (word >>> 12) * 4;
  if (headerBytes < TCP_HEADER_BYTES) return BAD_LENGTH;
  if (headerBytes > end - start) return TRUNCATED;
  const ports = view.getInt32(start);
  into.sourcePort = ports >>> 16;
  into.destinationPort = ports & 0xffff;
  into.sequence = view.getInt32(start + 4);
  into.acknowledgment = view.getInt32(start + 8);
  into.flags = word & 0x0fff;
  into.window = view.getUint16(start + 14);
  into.checksum = view.getUint16(start + TCP_CHECKSUM_OFFSET);
  into.urgentPointer = view.getUint16(start + 18);
  into.payloadStart = start + headerBytes;
  into.payloadEnd = end;
  clearTcpOptions(into);
  const options = start + TCP_HEADER_BYTES;
  const optionBytes = headerBytes - TCP_HEADER_BYTES;
  if (optionBytes === 0) return OK;
  if (optionBytes === ALIGNED_TIMESTAMPS_BYTES && view.getInt32(options) === ALIGNED_TIMESTAMPS) {
    into.hasTimestamps = true;
    into.timestampValue = view.getInt32(options + 4);
    into.timestampEcho = view.getInt32(options + 8);
    return OK;
  }
  return parseTcpOptions(view, options, into.payloadStart, into);
}

/** Bytes of a header that an ICMP error quotes at least: the ports and the sequence number (RFC 792). */
const QUOTED_BYTES = 8;

/** Reads the ports and the sequence number of a segment that an ICMP error quotes; all else is left as it was. */
export function parseQuotedTcp(view: DataView, start: number, end: number, into: TcpHeader): number {
  if (end - start < QUOTED_BYTES) return TRUNCATED;
  into.sourcePort = view.getUint16(start);
  into.destinationPort = view.getUint16(start + 2);
  into.sequence = view.getInt32(start + 4);
  return OK;
}

/** Bytes that `emitTcp` will write, 20 to 60. */
export function tcpHeaderBytes(header: TcpHeader): number {
  return TCP_HEADER_BYTES + tcpOptionBytes(header);
}

/** Writes the header at `start`, options in Linux's order, and returns where it ends. `sealTcp` makes the checksum. */
export function emitTcp(view: DataView, start: number, header: TcpHeader): number {
  const end = emitTcpOptions(view, start + TCP_HEADER_BYTES, header);
  view.setInt32(start, (header.sourcePort << 16) | (header.destinationPort & 0xffff));
  view.setInt32(start + 4, header.sequence);
  view.setInt32(start + 8, header.acknowledgment);
  view.setUint16(start + 12, (((end - start) >>> 2) << 12) | (header.flags & 0x0fff));
  view.setUint16(start + 14, header.window);
  view.setUint16(start + TCP_CHECKSUM_OFFSET, header.checksum);
  view.setUint16(start + 18, header.urgentPointer);
  return end;
}

/**
 * Makes the checksum of the bytes from `start`, a header, to `end`. `initial` is the pseudo-header's sum; when the
 * payload's sum is known it is added to that, and `end` is where the header ends.
 */
export function sealTcp(view: DataView, start: number, end: number, initial: number): void {
  view.setUint16(start + TCP_CHECKSUM_OFFSET, 0);
  view.setUint16(start + TCP_CHECKSUM_OFFSET, checksum(view, start, end, initial));
}

/** Whether the checksum of the segment from `start` to `end` is right; `pseudo` is its pseudo-header's sum. */
export function verifyTcp(view: DataView, start: number, end: number, pseudo: number): boolean {
  return sum(view, start, end, pseudo) === 0xffff;
}
