import { BAD_LENGTH, OK, TRUNCATED } from "./reason.ts";
import { isVlanType, VLAN_TAG_BYTES } from "./vlan.ts";

/** EtherTypes: IEEE 802, RFC 9542 appendix B. */
export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;

/** Bytes of the header without a tag: two addresses and a type. */
export const ETHERNET_HEADER_BYTES = 14;
/** From this value on the third field is a type, below it a length: IEEE 802.3 §3.2.6. */
const FIRST_TYPE = 0x0600;
/** The largest length that the field may hold. */
const MAX_LENGTH = 1500;
/** Tags that are read: a service tag and a customer tag (IEEE 802.1ad). What follows them is payload. */
export const MAX_TAGS = 2;

/**
 * An Ethernet II header with up to two IEEE 802.1Q tags. An address is its first two bytes and the other four, signed:
 * two numbers to compare, and nothing to make.
 */
export class EthernetHeader {
  destinationHigh = 0;
  destinationLow = 0;
  sourceHigh = 0;
  sourceLow = 0;
  /** The EtherType, behind any tags; 0 in a frame of IEEE 802.3 that has a length in its place. */
  type = 0;
  tagCount = 0;
  /** Type and control information of the first tag, and of the second. */
  outerType = 0;
  outerTag = 0;
  innerType = 0;
  innerTag = 0;
  payloadStart = 0;
  /** Where the frame ends; before its padding when it says its length. */
  payloadEnd = 0;
}

/** Reads the header of the frame at `start`. Returns OK, or why not. */
export function parseEthernet(view: DataView, start: number, end: number, into: EthernetHeader): number {
  if (end - start < ETHERNET_HEADER_BYTES) return TRUNCATED;
  into.destinationHigh = view.getUint16(start);
  into.destinationLow = view.getInt32(start + 2);
  into.sourceHigh = view.getUint16(start + 6);
  into.sourceLow = view.getInt32(start + 8);
  into.tagCount = 0;
  into.outerType = 0;
  into.outerTag = 0;
  into.innerType = 0;
  into.innerTag = 0;
  let type = view.getUint16(start + 12);
  let at = start + ETHERNET_HEADER_BYTES;
  while (isVlanType(type) && into.tagCount < MAX_TAGS) {
    if (end - at < VLAN_TAG_BYTES) return TRUNCATED;
    setTag(into, into.tagCount, type, view.getUint16(at));
    into.tagCount++;
    type = view.getUint16(at + 2);
    at += VLAN_TAG_BYTES;
  }
  into.payloadStart = at;
  into.payloadEnd = end;
  into.type = type;
  return type < FIRST_TYPE ? parseLength(type, end, into) : OK;
}

/** A frame of IEEE 802.3: the field is the length of what follows, without the padding. */
function parseLength(length: number, end: number, into: EthernetHeader): number {
  if (length > MAX_LENGTH) return BAD_LENGTH;
  if (length > end - into.payloadStart) return TRUNCATED;
  into.type = 0;
  into.payloadEnd = into.payloadStart + length;
  return OK;
}

function setTag(into: EthernetHeader, index: number, type: number, tag: number): void {
  if (index === 0) {
    into.outerType = type;
    into.outerTag = tag;
  } else {
    into.innerType = type;
    into.innerTag = tag;
  }
}

/** Bytes that `emitEthernet` will write. */
export function ethernetHeaderBytes(header: EthernetHeader): number {
  return ETHERNET_HEADER_BYTES + header.tagCount * VLAN_TAG_BYTES;
}

/** Writes the header at `start` and returns where it ends. With type 0, the length of the payload takes its place. */
export function emitEthernet(view: DataView, start: number, header: EthernetHeader): number {
  view.setUint16(start, header.destinationHigh);
  view.setInt32(start + 2, header.destinationLow);
  view.setUint16(start + 6, header.sourceHigh);
  view.setInt32(start + 8, header.sourceLow);
  let at = start + 12;
  if (header.tagCount > 0) {
    view.setUint16(at, header.outerType);
    view.setUint16(at + 2, header.outerTag);
    at += VLAN_TAG_BYTES;
  }
  if (header.tagCount > 1) {
    view.setUint16(at, header.innerType);
    view.setUint16(at + 2, header.innerTag);
    at += VLAN_TAG_BYTES;
  }
  view.setUint16(at, header.type === 0 ? header.payloadEnd - header.payloadStart : header.type);
  return at + 2;
}

/** Whether an address is of a group, or the broadcast: the lowest bit of its first byte. */
export function isGroupAddress(high: number): boolean {
  return (high & 0x0100) !== 0;
}
