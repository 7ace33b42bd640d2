import { AF_INET, AF_INET6 } from "../../api/constants.ts";
import { invalidValue } from "../../api/errors.ts";
import { inet_ntop, inet_pton } from "../../netdb/inet.ts";
import { checksumOf } from "./checksum.ts";

/** IANA's protocol numbers. */
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;

/** What the interpreter says and looks at of an IP header. */
export interface IpHeader {
  readonly version: 4 | 6;
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly trafficClass: number;
  readonly hopLimit: number;
  /** Of IPv6. */
  readonly flowLabel: number;
}

/** A packet that was read; `fault` says what is wrong with its header. */
export interface ReadIp {
  readonly header: IpHeader;
  readonly payload: Uint8Array;
  readonly fault: string | undefined;
}

const HEADER4_BYTES = 20;
const HEADER6_BYTES = 40;

export function addressBytes(version: 4 | 6, text: string): Uint8Array {
  const bytes = inet_pton(version === 4 ? AF_INET : AF_INET6, text);
  if (bytes === undefined) throw invalidValue("address", `one of IPv${version}`, text);
  return bytes;
}

/** An IP packet around a payload: RFC 791, RFC 8200. Nothing of it may be cut into fragments. */
export function buildIp(header: IpHeader, payload: Uint8Array): Uint8Array {
  return header.version === 4 ? buildIp4(header, payload) : buildIp6(header, payload);
}

function buildIp4(
  { source, destination, protocol, trafficClass, hopLimit }: IpHeader,
  payload: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(HEADER4_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x45);
  view.setUint8(1, trafficClass);
  view.setUint16(2, bytes.length);
  view.setUint16(6, 0x4000); // Don't fragment.
  view.setUint8(8, hopLimit);
  view.setUint8(9, protocol);
  bytes.set(addressBytes(4, source), 12);
  bytes.set(addressBytes(4, destination), 16);
  view.setUint16(10, checksumOf(bytes.subarray(0, HEADER4_BYTES)));
  bytes.set(payload, HEADER4_BYTES);
  return bytes;
}

function buildIp6(header: IpHeader, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER6_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x60000000 + header.trafficClass * 0x100000 + header.flowLabel);
  view.setUint16(4, payload.length);
  view.setUint8(6, header.protocol);
  view.setUint8(7, header.hopLimit);
  bytes.set(addressBytes(6, header.source), 8);
  bytes.set(addressBytes(6, header.destination), 24);
  bytes.set(payload, HEADER6_BYTES);
  return bytes;
}

/** Reads a packet; undefined for what is none of IP. */
export function readIp(bytes: Uint8Array): ReadIp | undefined {
  const version = (bytes[0] ?? 0) >> 4;
  if (version === 4 && bytes.length >= HEADER4_BYTES) return readIp4(bytes);
  if (version === 6 && bytes.length >= HEADER6_BYTES) return readIp6(bytes);
  return undefined;
}

function readIp4(bytes: Uint8Array): ReadIp {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = ((bytes[0] ?? 0) & 0xf) * 4;
  const header: IpHeader = {
    version: 4,
    source: inet_ntop(AF_INET, bytes.slice(12, 16)),
    destination: inet_ntop(AF_INET, bytes.slice(16, 20)),
    protocol: view.getUint8(9),
    trafficClass: view.getUint8(1),
    hopLimit: view.getUint8(8),
    flowLabel: 0,
  };
  let fault: string | undefined;
  if (view.getUint16(2) !== bytes.length) fault = `its IP header says ${view.getUint16(2)} bytes of ${bytes.length}`;
  else if ((view.getUint16(6) & 0x3fff) !== 0) fault = "it is a fragment";
  else if (checksumOf(bytes.subarray(0, headerBytes)) !== 0) fault = "the checksum of its IP header is wrong";
  return { header, payload: bytes.subarray(headerBytes), fault };
}

function readIp6(bytes: Uint8Array): ReadIp {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header: IpHeader = {
    version: 6,
    source: inet_ntop(AF_INET6, bytes.slice(8, 24)),
    destination: inet_ntop(AF_INET6, bytes.slice(24, 40)),
    protocol: view.getUint8(6),
    trafficClass: (view.getUint32(0) >>> 20) & 0xff,
    hopLimit: view.getUint8(7),
    flowLabel: view.getUint32(0) & 0xfffff,
  };
  const payload = bytes.subarray(HEADER6_BYTES);
  const length = view.getUint16(4);
  const fault = length === payload.length ? undefined : `its IP header says ${length} bytes of ${payload.length}`;
  return { header, payload, fault };
}

/** The checksum of TCP, UDP or ICMPv6, with the pseudo-header: RFC 9293 §3.1, RFC 8200 §8.1. 0 of one that is valid. */
export function transportChecksum(header: IpHeader, bytes: Uint8Array): number {
  const pseudo = new Uint8Array(8);
  const view = new DataView(pseudo.buffer);
  view.setUint32(0, bytes.length);
  view.setUint32(4, header.protocol);
  const { version, source, destination } = header;
  return checksumOf(addressBytes(version, source), addressBytes(version, destination), pseudo, bytes);
}
