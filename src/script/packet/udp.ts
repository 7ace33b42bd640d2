import { transportChecksum, type IpHeader } from "./ip.ts";

const HEADER_BYTES = 8;

/** A datagram of UDP: RFC 768. */
export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

export function buildUdp(ip: IpHeader, { sourcePort, destinationPort, payload }: UdpDatagram): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, sourcePort);
  view.setUint16(2, destinationPort);
  view.setUint16(4, bytes.length);
  bytes.set(payload, HEADER_BYTES);
  // A sum of zero is sent as ones: zero says that there is none.
  view.setUint16(6, transportChecksum(ip, bytes) || 0xffff);
  return bytes;
}

/** Reads a datagram; a text when it is none. */
export function readUdp(ip: IpHeader, bytes: Uint8Array): UdpDatagram | string {
  if (bytes.length < HEADER_BYTES) return "its UDP header is cut off";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(4) !== bytes.length) return `its UDP header says ${view.getUint16(4)} bytes of ${bytes.length}`;
  if (view.getUint16(6) === 0 ? ip.version === 6 : transportChecksum(ip, bytes) !== 0) {
    return "its UDP checksum is wrong";
  }
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    payload: bytes.subarray(HEADER_BYTES),
  };
}
