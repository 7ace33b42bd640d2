import { BAD_OPTION, OK } from "./reason.ts";

/** Options of IPv4: RFC 791 §3.1. */

export const OPTION_END = 0;
export const OPTION_NOP = 1;
export const OPTION_RECORD_ROUTE = 7;
export const OPTION_TIMESTAMP = 68;
export const OPTION_LOOSE_SOURCE_ROUTE = 131;
/** RFC 2113. */
export const OPTION_ROUTER_ALERT = 148;
export const OPTION_STRICT_SOURCE_ROUTE = 137;

/** This bit of a type says that the option goes into every fragment. */
const COPIED = 0x80;

/** Timestamps alone, with the addresses of those who made them, or of those who are asked to: RFC 791, flags. */
export const TIMESTAMP_ONLY = 0;
export const TIMESTAMP_AND_ADDRESS = 1;
export const TIMESTAMP_PRESPECIFIED = 3;

/** Bytes of a Router Alert. */
export const ROUTER_ALERT_OPTION_BYTES = 4;

/** Where the options of one header are, -1 for those that are not there. One object is filled again and again. */
export class Ipv4Options {
  recordRouteAt = -1;
  timestampAt = -1;
  sourceRouteAt = -1;
  /** The source route is strict. */
  strict = false;
  /** Value of the Router Alert: 0 says that routers shall look at the packet (RFC 2113 §2.1). */
  routerAlert = -1;
  /** When they were refused: the offset of what is wrong, from the header's start, for a Parameter Problem. */
  problemPointer = 0;
}

/**
 * Reads the options from `start` to `end` of the header that begins at `headerStart`, with the checks that Linux makes.
 * Returns OK, or BAD_OPTION with `problemPointer`.
 */
export function parseIpv4Options(
  view: DataView,
  headerStart: number,
  start: number,
  end: number,
  into: Ipv4Options,
): number {
  into.recordRouteAt = -1;
  into.timestampAt = -1;
  into.sourceRouteAt = -1;
  into.strict = false;
  into.routerAlert = -1;
  into.problemPointer = 0;
  for (let at = start; at < end;) {
    const type = view.getUint8(at);
    if (type === OPTION_END) return OK;
    if (type === OPTION_NOP) {
      at++;
      continue;
    }
    const bytes = end - at < 2 ? 0 : view.getUint8(at + 1);
    const wrong = bytes < 2 || bytes > end - at ? 0 : readOption(view, type, at, bytes, into);
    if (bytes < 2 || bytes > end - at || wrong !== 0) {
      into.problemPointer = at + wrong - headerStart;
      return BAD_OPTION;
    }
    at += bytes;
  }
  return OK;
}

/** Returns 0, or the place within the option that is wrong: never its first byte. */
function readOption(view: DataView, type: number, at: number, bytes: number, into: Ipv4Options): number {
  switch (type) {
    case OPTION_RECORD_ROUTE:
      if (into.recordRouteAt >= 0) return 1;
      into.recordRouteAt = at;
      return checkRoute(view, at, bytes);
    case OPTION_LOOSE_SOURCE_ROUTE:
    case OPTION_STRICT_SOURCE_ROUTE:
      // At most one, of either kind: RFC 791.
      if (into.sourceRouteAt >= 0) return 1;
      into.sourceRouteAt = at;
      into.strict = type === OPTION_STRICT_SOURCE_ROUTE;
      return checkRoute(view, at, bytes);
    case OPTION_TIMESTAMP:
      if (into.timestampAt >= 0) return 1;
      into.timestampAt = at;
      return checkTimestamp(view, at, bytes);
    case OPTION_ROUTER_ALERT:
      if (bytes !== ROUTER_ALERT_OPTION_BYTES) return 1;
      into.routerAlert = view.getUint16(at + 2);
      return 0;
    default:
      return 0;
  }
}

/** The pointer counts from one, and begins behind itself at four. */
function checkRoute(view: DataView, at: number, bytes: number): number {
  if (bytes < 3) return 1;
  const pointer = view.getUint8(at + 2);
  if (pointer < 4) return 2;
  // A full option has a pointer beyond its end; one that is not has room for an address.
  return pointer <= bytes && pointer + 3 > bytes ? 2 : 0;
}

