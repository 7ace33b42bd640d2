import { ICMP_ECHO, ICMP6_ECHO_REQUEST } from "../../src/index.ts";

/* ICMP messages as raw sockets move them: RFC 792, RFC 4443. */

/** The checksum of the internet, RFC 1071. */
export function checksum(...parts: Uint8Array[]): number {
  const whole = Buffer.concat(parts);
  let sum = 0;
  for (let at = 0; at < whole.length; at += 2) sum += ((whole[at] as number) << 8) | (whole[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** An echo request. Its checksum is 0 for ICMPv6, where the kernel computes it. */
export function echoRequest(version: 4 | 6, identifier: number, sequence: number, data: Uint8Array): Uint8Array {
  const message = new Uint8Array(8 + data.length);
  const view = new DataView(message.buffer);
  view.setUint8(0, version === 4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST);
  view.setUint16(4, identifier);
  view.setUint16(6, sequence);
  message.set(data, 8);
  if (version === 4) view.setUint16(2, checksum(message));
  return message;
}

/** The fields of an echo request or reply. */
export interface Echo {
  readonly type: number;
  readonly code: number;
  readonly identifier: number;
  readonly sequence: number;
  readonly data: Uint8Array;
}

export function readEcho(message: Uint8Array): Echo {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  return {
    type: view.getUint8(0),
    code: view.getUint8(1),
    identifier: view.getUint16(4),
    sequence: view.getUint16(6),
    data: message.slice(8),
  };
}

/** The fields of an IPv4 header that tests look at, and what follows it: RFC 791 section 3.1. */
export interface Packet4 {
  readonly version: number;
  readonly totalLength: number;
  readonly timeToLive: number;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

export function readPacket4(packet: Uint8Array): Packet4 {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const headerLength = (view.getUint8(0) & 0xf) * 4;
  return {
    version: view.getUint8(0) >> 4,
    totalLength: view.getUint16(2),
    timeToLive: view.getUint8(8),
    protocol: view.getUint8(9),
    source: packet.subarray(12, 16).join("."),
    destination: packet.subarray(16, 20).join("."),
    header: packet.slice(0, headerLength),
    payload: packet.slice(headerLength),
  };
}

/** An IPv4 header whose length, identification and checksum are left to the kernel, as IP_HDRINCL allows (raw(7)). */
export function header4(fields: {
  readonly protocol: number;
  readonly timeToLive: number;
  readonly source: string;
  readonly destination: string;
}): Uint8Array {
  const header = new Uint8Array(20);
  header[0] = 0x45;
  header[8] = fields.timeToLive;
  header[9] = fields.protocol;
  header.set(fields.source.split(".").map(Number), 12);
  header.set(fields.destination.split(".").map(Number), 16);
  return header;
}
