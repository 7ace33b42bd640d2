import { TCP_CA_CWR, TCP_CA_Loss, TCP_CA_Open, TCP_CA_Recovery } from "../../api/constants/tcp-option.ts";
import { TCP_ECE, TCP_SYN, type TcpHeader } from "../../wire/tcp-header.ts";
import type { AckOutcome } from "./ack-outcome.ts";
import { sendChallengeAck } from "./challenge-ack.ts";
import type { Connection } from "./connection.ts";
import { DRAINED } from "./connection-owner.ts";
import { probeAcknowledged } from "./path-mtu-search.ts";
import { recover, SEND_NEW, sendAfterAck } from "./recovery.ts";
import { IDLE, RETRANSMISSION } from "./retransmission-timer.ts";
import { noteRate, noteReordering, processSack } from "./sack-scoreboard.ts";
import { distance, isAfter, isBefore } from "./sequence.ts";
import { armTailLossProbe, tailLossProbeAcknowledged } from "./tail-loss-probe.ts";
import { echoedRttUs } from "./timestamps.ts";
import { EVER_RETRANSMITTED, FIN_RECORD, SACKED } from "./transmit-queue.ts";
import { windowOpened } from "./zero-window-probe.ts";

/**
 * The acknowledgement of a segment in a synchronized state: RFC 9293 §3.10.7.4, fifth check. Returns false when the
 * segment is to be dropped.
 */
export function acknowledge(c: Connection, header: TcpHeader, length: number): boolean {
  const acknowledgment = header.acknowledgment;
  const { queue, tcp } = c;
  // RFC 5961 §5.2: so old, or so new, that it was guessed.
  if (isBefore(acknowledgment, (c.sndUna - c.maxWindow) | 0) || isAfter(acknowledgment, c.sndNxt)) {
    sendChallengeAck(c);
    return false;
  }
  const outcome = tcp.outcome;
  outcome.reset(c.sndUna, queue.inFlight);
  outcome.carriesData = length > 0;
  c.statistics.lastAckReceivedUs = tcp.nowUs;
  // Something works: what ICMP said of the way is over.
  c.softError = 0;
  const hadData = queue.length > 0;
  c.retransmission.probesOut = 0;
  c.retransmission.probeStartUs = -1;
  const isOld = isBefore(acknowledgment, c.sndUna);
  if (!isOld) updateSendWindow(c, header, outcome);
  if (isPlain(c, header, outcome)) {
    if (acknowledgment === c.sndUna) return true;
    clean(c, acknowledgment, header, outcome);
    finish(c, SEND_NEW, outcome, true);
    return true;
  }
  outcome.echoesCongestion = c.ecn.isOn && (header.flags & (TCP_ECE | TCP_SYN)) === TCP_ECE;
  if (c.sackOn && header.sackCount > 0) processSack(c, header, outcome);
  if (isAfter(acknowledgment, c.sndUna)) clean(c, acknowledgment, header, outcome);
  else if (outcome.sackRttUs >= 0) measured(c, outcome.sackRttUs);
  if (!hadData) {
    // RFC 3708: a duplicate that is reported late still shows that a reduction was for nothing.
    if (outcome.duplicateSack) recover(c, header, outcome);
    tailLossProbeAcknowledged(c, acknowledgment, outcome);
    if (outcome.windowChanged) windowOpened(c);
    return true;
  }
  c.rack.adapt(acknowledgment, c.sndNxt, outcome.duplicateSack, hasJustRecovered(c));
  tailLossProbeAcknowledged(c, acknowledgment, outcome);
  const what = isOrdinary(c, outcome) ? SEND_NEW : recover(c, header, outcome);
  finish(c, what, outcome, c.congestion.state <= 1);
  return true;
}

/** Nothing but progress, or nothing at all: no holes, no marks, no recovery. */
function isPlain(c: Connection, header: TcpHeader, outcome: AckOutcome): boolean {
  return (
    header.sackCount === 0 &&
    c.congestion.state === TCP_CA_Open &&
    c.queue.length > 0 &&
    c.queue.sackedOut === 0 &&
    (header.flags & TCP_ECE) === 0 &&
    !c.tailLossProbe.isOut &&
    (isAfter(header.acknowledgment, c.sndUna) || (outcome.carriesData && header.acknowledgment === c.sndUna)) &&
    c.retransmission.timeouts === 0
  );
}

