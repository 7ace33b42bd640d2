import {
  TCP_CA_CWR,
  TCP_CA_Recovery,
  TCP_CLOSE_WAIT,
  TCP_CLOSING,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_LAST_ACK,
  TCP_SYN_RECV,
} from "../../api/constants/tcp-option.ts";
import type { Connection } from "./connection.ts";
import { delaysSmall } from "./nagle.ts";
import { checkPathMtu } from "./path-change.ts";
import { segmentBytesNow, segmentsTogether } from "./path-mtu.ts";
import { NO_PROBE, probeBytes, PROBE_WAITS, probeLeaves } from "./path-mtu-search.ts";
import { dataFlags, sendSegment } from "./segment.ts";
import { distance } from "./sequence.ts";
import { CHRONO_BUFFER_LIMITED, CHRONO_BUSY, CHRONO_IDLE, CHRONO_WINDOW_LIMITED } from "./statistics.ts";
import { APP_LIMITED, FIN_RECORD, MAX_RECORDS, segmentsOf } from "./transmit-queue.ts";
import { armProbeTimer } from "./zero-window-probe.ts";

/** Why nothing more was sent. */
const SENT = 0;
const NO_DATA = 1;
const CONGESTION_WINDOW = 2;
const PEER_WINDOW = 3;
const HELD_BACK = 4;

/** Whether data, or the FIN behind it, may be sent in this state. */
function isSending(c: Connection): boolean {
  const { state } = c;
  return (
    (state === TCP_SYN_RECV && c.isFastOpened) ||
    state === TCP_ESTABLISHED ||
    state === TCP_CLOSE_WAIT ||
    state === TCP_FIN_WAIT1 ||
    state === TCP_LAST_ACK ||
    state === TCP_CLOSING
  );
}

/** Sends what the windows allow: RFC 9293 §3.8, RFC 5681 §3. */
export function output(c: Connection, mayProbe = true): void {
  if (!isSending(c)) return;
  checkPathMtu(c);
  const { congestion, queue } = c;
  if (queue.packetsOut === 0 && c.unsentBytes > 0) restartAfterIdle(c);
  const probe = mayProbe && c.pathMtu.search !== undefined ? probeBytes(c) : NO_PROBE;
  if (probe === PROBE_WAITS) return;
  if (probe !== NO_PROBE) sendPathProbe(c, probe);
  let isSent = probe !== NO_PROBE;
  let why = sendNext(c);
  for (; why === SENT; why = sendNext(c)) isSent = true;
  if (isSent) c.afterSending();
  noteLimit(c, why);
  if (why === CONGESTION_WINDOW || (isSent && queue.inFlight >= congestion.size)) congestion.isLimiting = true;
  if (queue.length === 0 && c.hasUnsent) armProbeTimer(c);
}

/** A larger segment than others, whose size is tried: RFC 4821 §7.1. */
function sendPathProbe(c: Connection, bytes: number): void {
  probeLeaves(c, bytes);
  sendNew(c, bytes, false, bytes);
}

/** Sends the next segment or super-segment. */
function sendNext(c: Connection): number {
  const { queue } = c;
  const unsent = distance(c.sendBuffer.end, c.sndNxt);
  const finWaits = c.sendEnded && !c.finSent;
  if (unsent <= 0 && !finWaits) return NO_DATA;
  const quota = c.congestion.size - queue.inFlight;
  if (quota <= 0) return CONGESTION_WINDOW;
  if (queue.length >= MAX_RECORDS) return CONGESTION_WINDOW;
  const mss = segmentBytesNow(c);
  const window = distance((c.sndUna + c.sndWnd) | 0, c.sndNxt);
  // A first segment that does not fit whole waits: the sender's part of silly-window avoidance (§3.8.6.2.1).
  if (window < Math.min(unsent + (finWaits ? 1 : 0), mss)) return PEER_WINDOW;
  let length = Math.min(unsent, window, c.urgent.isSending ? mss : mostPayload(mss, quota));
  const partial = length % mss;
  // Whole segments leave at once; the rest waits for the window, or for Nagle.
  if (partial > 0 && (length < unsent || delaysSmall(c, partial, mss))) length -= partial;
  if (length === 0 && unsent > 0) return HELD_BACK;
  const hasFin = finWaits && length === unsent && length < window;
  return sendNew(c, length, hasFin, mss);
}

