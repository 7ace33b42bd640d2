import { TCP_CA_Disorder, TCP_CA_Loss, TCP_CA_Recovery } from "../../api/constants/tcp-option.ts";
import type { Connection } from "./connection.ts";
import { suspectBlackHole } from "./path-mtu-search.ts";
import { detectLoss, markLost } from "./rack.ts";
import { rememberForUndo } from "./undo.ts";
import { REORDERING } from "./retransmission-timer.ts";
import { retransmitRecord } from "./retransmit.ts";
import { isAfter } from "./sequence.ts";
import { SACKED } from "./transmit-queue.ts";

/** Fewer segments in flight than this make a thin stream. */
const THIN_SEGMENTS = 4;
/** Timeouts of a thin stream that do not back off. */
const THIN_LINEAR_TIMEOUTS = 6;

/** RFC 6298 §5.4 to §5.7: the timer has expired. */
export function retransmissionExpired(c: Connection): void {
  const { retransmission, queue } = c;
  if (queue.length === 0) {
    retransmission.stop();
    return;
  }
  c.tailLossProbe.isOut = false;
  if (givesUp(c)) {
    c.timedOut();
    return;
  }
  if (suspectsPath(c)) suspectBlackHole(c);
  c.statistics.timedOut(c.tcp.nowUs);
  enterLoss(c);
  retransmission.timeouts++;
  retransmitRecord(c, 0, 1);
  const isThin = c.settings.thinLinearTimeouts && queue.packetsOut < THIN_SEGMENTS;
  if (isThin && retransmission.timeouts <= THIN_LINEAR_TIMEOUTS) retransmission.backoff = 0;
  else retransmission.backoff++;
  retransmission.again(c);
}

/** RFC 9293 §3.8.3's R1: perhaps the path is what fails. */
function suspectsPath(c: Connection): boolean {
  const { retransmission, settings, tcp } = c;
  if (retransmission.timeouts === 0) return false;
  return tcp.nowUs - retransmission.firstUs >= patienceUs(settings.rtoMinUs, settings.rtoMaxUs, settings.pathRetries);
}

/** RFC 9293 §3.8.3: how long the same data is sent again, or RFC 5482's user timeout. */
function givesUp(c: Connection): boolean {
  const { retransmission, settings, tcp } = c;
  if (retransmission.timeouts === 0) return false;
  const passedUs = tcp.nowUs - retransmission.firstUs;
  if (settings.userTimeoutMs > 0) return passedUs >= settings.userTimeoutMs * 1000;
  const most = c.isOrphan ? settings.orphanRetries : settings.dataRetries;
  return passedUs >= patienceUs(settings.rtoMinUs, settings.rtoMaxUs, most);
}

/** The time that so many retransmissions take, if the first timeout is `leastUs`: R2 of RFC 9293 §3.8.3. */
export function patienceUs(leastUs: number, mostUs: number, retries: number): number {
  const doublings = Math.floor(Math.log2(mostUs / leastUs));
  if (retries <= doublings) return (2 ** (retries + 1) - 1) * leastUs;
  return (2 ** (doublings + 1) - 1) * leastUs + (retries - doublings) * mostUs;
}

/** RFC 5681 §3.1 and §7, RFC 6582 §4: what has not come by now is lost, and the window begins anew. */
function enterLoss(c: Connection): void {
  const { congestion, queue } = c;
  const isNewRecovery = congestion.state < TCP_CA_Recovery;
  const { timeouts } = c.retransmission;
  markTimedOut(c);
  // Once for each window of data.
  const isNewWindow = congestion.state <= TCP_CA_Disorder || !isAfter(congestion.highSequence, c.sndUna);
  if (isNewWindow || (congestion.state === TCP_CA_Loss && timeouts === 0)) {
    rememberForUndo(c);
    congestion.threshold = c.control.reduced(congestion);
    c.control.timedOut();
  }
  congestion.set(queue.inFlight + 1);
  congestion.state = TCP_CA_Loss;
  congestion.highSequence = c.sndNxt;
  if (c.ecn.isOn) c.ecn.queueReduced();
  // RFC 5682 §2.1: at the first timeout, but not inside a recovery whose retransmissions are out.
  c.forwardRto = c.settings.forwardRto && (isNewRecovery || timeouts > 0) && (c.pathMtu.search?.probeMtu ?? 0) === 0;
}

/** RFC 8985 §6.3: the first record is lost, and what was sent long enough ago. */
function markTimedOut(c: Connection): void {
  const { queue } = c;
  // RFC 2018 §8: a receiver may have thrown away what it had out of order, and says so by not acknowledging it.
  const hasReneged = queue.length > 0 && (queue.flags(0) & SACKED) !== 0;
  if (!c.sackOn) queue.sackedOut = 0;
  const leastUs = c.rack.rttUs > 0 ? c.rack.rttUs : c.rtt.smoothedUs;
  for (let i = 0; i < queue.length; i++) {
    if (hasReneged) queue.unmark(i, SACKED);
    const isDue = queue.sentUs(i) + leastUs <= c.tcp.nowUs;
    if (i === 0 || hasReneged || !c.sackOn || isDue) markLost(c, i);
  }
  if (hasReneged) c.highestSacked = c.sndUna;
}

/** RFC 8985 §6.2 step 5: the reordering window has ended. */
export function reorderingExpired(c: Connection): void {
  const { retransmission, queue } = c;
  const lostBefore = queue.lostOut;
  detectLoss(c);
  if (queue.lostOut > lostBefore) c.lossDetected();
  if (retransmission.kind === REORDERING) retransmission.resume(c);
}
