import { BAD_LENGTH, BAD_OPTION, OK, TRUNCATED } from "./reason.ts";

/** Options of neighbour discovery: RFC 4861 §4.6. Lengths are in units of eight bytes. */

export const SOURCE_LINK_LAYER_ADDRESS = 1;
export const TARGET_LINK_LAYER_ADDRESS = 2;
export const PREFIX_INFORMATION = 3;
export const REDIRECTED_HEADER = 4;
export const MTU = 5;
/** RFC 3971 §5.3.2; in a probe for duplicates, RFC 7527. */
export const NONCE = 14;
/** RFC 4191 §2.3. */
export const ROUTE_INFORMATION = 24;
/** RFC 8106 §5.1. */
export const RECURSIVE_DNS_SERVER = 25;

/** A lifetime that never ends: RFC 4861 §4.6.2. */
export const INFINITE_LIFETIME_S = 0xffffffff;
/** Servers that one option can hold: a length of at most 255 units, one of them fixed. */
export const MAX_DNS_SERVERS = 127;

const UNIT = 8;
const PREFIX_UNITS = 4;
const ON_LINK = 0x80;
const AUTONOMOUS = 0x40;

/** One option; the fields that its type does not have are 0 or false. One object is filled again and again. */
export class NeighbourOption {
  type = 0;
  /** Where it begins, and where the next one does. */
  start = 0;
  end = 0;
  /** Link-layer address of Ethernet, or a nonce: its first two bytes, and the other four, signed. */
  addressHigh = 0;
  addressLow = 0;
  /** Prefix Information and Route Information. */
  prefixLength = 0;
  prefix0 = 0;
  prefix1 = 0;
  prefix2 = 0;
  prefix3 = 0;
  /** Prefix Information. */
  onLink = false;
  autonomous = false;
  /** Prefix Information, Route Information, servers: how long it holds. */
  lifetimeS = 0;
  preferredLifetimeS = 0;
  /** Route Information: see PREFERENCE_HIGH. */
  preference = 0;
  /** MTU. */
  mtu = 0;
  /** Addresses in `servers`, four words each. */
  serverCount = 0;
  readonly servers: Int32Array = new Int32Array(MAX_DNS_SERVERS * 4);
  /** Redirected Header: the packet, as far as it is quoted. Of an unknown type: all behind type and length. */
  dataStart = 0;
}

/**
 * Reads the option at `start`. Returns OK, or why not; BAD_OPTION says that it is to be skipped: `end` is set.
 */
export function parseNeighbourOption(view: DataView, start: number, end: number, into: NeighbourOption): number {
  if (end - start < 2) return TRUNCATED;
  const units = view.getUint8(start + 1);
  if (units === 0) return BAD_LENGTH;
  if (units * UNIT > end - start) return TRUNCATED;
  clear(into);
  into.type = view.getUint8(start);
  into.start = start;
  into.end = start + units * UNIT;
  into.dataStart = start + 2;
  switch (into.type) {
    case SOURCE_LINK_LAYER_ADDRESS:
    case TARGET_LINK_LAYER_ADDRESS:
    case NONCE:
      if (units !== 1) return BAD_OPTION;
      into.addressHigh = view.getUint16(start + 2);
      into.addressLow = view.getInt32(start + 4);
      return OK;
    case PREFIX_INFORMATION:
      return readPrefix(view, start, units, into);
    case REDIRECTED_HEADER:
      into.dataStart = start + UNIT;
      return OK;
    case MTU:
      if (units !== 1) return BAD_OPTION;
      into.mtu = view.getUint32(start + 4);
      return OK;
    case ROUTE_INFORMATION:
      return readRoute(view, start, units, into);
    case RECURSIVE_DNS_SERVER:
      return readServers(view, start, units, into);
    default:
      return OK;
  }
}

function clear(into: NeighbourOption): void {
  into.addressHigh = 0;
  into.addressLow = 0;
  into.prefixLength = 0;
  into.prefix0 = 0;
  into.prefix1 = 0;
  into.prefix2 = 0;
  into.prefix3 = 0;
  into.onLink = false;
  into.autonomous = false;
  into.lifetimeS = 0;
  into.preferredLifetimeS = 0;
  into.preference = 0;
  into.mtu = 0;
  into.serverCount = 0;
}

function readPrefix(view: DataView, start: number, units: number, into: NeighbourOption): number {
  if (units !== PREFIX_UNITS) return BAD_OPTION;
  into.prefixLength = view.getUint8(start + 2);
  if (into.prefixLength > 128) return BAD_OPTION;
  const flags = view.getUint8(start + 3);
  into.onLink = (flags & ON_LINK) !== 0;
  into.autonomous = (flags & AUTONOMOUS) !== 0;
  into.lifetimeS = view.getUint32(start + 4);
  into.preferredLifetimeS = view.getUint32(start + 8);
  into.prefix0 = view.getInt32(start + 16);
  into.prefix1 = view.getInt32(start + 20);
  into.prefix2 = view.getInt32(start + 24);
  into.prefix3 = view.getInt32(start + 28);
  return OK;
}