function mostPayload(mss: number, quota: number): number {
  return Math.min(quota, segmentsTogether(mss)) * mss;
}

function sendNew(c: Connection, length: number, hasFin: boolean, mss: number): number {
  const { queue, statistics, tcp } = c;
  const start = c.sndNxt;
  const dataEnd = (start + length) | 0;
  const end = hasFin ? (dataEnd + 1) | 0 : dataEnd;
  const wasEmpty = queue.length === 0;
  if (wasEmpty) statistics.deliveredUs = tcp.nowUs;
  const limited = statistics.appLimitedUntil > 0 ? APP_LIMITED : 0;
  const flags = (hasFin ? FIN_RECORD : 0) | limited;
  queue.push(start, end, tcp.nowUs, flags, segmentsOf(length, mss), statistics.delivered, statistics.deliveredUs);
  c.sndNxt = end;
  if (hasFin) c.finSent = true;
  if (length % mss > 0) c.smallEnd = dataEnd;
  c.corkAtUs = Infinity;
  if (length > 0) noteInteraction(c);
  // RFC 6937 §3: new data counts in prr_out as well.
  if (c.congestion.state === TCP_CA_CWR || c.congestion.state === TCP_CA_Recovery) {
    c.congestion.prrOut += segmentsOf(length, mss);
  }
  const result = sendSegment(c, start, dataFlags(c, dataEnd, length, hasFin), length, mss, true);
  if (result < 0) c.notSent(result);
  return SENT;
}

/** An answer within the delay of the acknowledgement: the two travel together from now on. */
function noteInteraction(c: Connection): void {
  const { ack } = c;
  if (ack.delayUs > 0 && c.tcp.nowUs - ack.lastUs < ack.delayUs) ack.isInteractive = true;
}

/**
 * RFC 5681 §4.1, RFC 2861: after an idle timeout the window is halved for each that passed, down to the initial one.
 */
function restartAfterIdle(c: Connection): void {
  const { congestion, statistics } = c;
  const idleUs = c.tcp.nowUs - statistics.lastDataSentUs;
  const timeoutUs = c.retransmission.timeoutUs(c);
  if (statistics.dataSegmentsOut === 0 || idleUs <= 0) return;
  c.control.resumed(idleUs);
  if (!c.settings.slowStartAfterIdle || idleUs <= timeoutUs) return;
  const least = Math.min(c.initialWindow(), congestion.size);
  congestion.threshold = Math.max(congestion.threshold, (congestion.size * 3) >> 2);
  let size = congestion.size;
  for (let left = idleUs - timeoutUs; left > 0 && size > least; left -= timeoutUs) size >>= 1;
  congestion.set(Math.max(size, least));
}

function noteLimit(c: Connection, why: number): void {
  const { queue, statistics, tcp } = c;
  const { inFlight } = queue;
  if (why === NO_DATA && inFlight < c.congestion.size && queue.lostOut <= queue.retransmittedOut) {
    statistics.appLimitedUntil = Math.max(1, statistics.delivered + inFlight);
  }
  if (c.unacknowledgedBytes === 0 && queue.length === 0) statistics.chrono(CHRONO_IDLE, tcp.nowUs);
  else if (why === PEER_WINDOW) statistics.chrono(CHRONO_WINDOW_LIMITED, tcp.nowUs);
  else if (why === NO_DATA && c.isSendBlocked) statistics.chrono(CHRONO_BUFFER_LIMITED, tcp.nowUs);
  else statistics.chrono(CHRONO_BUSY, tcp.nowUs);
}