function checkTimestamp(view: DataView, at: number, bytes: number): number {
  if (bytes < 4) return 1;
  const pointer = view.getUint8(at + 2);
  if (pointer < 5) return 2;
  const flags = view.getUint8(at + 3) & 0x0f;
  if (flags !== TIMESTAMP_ONLY && flags !== TIMESTAMP_AND_ADDRESS && flags !== TIMESTAMP_PRESPECIFIED) return 3;
  const entry = flags === TIMESTAMP_ONLY ? 4 : 8;
  return pointer <= bytes && pointer + entry - 1 > bytes ? 2 : 0;
}

/** Where the next address of a route, or entry of so many bytes, is read or written; -1 when there is room for none. */
export function routeSlot(view: DataView, at: number, bytes: number = 4): number {
  const pointer = view.getUint8(at + 2);
  return pointer + bytes - 1 > view.getUint8(at + 1) ? -1 : at + pointer - 1;
}

/** Writes an address into the next place of a route and moves its pointer; returns whether there was one. */
export function recordAddress(view: DataView, at: number, address: number): boolean {
  const slot = routeSlot(view, at);
  if (slot < 0) return false;
  view.setInt32(slot, address);
  view.setUint8(at + 2, view.getUint8(at + 2) + 4);
  return true;
}

/**
 * Adds this host's time, in milliseconds since midnight UT, to a Timestamp option that has room, or counts the
 * overflow; returns false when the count itself is full, which is an error (RFC 791). `isOwn` tells a prespecified
 * address.
 */
export function recordTimestamp(
  view: DataView,
  at: number,
  timeMs: number,
  address: number,
  isOwn: (address: number) => boolean,
): boolean {
  const flags = view.getUint8(at + 3) & 0x0f;
  const alone = flags === TIMESTAMP_ONLY;
  const slot = routeSlot(view, at, alone ? 4 : 8);
  if (slot < 0) return countOverflow(view, at);
  if (flags === TIMESTAMP_PRESPECIFIED && !isOwn(view.getInt32(slot))) return true;
  if (flags === TIMESTAMP_AND_ADDRESS) view.setInt32(slot, address);
  view.setUint32(alone ? slot : slot + 4, timeMs);
  view.setUint8(at + 2, view.getUint8(at + 2) + (alone ? 4 : 8));
  return true;
}

function countOverflow(view: DataView, at: number): boolean {
  const field = view.getUint8(at + 3);
  if (field >>> 4 === 15) return false;
  // A prespecified list that is at its end asks no more of anybody.
  if ((field & 0x0f) !== TIMESTAMP_PRESPECIFIED) view.setUint8(at + 3, field + 0x10);
  return true;
}

/** One option as bytes: type, and what is behind type and length. */
export interface Ipv4Option {
  readonly type: number;
  readonly data: Uint8Array;
}

/** The options from `start` to `end`, without padding, as values; they were accepted by `parseIpv4Options`. */
export function listIpv4Options(view: DataView, start: number, end: number): Ipv4Option[] {
  const list: Ipv4Option[] = [];
  for (let at = start; at < end;) {
    const type = view.getUint8(at);
    if (type === OPTION_END) break;
    if (type === OPTION_NOP) {
      at++;
      continue;
    }
    const bytes = end - at < 2 ? 0 : view.getUint8(at + 1);
    if (bytes < 2 || bytes > end - at) break;
    list.push({ type, data: new Uint8Array(view.buffer, view.byteOffset + at + 2, bytes - 2).slice() });
    at += bytes;
  }
  return list;
}

/** The bytes of options, for `emitIpv4`; those that do not fit in 40 bytes any more are left out. */
export function ipv4OptionBytes(options: readonly Ipv4Option[]): Uint8Array {
  const bytes = new Uint8Array(40);
  let at = 0;
  for (const { type, data } of options) {
    if (at + 2 + data.length > bytes.length) continue;
    bytes[at] = type;
    bytes[at + 1] = data.length + 2;
    bytes.set(data, at + 2);
    at += data.length + 2;
  }
  return bytes.subarray(0, at);
}

/** The bytes of a Router Alert, which IGMP's packets carry: RFC 2113 §2.1. */
export function routerAlertOption(): Uint8Array {
  return Uint8Array.of(OPTION_ROUTER_ALERT, ROUTER_ALERT_OPTION_BYTES, 0, 0);
}

/** Those of the options that every fragment carries, and not the first alone. */
export function copiedOptions(options: readonly Ipv4Option[]): Ipv4Option[] {
  return options.filter(({ type }) => (type & COPIED) !== 0);
}
