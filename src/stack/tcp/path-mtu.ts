import { IP_PMTUDISC_INTERFACE, IP_PMTUDISC_PROBE } from "../../api/constants/ip-option.ts";
import type { Path } from "../ip/path.ts";
import type { Connection } from "./connection.ts";
import { sackOptionBytes, steadyOptionBytes } from "./segment.ts";

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
export const TCP_HEADER_BYTES = 20;
/** The default of a peer that names no MSS: RFC 9293 §3.7.1. */
export const DEFAULT_MSS_IPV4 = 536;
export const DEFAULT_MSS_IPV6 = 1220;
/** The least segment that is sent, whatever the peer or the path say: Linux's tcp_min_snd_mss. */
export const LEAST_MSS = 48;
/** A super-segment with its headers is an IP packet of at most 65535 bytes: 60 for either header. */
const MOST_PAYLOAD = 65535 - 120;

/** Whole segments of `mss` bytes that one super-segment holds, one at the least. */
export function segmentsTogether(mss: number): number {
  return Math.max(1, Math.floor(MOST_PAYLOAD / mss));
}

/** What the segments of a connection may hold. */
export class PathMtu {
  /** The path's MTU when `mss` was reckoned. */
  knownMtu = 0;
  /** Undefined while the path is trusted. */
  search: PathMtuSearch | undefined = undefined;
}

/** A search for the path's MTU: RFC 4821 §7.2, in bytes of IP packets. */
export class PathMtuSearch {
  /** The largest that is known to get through, and the largest that may. */
  low = 0;
  high = 0;
  /** A probe is out: its MTU, and where it begins and ends; 0 when none is. */
  probeMtu = 0;
  probeStart = 0;
  probeEnd = 0;
  /** When the range was set. */
  sinceUs = 0;
}

/** Bytes of an IP header without options, on this path. */
export function ipHeaderBytes(path: Path): number {
  return path.destination.version === 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
}

/** The MSS that an MTU allows on a path: RFC 9293 §3.7.1, without options. */
export function mssOfMtu(path: Path, mtu: number): number {
  return Math.max(LEAST_MSS, mtu - ipHeaderBytes(path) - TCP_HEADER_BYTES);
}

/** The MTU that a connection goes by: ip(7), IP_MTU_DISCOVER. */
export function mtuOf(c: Connection): number {
  const { mtuDiscovery } = c.settings;
  const ignoresPath = mtuDiscovery === IP_PMTUDISC_PROBE || mtuDiscovery === IP_PMTUDISC_INTERFACE;
  return ignoresPath ? c.path.linkMtu : c.path.mtu;
}

export function defaultMss(path: Path): number {
  return path.destination.version === 4 ? DEFAULT_MSS_IPV4 : DEFAULT_MSS_IPV6;
}

/** The payload of a packet of so many bytes, and the other way round: with the options that are always there. */
export function payloadOfMtu(c: Connection, mtu: number): number {
  return mtu - ipHeaderBytes(c.path) - TCP_HEADER_BYTES - steadyOptionBytes(c);
}

export function mtuOfPayload(c: Connection, bytes: number): number {
  return bytes + steadyOptionBytes(c) + TCP_HEADER_BYTES + ipHeaderBytes(c.path);
}

/** Reckons the payload of a full segment anew: the peer's MSS, the path, and the options that are always there. */
export function updateMss(c: Connection): void {
  const mtu = mtuOf(c);
  const { search } = c.pathMtu;
  c.pathMtu.knownMtu = mtu;
  const most = Math.min(mssOfMtu(c.path, mtu), c.peerMss) - steadyOptionBytes(c);
  c.mss = Math.max(LEAST_MSS - 40, most);
  if (search === undefined) return;
  search.high = Math.min(search.high, mtu);
  c.mss = Math.min(c.mss, Math.max(LEAST_MSS - 40, payloadOfMtu(c, search.low)));
}

/**
 * The payload of a full segment that leaves now: SACK blocks take their room, and a tiny window is filled in two
 * halves.
 */
export function segmentBytesNow(c: Connection): number {
  const mss = c.mss - sackOptionBytes(c);
  if (c.maxWindow >= 2 * mss || c.maxWindow === 0) return mss;
  const half = c.maxWindow > DEFAULT_MSS_IPV4 ? c.maxWindow >> 1 : c.maxWindow;
  return mss > half ? Math.max(half, LEAST_MSS - steadyOptionBytes(c)) : mss;
}