/** Progress in the Open state without holes needs no recovery. */
function isOrdinary(c: Connection, outcome: AckOutcome): boolean {
  return (
    c.congestion.state === TCP_CA_Open &&
    !outcome.newlySacked &&
    !outcome.duplicateSack &&
    !outcome.echoesCongestion &&
    outcome.advanced &&
    c.queue.sackedOut === 0 &&
    c.queue.lostOut === 0
  );
}

function hasJustRecovered(c: Connection): boolean {
  return c.congestion.state >= TCP_CA_Recovery && !isBefore(c.sndUna, c.congestion.highSequence);
}

/** RFC 9293 §3.10.7.4: SND.WND follows segments that are newer than the last that it was taken from. */
function updateSendWindow(c: Connection, header: TcpHeader, outcome: AckOutcome): void {
  const window = (header.flags & TCP_SYN) === 0 ? header.window << c.sendScale : header.window;
  const isNewer =
    isAfter(header.acknowledgment, c.sndUna) ||
    isAfter(header.sequence, c.sndWl1) ||
    (header.sequence === c.sndWl1 && (window > c.sndWnd || window === 0));
  if (!isNewer) return;
  c.sndWl1 = header.sequence;
  if (window === c.sndWnd) return;
  outcome.windowChanged = true;
  c.sndWnd = window;
  if (window > c.maxWindow) c.maxWindow = window;
}

/** Takes from the queue what is acknowledged, and measures it. */
function clean(c: Connection, acknowledgment: number, header: TcpHeader, outcome: AckOutcome): void {
  const { queue, tcp, statistics } = c;
  const nowUs = tcp.nowUs;
  let firstSentUs = -1;
  const deliveredBefore = outcome.delivered;
  while (queue.length > 0 && isBefore(queue.start(0), acknowledgment)) {
    const isWhole = !isAfter(queue.end(0), acknowledgment);
    const flags = queue.flags(0);
    const sentUs = queue.sentUs(0);
    const end = isWhole ? queue.end(0) : acknowledgment;
    if ((flags & SACKED) === 0) {
      noteRate(c, 0, outcome);
      c.rack.delivered(sentUs, end, (flags & EVER_RETRANSMITTED) !== 0, nowUs, c.rtt.leastUs);
    }
    if ((flags & EVER_RETRANSMITTED) !== 0) {
      outcome.retransmissionAcknowledged = true;
    } else if ((flags & SACKED) === 0) {
      if (firstSentUs < 0) firstSentUs = sentUs;
      if (isBefore(queue.start(0), c.highestSacked)) noteReordering(c, queue.start(0));
      if (!isAfter(end, c.congestion.highSequence)) outcome.originalDelivered = true;
    }
    if ((flags & FIN_RECORD) !== 0 && isWhole) c.finAcknowledged = true;
    const packets = isWhole ? queue.packets(0) : queue.trim(acknowledgment, c.mss);
    if (isWhole) queue.shift();
    outcome.acknowledged += packets;
    if ((flags & SACKED) === 0) outcome.delivered += packets;
    if (!isWhole) break;
  }
  // Without SACK the duplicates have counted some of them: RFC 5681 §3.2.
  if (!c.sackOn) outcome.delivered = deliveredBefore + Math.max(1, outcome.acknowledged - queue.sackedOut);
  outcome.advanced = true;
  const bytes = distance(acknowledgment, c.sndUna);
  statistics.bytesAcknowledged += bytes;
  statistics.delivered += outcome.delivered - deliveredBefore;
  if (outcome.echoesCongestion) statistics.deliveredMarked += outcome.delivered;
  c.sndUna = acknowledgment;
  c.sendBuffer.drop(acknowledgment);
  if (c.pathMtu.search !== undefined) probeAcknowledged(c);
  if (isBefore(c.highestSacked, acknowledgment)) c.highestSacked = acknowledgment;
  if (c.urgent.isSending && !isAfter(c.urgent.sendEnd, acknowledgment)) c.urgent.isSending = false;
  measureRoundTrip(c, header, outcome, firstSentUs);
  progress(c);
}