/** The prefix is cut to a multiple of eight bytes, none, one or two: RFC 4191 §2.3. */
function readRoute(view: DataView, start: number, units: number, into: NeighbourOption): number {
  into.prefixLength = view.getUint8(start + 2);
  if (units > 3 || into.prefixLength > (units - 1) * 64) return BAD_OPTION;
  into.preference = preferenceOf(view.getUint8(start + 3));
  into.lifetimeS = view.getUint32(start + 4);
  if (units > 1) {
    into.prefix0 = view.getInt32(start + 8);
    into.prefix1 = view.getInt32(start + 12);
  }
  if (units > 2) {
    into.prefix2 = view.getInt32(start + 16);
    into.prefix3 = view.getInt32(start + 20);
  }
  return OK;
}

function readServers(view: DataView, start: number, units: number, into: NeighbourOption): number {
  if (units < 3 || units % 2 === 0) return BAD_OPTION;
  into.lifetimeS = view.getUint32(start + 4);
  into.serverCount = (units - 1) / 2;
  for (let i = 0; i < into.serverCount * 4; i++) into.servers[i] = view.getInt32(start + UNIT + i * 4);
  return OK;
}

/** Preference of a router, or of a route: RFC 4191 §2.1. The reserved value is read as medium. */
export const PREFERENCE_HIGH = 1;
export const PREFERENCE_MEDIUM = 0;
export const PREFERENCE_LOW = -1;

/** The preference in the bits 0x18 of a byte: two, as a signed number. */
export function preferenceOf(flags: number): number {
  const bits = (flags >>> 3) & 3;
  return bits === 1 ? PREFERENCE_HIGH : bits === 3 ? PREFERENCE_LOW : PREFERENCE_MEDIUM;
}

/** Those bits. */
export function preferenceBits(preference: number): number {
  return (preference & 3) << 3;
}

/** Writes an option at `start` and returns where it ends; `emitRedirectedHeader` writes the one of a redirect. */
export function emitNeighbourOption(view: DataView, start: number, option: NeighbourOption): number {
  switch (option.type) {
    case PREFIX_INFORMATION:
      return emitPrefix(view, start, option);
    case ROUTE_INFORMATION:
      return emitRoute(view, start, option);
    case RECURSIVE_DNS_SERVER:
      return emitServers(view, start, option);
    case MTU:
      view.setUint32(start, (MTU << 24) | (1 << 16));
      view.setUint32(start + 4, option.mtu);
      return start + UNIT;
    default:
      view.setUint16(start, (option.type << 8) | 1);
      view.setUint16(start + 2, option.addressHigh);
      view.setInt32(start + 4, option.addressLow);
      return start + UNIT;
  }
}

function emitPrefix(view: DataView, start: number, option: NeighbourOption): number {
  view.setUint16(start, (PREFIX_INFORMATION << 8) | PREFIX_UNITS);
  view.setUint8(start + 2, option.prefixLength);
  view.setUint8(start + 3, (option.onLink ? ON_LINK : 0) | (option.autonomous ? AUTONOMOUS : 0));
  view.setUint32(start + 4, option.lifetimeS);
  view.setUint32(start + 8, option.preferredLifetimeS);
  view.setInt32(start + 12, 0);
  view.setInt32(start + 16, option.prefix0);
  view.setInt32(start + 20, option.prefix1);
  view.setInt32(start + 24, option.prefix2);
  view.setInt32(start + 28, option.prefix3);
  return start + PREFIX_UNITS * UNIT;
}

function emitRoute(view: DataView, start: number, option: NeighbourOption): number {
  const units = 1 + Math.ceil(option.prefixLength / 64);
  view.setUint16(start, (ROUTE_INFORMATION << 8) | units);
  view.setUint8(start + 2, option.prefixLength);
  view.setUint8(start + 3, preferenceBits(option.preference));
  view.setUint32(start + 4, option.lifetimeS);
  if (units > 1) {
    view.setInt32(start + 8, option.prefix0);
    view.setInt32(start + 12, option.prefix1);
  }
  if (units > 2) {
    view.setInt32(start + 16, option.prefix2);
    view.setInt32(start + 20, option.prefix3);
  }
  return start + units * UNIT;
}

function emitServers(view: DataView, start: number, option: NeighbourOption): number {
  const count = Math.min(option.serverCount, MAX_DNS_SERVERS);
  view.setUint32(start, (RECURSIVE_DNS_SERVER << 24) | ((1 + count * 2) << 16));
  view.setUint32(start + 4, option.lifetimeS);
  for (let i = 0; i < count * 4; i++) view.setInt32(start + UNIT + i * 4, option.servers[i] as number);
  return start + UNIT + count * 4 * 4;
}

/** Where the packet begins that a Redirected Header at `start` quotes. */
export function redirectedPacketStart(start: number): number {
  return start + UNIT;
}

/**
 * Writes a Redirected Header at `start` around the packet that is in place already, up to `packetEnd`: it pads it and
 * returns where the option ends. The packet is as long as the message may be: 1,280 bytes with all headers (RFC 4861
 * §8.2).
 */
export function emitRedirectedHeader(view: DataView, start: number, packetEnd: number): number {
  const units = Math.ceil((packetEnd - start) / UNIT);
  view.setUint32(start, (REDIRECTED_HEADER << 24) | (units << 16));
  view.setUint32(start + 4, 0);
  const end = start + units * UNIT;
  for (let at = packetEnd; at < end; at++) view.setUint8(at, 0);
  return end;
}
