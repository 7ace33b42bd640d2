import { IP_PMTUDISC_INTERFACE, IP_PMTUDISC_PROBE } from "../../api/constants/ip-option.ts";
import type { Path } from "../ip/path.ts";
import type { Connection } from "./connection.ts";
import { sackOptionBytes, steadyOptionBytes } from "./segment.ts";

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const TCP_HEADER_BYTES = 20;
/** The default of a peer that names no MSS: RFC 9293 §3.7.1. */
export const DEFAULT_MSS_IPV4 = 536;
export const DEFAULT_MSS_IPV6 = 1220;
/** The least segment that is sent, whatever the peer or the path say: Linux's tcp_min_snd_mss. */
const LEAST_MSS = 48;
/** Timeouts in a row after which the path is suspected: tcp_retries1. */
export const BLACK_HOLE_TIMEOUTS = 3;
/**
 * Where the search for an MTU begins after a black hole, and its least: RFC 4821 §7.2, tcp_base_mss,
 * tcp_mtu_probe_floor.
 */
const BASE_MSS = 1024;
const LEAST_PROBED_MSS = 48;

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
  /** The MSS that was found by black-hole detection; 0 while the path is trusted. */
  searchedMss = 0;
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

/** Reckons the payload of a full segment anew: the peer's MSS, the path, and the options that are always there. */
export function updateMss(c: Connection): void {
  const mtu = mtuOf(c);
  const path = mssOfMtu(c.path, mtu);
  const searched = c.pathMtu.searchedMss > 0 ? Math.min(path, c.pathMtu.searchedMss) : path;
  c.pathMtu.knownMtu = mtu;
  c.mss = Math.max(LEAST_MSS - 40, Math.min(searched, c.peerMss) - steadyOptionBytes(c));
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

/**
 * Timeouts in a row on a path that was good: perhaps a router drops what is too large and says nothing. Smaller
 * segments
 * are tried (RFC 4821 §7.7, as Linux's tcp_mtu_probing does it).
 */
export function suspectBlackHole(c: Connection): void {
  if (c.settings.mtuProbing === 0) return;
  const { pathMtu } = c;
  const now = pathMtu.searchedMss > 0 ? pathMtu.searchedMss : mssOfMtu(c.path, mtuOf(c));
  const next = pathMtu.searchedMss === 0 ? Math.min(BASE_MSS, now) : Math.max(LEAST_PROBED_MSS, now >> 1);
  pathMtu.searchedMss = Math.min(next, now);
  updateMss(c);
  for (let i = 0; i < c.queue.length; i++) c.queue.recount(i, c.mss);
}
