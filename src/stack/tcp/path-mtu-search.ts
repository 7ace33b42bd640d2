import { TCP_CA_CWR, TCP_CA_Open, TCP_CA_Recovery } from "../../api/constants/tcp-option.ts";
import type { Connection } from "./connection.ts";
import {
  ipHeaderBytes,
  LEAST_MSS,
  mtuOf,
  mtuOfPayload,
  PathMtuSearch,
  payloadOfMtu,
  TCP_HEADER_BYTES,
  updateMss,
} from "./path-mtu.ts";
import { simpleRetransmit } from "./simple-retransmit.ts";
import { sackOptionBytes } from "./segment.ts";
import { distance, isAfter } from "./sequence.ts";

/* The largest packets that a path takes, found without routers that tell it: RFC 4821, RFC 8899 §5, as in Linux. */

/** The least window in which a lost probe is noticed by what follows it: RFC 4821 §7.4. */
const LEAST_WINDOW = 11;
/** What may be sent now: no probe; nothing, for a probe waits for room. */
export const NO_PROBE = 0;
export const PROBE_WAITS = -1;

/** Segments begin small from now on, and larger ones are tried. */
export function beginPathMtuSearch(c: Connection): void {
  const search = new PathMtuSearch();
  search.low = mtuOfPayload(c, c.settings.baseMss);
  search.high = highest(c);
  search.sinceUs = c.tcp.nowUs;
  c.pathMtu.search = search;
}

/** What the peer takes, on this path as far as it is known. */
function highest(c: Connection): number {
  return Math.min(c.peerMss + TCP_HEADER_BYTES + ipHeaderBytes(c.path), mtuOf(c));
}

/**
 * Timeouts in a row on a path that was good: perhaps a router drops what is too large and says nothing. Segments become
 * smaller, each time by half (RFC 4821 §7.7).
 */
export function suspectBlackHole(c: Connection): void {
  const { settings, pathMtu } = c;
  const { search } = pathMtu;
  if (settings.mtuProbing === 0) return;
  if (search === undefined) {
    beginPathMtuSearch(c);
  } else {
    const half = payloadOfMtu(c, search.low) >> 1;
    search.low = mtuOfPayload(c, Math.max(Math.min(settings.baseMss, half), settings.mtuProbeFloorBytes, LEAST_MSS));
  }
  updateMss(c);
  for (let i = 0; i < c.queue.length; i++) c.queue.recount(i, c.mss);
}

/**
 * How many bytes are to be sent as a probe now: halfway between what gets through and what may (RFC 4821 §7.3), when
 * enough follows for its loss to be noticed (§7.4). NO_PROBE, or PROBE_WAITS.
 */
export function probeBytes(c: Connection): number {
  const { congestion, queue, settings, pathMtu } = c;
  const { search } = pathMtu;
  if (search === undefined || search.probeMtu > 0 || congestion.state !== TCP_CA_Open) return NO_PROBE;
  if (congestion.size < LEAST_WINDOW || sackOptionBytes(c) > 0) return NO_PROBE;
  const bytes = payloadOfMtu(c, (search.high + search.low) >> 1);
  if (search.high - search.low < settings.mtuProbeThresholdBytes) {
    searchAgain(c, search);
    return NO_PROBE;
  }
  const needed = bytes + (c.reordering + 1) * c.mss;
  if (c.unsentBytes < needed || c.sndWnd < needed) return NO_PROBE;
  if (distance((c.sndUna + c.sndWnd) | 0, c.sndNxt) < needed) return PROBE_WAITS;
  if (queue.inFlight + 2 > congestion.size) return queue.inFlight === 0 ? NO_PROBE : PROBE_WAITS;
  return bytes;
}

/** The path may have become better: RFC 4821 §7.5, RFC 8899 §5.3.4's PMTU_RAISE_TIMER. */
function searchAgain(c: Connection, search: PathMtuSearch): void {
  const { nowUs } = c.tcp;
  if (nowUs - search.sinceUs < c.settings.mtuProbeIntervalS * 1_000_000) return;
  search.high = highest(c);
  search.low = mtuOfPayload(c, c.mss);
  search.sinceUs = nowUs;
}

/** The probe is about to leave, at SND.NXT. It takes the place of two segments. */
export function probeLeaves(c: Connection, bytes: number): void {
  const { search } = c.pathMtu;
  if (search === undefined) return;
  search.probeMtu = mtuOfPayload(c, bytes);
  search.probeStart = c.sndNxt;
  search.probeEnd = (c.sndNxt + bytes) | 0;
  c.congestion.set(c.congestion.size - 1);
}

/** Something was acknowledged: was the probe? Then segments are as large, and so many fewer (RFC 4821 §7.6.1). */
export function probeAcknowledged(c: Connection): void {
  const { congestion, pathMtu } = c;
  const { search } = pathMtu;
  if (search === undefined || search.probeMtu === 0 || isAfter(search.probeEnd, c.sndUna)) return;
  congestion.priorThreshold = thresholdNow(c);
  congestion.set((congestion.size * mtuOfPayload(c, c.mss)) / search.probeMtu);
  congestion.threshold = thresholdNow(c);
  search.low = search.probeMtu;
  search.probeMtu = 0;
  updateMss(c);
}

function thresholdNow({ congestion }: Connection): number {
  const isReducing = congestion.state === TCP_CA_CWR || congestion.state === TCP_CA_Recovery;
  return isReducing ? congestion.threshold : Math.max(congestion.threshold, (congestion.size * 3) >> 2);
}

/**
 * A loss was found: when it is the probe's alone, the path does not take such packets, and nothing is congested (RFC
 * 4821 §7.6.2). Returns whether it was.
 */
export function probeWasLost(c: Connection): boolean {
  const { search } = c.pathMtu;
  if (search === undefined || search.probeMtu === 0) return false;
  if (c.congestion.state >= TCP_CA_CWR || c.sndUna !== search.probeStart) return false;
  search.high = search.probeMtu - 1;
  search.probeMtu = 0;
  c.congestion.set(c.congestion.size + 1);
  simpleRetransmit(c);
  return true;
}
