import { BAD_LENGTH, OK, TRUNCATED, UNSUPPORTED } from "./reason.ts";

/** Address resolution over Ethernet for IPv4: RFC 826. */

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

/** Bytes of a packet for Ethernet and IPv4. */
export const ARP_BYTES = 28;

const HARDWARE_ETHERNET = 1;
const PROTOCOL_IPV4 = 0x0800;
/** Both lengths in one word: 6 bytes of hardware address, 4 of protocol address. */
const LENGTHS = 0x0604;

/** Hardware addresses are their first two bytes and the other four, signed; protocol addresses one signed word. */
export class ArpPacket {
  operation = 0;
  senderHardwareHigh = 0;
  senderHardwareLow = 0;
  senderAddress = 0;
  targetHardwareHigh = 0;
  targetHardwareLow = 0;
  targetAddress = 0;
}

/** Reads the packet at `start`; what comes after it is a frame's padding. Returns OK, or why not. */
export function parseArp(view: DataView, start: number, end: number, into: ArpPacket): number {
  if (end - start < ARP_BYTES) return TRUNCATED;
  if (view.getUint16(start) !== HARDWARE_ETHERNET || view.getUint16(start + 2) !== PROTOCOL_IPV4) return UNSUPPORTED;
  if (view.getUint16(start + 4) !== LENGTHS) return BAD_LENGTH;
  into.operation = view.getUint16(start + 6);
  into.senderHardwareHigh = view.getUint16(start + 8);
  into.senderHardwareLow = view.getInt32(start + 10);
  into.senderAddress = view.getInt32(start + 14);
  into.targetHardwareHigh = view.getUint16(start + 18);
  into.targetHardwareLow = view.getInt32(start + 20);
  into.targetAddress = view.getInt32(start + 24);
  return OK;
}

/** Writes the packet at `start` and returns where it ends. */
export function emitArp(view: DataView, start: number, packet: ArpPacket): number {
  view.setUint16(start, HARDWARE_ETHERNET);
  view.setUint16(start + 2, PROTOCOL_IPV4);
  view.setUint16(start + 4, LENGTHS);
  view.setUint16(start + 6, packet.operation);
  view.setUint16(start + 8, packet.senderHardwareHigh);
  view.setInt32(start + 10, packet.senderHardwareLow);
  view.setInt32(start + 14, packet.senderAddress);
  view.setUint16(start + 18, packet.targetHardwareHigh);
  view.setInt32(start + 20, packet.targetHardwareLow);
  view.setInt32(start + 24, packet.targetAddress);
  return start + ARP_BYTES;
}
