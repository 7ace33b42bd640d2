import { preferenceBits, preferenceOf } from "./neighbour-option.ts";
import { BAD_LENGTH, BAD_VALUE, OK, TRUNCATED, UNSUPPORTED } from "./reason.ts";

/** Messages of neighbour discovery: RFC 4861 §4. Their checksum is ICMPv6's: `sealIcmpv6`, `verifyIcmpv6`. */

export const ROUTER_SOLICITATION = 133;
export const ROUTER_ADVERTISEMENT = 134;
export const NEIGHBOUR_SOLICITATION = 135;
export const NEIGHBOUR_ADVERTISEMENT = 136;
export const REDIRECT = 137;

/** A message comes from this link when its hop limit is still the largest: RFC 4861 §3.1. */
export const NEIGHBOUR_HOP_LIMIT = 255;

const CHECKSUM_OFFSET = 2;
const ROUTER_SOLICITATION_BYTES = 8;
const ROUTER_ADVERTISEMENT_BYTES = 16;
const NEIGHBOUR_BYTES = 24;
const REDIRECT_BYTES = 40;

const MANAGED = 0x80;
const OTHER = 0x40;
const ROUTER = 0x80;
const SOLICITED = 0x40;
const OVERRIDE = 0x20;

/** A message of any of the five types; the fields that a type does not have are 0 or false. */
export class NeighbourMessage {
  type = 0;
  /** As it was read. */
  checksum = 0;
  /** Router Advertisement: the hop limit to use; 0 leaves it to the host. */
  hopLimit = 0;
  /** Router Advertisement: addresses are to be had by DHCPv6, or other things are. */
  managed = false;
  otherConfiguration = false;
  /** See PREFERENCE_HIGH. */
  preference = 0;
  /** Router Advertisement: 0 says that it is no default router. */
  routerLifetimeS = 0;
  /** Router Advertisement: 0 leaves them to the host. */
  reachableTimeMs = 0;
  retransmitTimeMs = 0;
  /** Neighbour Advertisement. */
  router = false;
  solicited = false;
  override = false;
  /** Solicitation, advertisement: the address asked about. Redirect: the better first hop. */
  target0 = 0;
  target1 = 0;
  target2 = 0;
  target3 = 0;
  /** Redirect: what is reached by that. */
  destination0 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
  /**
   * Where the options are. `parseNeighbourOption` reads the one at `optionsStart`, then the one at its `end`, up to
   * `optionsEnd`; the lengths are checked already.
   */
  optionsStart = 0;
  optionsEnd = 0;
}

/**
 * Reads the message from `start` to `end` and makes the checks of RFC 4861 §6.1, §7.1 and §8.1 that need no more than
 * its bytes: the code is 0, the length is that of the type, a target is no multicast address, no option has the length
 * 0 or goes beyond the end. The hop limit, the checksum and the addresses of the packet are the caller's to check.
 * Returns OK, or why not.
 */
export function parseNeighbourDiscovery(view: DataView, start: number, end: number, into: NeighbourMessage): number {
  if (end - start < ROUTER_SOLICITATION_BYTES) return TRUNCATED;
  const type = view.getUint8(start);
  const bytes = fixedBytes(type);
  if (bytes === 0) return UNSUPPORTED;
  if (end - start < bytes) return TRUNCATED;
  if (view.getUint8(start + 1) !== 0) return BAD_VALUE;
  clear(into);
  into.type = type;
  into.checksum = view.getUint16(start + CHECKSUM_OFFSET);
  into.optionsStart = start + bytes;
  into.optionsEnd = end;
  if (type === ROUTER_ADVERTISEMENT) readRouterAdvertisement(view, start, into);
  if (type === NEIGHBOUR_ADVERTISEMENT) readFlags(view, start, into);
  if (type >= NEIGHBOUR_SOLICITATION) {
    if (view.getUint8(start + 8) === 0xff) return BAD_VALUE;
    readTarget(view, start, into);
  }
  if (type === REDIRECT) {
    if (view.getUint8(start + 24) === 0xff) return BAD_VALUE;
    readDestination(view, start, into);
  }
  return checkOptions(view, into.optionsStart, end);
}

/** Bytes before the options; 0 for a type that is none of the five. */
function fixedBytes(type: number): number {
  switch (type) {
    case ROUTER_SOLICITATION:
      return ROUTER_SOLICITATION_BYTES;
    case ROUTER_ADVERTISEMENT:
      return ROUTER_ADVERTISEMENT_BYTES;
    case NEIGHBOUR_SOLICITATION:
    case NEIGHBOUR_ADVERTISEMENT:
      return NEIGHBOUR_BYTES;
    case REDIRECT:
      return REDIRECT_BYTES;
    default:
      return 0;
  }
}

