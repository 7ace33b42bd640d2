import type { TcpOption } from "../language/tree.ts";
import { transportChecksum, type IpHeader } from "./ip.ts";
import { buildOptions, readOptions } from "./tcp-options.ts";

const HEADER_BYTES = 20;
const CHECKSUM_AT = 16;

/** A segment of TCP: RFC 9293 §3.1. */
export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** Nine bits. */
  readonly flags: number;
  readonly window: number;
  readonly urgentPointer: number;
  readonly options: readonly TcpOption[];
  readonly payload: Uint8Array;
}

export function buildTcp(ip: IpHeader, segment: TcpSegment): Uint8Array {
  const options = buildOptions(segment.options);
  const headerBytes = HEADER_BYTES + options.length;
  const bytes = new Uint8Array(headerBytes + segment.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, segment.sourcePort);
  view.setUint16(2, segment.destinationPort);
  view.setUint32(4, segment.sequence);
  view.setUint32(8, segment.acknowledgement);
  view.setUint16(12, ((headerBytes / 4) << 12) | segment.flags);
  view.setUint16(14, segment.window);
  view.setUint16(18, segment.urgentPointer);
  bytes.set(options, HEADER_BYTES);
  bytes.set(segment.payload, headerBytes);
  view.setUint16(CHECKSUM_AT, transportChecksum(ip, bytes));
  return bytes;
}

/** Reads a segment; a text when it is none. */
export function readTcp(ip: IpHeader, bytes: Uint8Array): TcpSegment | string {
  if (bytes.length < HEADER_BYTES) return "its TCP header is cut off";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = (view.getUint16(12) >> 12) * 4;
  if (headerBytes < HEADER_BYTES || headerBytes > bytes.length) return `its TCP header says ${headerBytes} bytes`;
  if (transportChecksum(ip, bytes) !== 0) return "its TCP checksum is wrong";
  const options = readOptions(bytes.subarray(HEADER_BYTES, headerBytes));
  if (typeof options === "string") return options;
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    sequence: view.getUint32(4),
    acknowledgement: view.getUint32(8),
    flags: view.getUint16(12) & 0x1ff,
    window: view.getUint16(14),
    urgentPointer: view.getUint16(18),
    options,
    payload: bytes.subarray(headerBytes),
  };
}