/** RFC 6298 §3 and RFC 7323 §4.1: from what was sent once, else from SACK, else from the echoed timestamp. */
function measureRoundTrip(c: Connection, header: TcpHeader, outcome: AckOutcome, firstSentUs: number): void {
  if (firstSentUs >= 0 && !outcome.retransmissionAcknowledged) outcome.rttUs = c.tcp.nowUs - firstSentUs;
  else if (outcome.sackRttUs >= 0) outcome.rttUs = outcome.sackRttUs;
  else if (c.timestampsOn) outcome.rttUs = echoedRttUs(c, header);
  if (outcome.rttUs >= 0) measured(c, outcome.rttUs);
}

function measured(c: Connection, rttUs: number): void {
  c.rtt.sample(rttUs, c.tcp.nowUs);
  // RFC 6298 §5.7: the backoff holds until something is measured anew.
  c.retransmission.backoff = 0;
  c.control.measured(c.congestion, rttUs, c.sndUna, c.sndNxt);
}

/** Something new is acknowledged: RFC 6298 §5.2 and §5.3. */
function progress(c: Connection): void {
  const { retransmission } = c;
  if (retransmission.timeouts > 0) {
    retransmission.timeouts = 0;
    c.statistics.timeoutRecovered(c.tcp.nowUs);
  }
  retransmission.restart(c);
}

/** The window follows, the timers run, and what may be sent is sent. */
function finish(c: Connection, what: number, outcome: AckOutcome, mayGrow: boolean): void {
  const { congestion, control, queue, tcp, retransmission } = c;
  if (outcome.delivered > 0 || outcome.lost > 0) measureRate(c, outcome);
  if (mayGrow && congestion.state < TCP_CA_CWR && outcome.advanced && outcome.delivered > 0) {
    if (isWindowFull(c, outcome)) control.grow(congestion, outcome.delivered, tcp.nowUs, c.rtt.smoothedUs);
  } else if (congestion.state === TCP_CA_Loss && outcome.delivered > 0 && congestion.isSlowStart) {
    congestion.slowStart(outcome.delivered);
  }
  if (outcome.advanced) {
    if (retransmission.kind === RETRANSMISSION || retransmission.kind === IDLE) armTailLossProbe(c);
    c.tellWritable();
    if (c.sendBuffer.length === 0 && queue.length === 0) c.tell(DRAINED);
  }
  sendAfterAck(c, what);
  // What has left makes room, too, where unsent bytes are what there is little room for.
  if (outcome.advanced && c.settings.notSentLowWaterBytes < c.settings.sendBufferBytes) c.tellWritable();
}

/** RFC 5681 §3.1, RFC 7661: the window grows only while it is what holds data back. */
function isWindowFull(c: Connection, outcome: AckOutcome): boolean {
  const { congestion } = c;
  if (!isBefore(c.sndUna, congestion.roundEnd)) {
    congestion.mostOut = 0;
    congestion.roundEnd = c.sndNxt;
    const was = congestion.isLimiting;
    congestion.isLimiting = false;
    if (was) return true;
  }
  congestion.mostOut = Math.max(congestion.mostOut, outcome.priorInFlight);
  if (congestion.isLimiting) return true;
  return congestion.isSlowStart && congestion.size < 2 * congestion.mostOut;
}

function measureRate(c: Connection, outcome: AckOutcome): void {
  const { statistics, tcp } = c;
  if (outcome.delivered > 0) statistics.deliveredUs = tcp.nowUs;
  if (statistics.appLimitedUntil > 0 && statistics.delivered > statistics.appLimitedUntil) {
    statistics.appLimitedUntil = 0;
  }
  if (outcome.priorDelivered < 0) return;
  const delivered = statistics.delivered - outcome.priorDelivered;
  const intervalUs = tcp.nowUs - outcome.priorDeliveredUs;
  if (intervalUs <= 0 || intervalUs < (c.rtt.leastUs === Infinity ? 0 : c.rtt.leastUs)) return;
  const isFaster = delivered * statistics.rateUs >= statistics.rateDelivered * intervalUs;
  if (outcome.isAppLimited && !isFaster) return;
  statistics.rateDelivered = delivered;
  statistics.rateUs = intervalUs;
  statistics.rateAppLimited = outcome.isAppLimited;
}