function clear(into: NeighbourMessage): void {
  into.hopLimit = 0;
  into.managed = false;
  into.otherConfiguration = false;
  into.preference = 0;
  into.routerLifetimeS = 0;
  into.reachableTimeMs = 0;
  into.retransmitTimeMs = 0;
  into.router = false;
  into.solicited = false;
  into.override = false;
  into.target0 = 0;
  into.target1 = 0;
  into.target2 = 0;
  into.target3 = 0;
  into.destination0 = 0;
  into.destination1 = 0;
  into.destination2 = 0;
  into.destination3 = 0;
}

function readRouterAdvertisement(view: DataView, start: number, into: NeighbourMessage): void {
  const flags = view.getUint8(start + 5);
  into.hopLimit = view.getUint8(start + 4);
  into.managed = (flags & MANAGED) !== 0;
  into.otherConfiguration = (flags & OTHER) !== 0;
  into.preference = preferenceOf(flags);
  into.routerLifetimeS = view.getUint16(start + 6);
  into.reachableTimeMs = view.getUint32(start + 8);
  into.retransmitTimeMs = view.getUint32(start + 12);
}

function readFlags(view: DataView, start: number, into: NeighbourMessage): void {
  const flags = view.getUint8(start + 4);
  into.router = (flags & ROUTER) !== 0;
  into.solicited = (flags & SOLICITED) !== 0;
  into.override = (flags & OVERRIDE) !== 0;
}

function readTarget(view: DataView, start: number, into: NeighbourMessage): void {
  into.target0 = view.getInt32(start + 8);
  into.target1 = view.getInt32(start + 12);
  into.target2 = view.getInt32(start + 16);
  into.target3 = view.getInt32(start + 20);
}

function readDestination(view: DataView, start: number, into: NeighbourMessage): void {
  into.destination0 = view.getInt32(start + 24);
  into.destination1 = view.getInt32(start + 28);
  into.destination2 = view.getInt32(start + 32);
  into.destination3 = view.getInt32(start + 36);
}

/** An option of length 0 makes the whole message invalid, and one that is only wrong inside does not: RFC 4861 §4.6. */
function checkOptions(view: DataView, start: number, end: number): number {
  for (let at = start; at < end;) {
    if (end - at < 2) return TRUNCATED;
    const bytes = view.getUint8(at + 1) * 8;
    if (bytes === 0) return BAD_LENGTH;
    if (bytes > end - at) return TRUNCATED;
    at += bytes;
  }
  return OK;
}

/** Writes the message at `start` up to its options and returns where those begin. `sealIcmpv6` makes the checksum. */
export function emitNeighbourDiscovery(view: DataView, start: number, message: NeighbourMessage): number {
  const bytes = fixedBytes(message.type);
  view.setUint16(start, message.type << 8);
  view.setUint16(start + CHECKSUM_OFFSET, message.checksum);
  view.setInt32(start + 4, 0);
  if (message.type === ROUTER_ADVERTISEMENT) emitRouterAdvertisement(view, start, message);
  if (message.type === NEIGHBOUR_ADVERTISEMENT) view.setUint8(start + 4, flagsOf(message));
  if (message.type >= NEIGHBOUR_SOLICITATION) {
    view.setInt32(start + 8, message.target0);
    view.setInt32(start + 12, message.target1);
    view.setInt32(start + 16, message.target2);
    view.setInt32(start + 20, message.target3);
  }
  if (message.type === REDIRECT) {
    view.setInt32(start + 24, message.destination0);
    view.setInt32(start + 28, message.destination1);
    view.setInt32(start + 32, message.destination2);
    view.setInt32(start + 36, message.destination3);
  }
  return start + bytes;
}

function emitRouterAdvertisement(view: DataView, start: number, message: NeighbourMessage): void {
  const flags =
    (message.managed ? MANAGED : 0) | (message.otherConfiguration ? OTHER : 0) | preferenceBits(message.preference);
  view.setUint8(start + 4, message.hopLimit);
  view.setUint8(start + 5, flags);
  view.setUint16(start + 6, message.routerLifetimeS);
  view.setUint32(start + 8, message.reachableTimeMs);
  view.setUint32(start + 12, message.retransmitTimeMs);
}

function flagsOf(message: NeighbourMessage): number {
  return (message.router ? ROUTER : 0) | (message.solicited ? SOLICITED : 0) | (message.override ? OVERRIDE : 0);
}
