import { TCP_ACK } from "../../wire/tcp-header.ts";
import type { Connection } from "./connection.ts";
import { segmentBytesNow } from "./path-mtu.ts";
import { PROBE } from "./retransmission-timer.ts";
import { dataFlags, sendSegment } from "./segment.ts";
import { distance } from "./sequence.ts";
import { segmentsOf } from "./transmit-queue.ts";

/** Nothing is in flight and the window holds data back: it is asked for, RFC 9293 §3.8.6.1. */
export function armProbeTimer(c: Connection): void {
  if (c.retransmission.kind === PROBE) return;
  c.retransmission.backoff = 0;
  c.retransmission.set(c, PROBE, c.retransmission.probeDelayUs(c));
}

/** The peer's window has opened, or nothing waits any more. */
export function windowOpened(c: Connection): void {
  c.retransmission.backoff = 0;
  c.retransmission.probesOut = 0;
  if (c.retransmission.kind === PROBE) c.retransmission.stop();
  c.push();
}

/** The probe timer has expired: sends a probe, and waits longer for the next. */
export function probeExpired(c: Connection): void {
  const { retransmission, queue } = c;
  if (queue.length > 0 || !c.hasUnsent) {
    retransmission.probesOut = 0;
    retransmission.stop();
    return;
  }
  if (retransmission.probeStartUs < 0) retransmission.probeStartUs = c.tcp.nowUs;
  if (givesUp(c)) return;
  sendProbe(c);
  if (retransmission.kind !== PROBE && queue.length > 0) return;
  retransmission.probesOut++;
  if (retransmission.backoff < c.settings.dataRetries) retransmission.backoff++;
  retransmission.set(c, PROBE, retransmission.probeDelayUs(c));
}

/** Answered probes may go on for ever (RFC 9293 §3.8.6.1 MUST-37); unanswered ones, and a user timeout, end it. */
function givesUp(c: Connection): boolean {
  const { retransmission, settings } = c;
  const userUs = settings.userTimeoutMs * 1000;
  if (userUs > 0 && retransmission.probesOut > 0 && c.tcp.nowUs - retransmission.probeStartUs >= userUs) {
    c.timedOut();
    return true;
  }
  const most = c.isOrphan ? settings.orphanRetries : settings.dataRetries;
  if (retransmission.probesOut < most) return false;
  c.timedOut();
  return true;
}

/**
 * A probe: the part of the data that the window allows, or a segment that is out of the window and so makes the peer
 * acknowledge, as Linux's.
 */
export function sendProbe(c: Connection): void {
  const { queue, statistics, tcp } = c;
  const window = distance((c.sndUna + c.sndWnd) | 0, c.sndNxt);
  const unsent = distance(c.sendBuffer.end, c.sndNxt);
  if (window <= 0 || unsent <= 0) {
    sendSegment(c, (c.sndUna - 1) | 0, TCP_ACK, 0, 0, false);
    return;
  }
  const mss = segmentBytesNow(c);
  const length = Math.min(window, unsent, mss);
  const start = c.sndNxt;
  const end = (start + length) | 0;
  queue.push(start, end, tcp.nowUs, 0, segmentsOf(length, mss), statistics.delivered, statistics.deliveredUs);
  c.sndNxt = end;
  sendSegment(c, start, dataFlags(c, end, length, false), length, mss, true);
  c.afterSending();
}
