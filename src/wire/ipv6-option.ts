import type { IpHeader } from "./ip-header.ts";
import { BAD_OPTION, OK, TOO_MANY, UNRECOGNIZED_OPTION } from "./reason.ts";

/** Options of the Hop-by-Hop and Destination Options headers: RFC 8200 §4.2. */

const PAD1 = 0;
const PADN = 1;
const ROUTER_ALERT = 5;

/** Options in one header, padding aside, and bytes of padding in a row: RFC 8504 §5.3. */
export const MAX_IPV6_OPTIONS = 8;
export const MAX_IPV6_PADDING_BYTES = 7;

/** What to do with a packet that has an unrecognized option: the two highest bits of the option's type. */
export const ACTION_SKIP = 0;
export const ACTION_DISCARD = 1;
/** Discard it and send a Parameter Problem, also to the sender of a multicast packet. */
export const ACTION_REPORT = 2;
/** Discard it and send a Parameter Problem unless the packet was multicast. */
export const ACTION_REPORT_UNICAST = 3;

/** Bytes of the Router Alert option. */
export const ROUTER_ALERT_BYTES = 4;
/** The alert of Multicast Listener Discovery: RFC 2711 §2.1. */
export const ROUTER_ALERT_MLD = 0;

/** Reads the options from `start` to `end`. An unrecognized one is skipped when its type allows that. */
export function parseIpv6Options(view: DataView, start: number, end: number, into: IpHeader): number {
  let count = 0;
  let padding = 0;
  let at = start;
  while (at < end) {
    const type = view.getUint8(at);
    const next = optionEnd(view, at, end);
    if (next < 0) {
      into.problemPointer = at - into.start;
      return BAD_OPTION;
    }
    if (type === PAD1 || type === PADN) {
      padding += next - at;
      if (padding > MAX_IPV6_PADDING_BYTES) return TOO_MANY;
    } else {
      padding = 0;
      if (++count > MAX_IPV6_OPTIONS) return TOO_MANY;
      const reason = readOption(view, at, next, into);
      if (reason !== OK) return reason;
    }
    at = next;
  }
  return OK;
}

function optionEnd(view: DataView, at: number, end: number): number {
  if (view.getUint8(at) === PAD1) return at + 1;
  if (end - at < 2) return -1;
  const next = at + 2 + view.getUint8(at + 1);
  return next > end ? -1 : next;
}

function readOption(view: DataView, at: number, end: number, into: IpHeader): number {
  const type = view.getUint8(at);
  if (type === ROUTER_ALERT) {
    if (end - at !== ROUTER_ALERT_BYTES) {
      into.problemPointer = at + 1 - into.start;
      return BAD_OPTION;
    }
    into.routerAlert = view.getUint16(at + 2);
    return OK;
  }
  const action = type >>> 6;
  if (action === ACTION_SKIP) return OK;
  into.problemPointer = at - into.start;
  into.problemAction = action;
  return UNRECOGNIZED_OPTION;
}

/** Writes a Router Alert option at `start`, an even offset in its header, and returns where it ends: RFC 2711 §2. */
export function emitRouterAlert(view: DataView, start: number, value: number): number {
  view.setUint16(start, (ROUTER_ALERT << 8) | 2);
  view.setUint16(start + 2, value);
  return start + ROUTER_ALERT_BYTES;
}
