import {
  TCP_CA_CWR,
  TCP_CA_Disorder,
  TCP_CA_Loss,
  TCP_CA_Open,
  TCP_CA_Recovery,
} from "../../api/constants/tcp-option.ts";
import type { TcpHeader } from "../../wire/tcp-header.ts";
import type { AckOutcome } from "./ack-outcome.ts";
import type { Connection } from "./connection.ts";
import { beginReduction, endReduction, reduceProportionally } from "./prr.ts";
import { detectLoss, markLost } from "./rack.ts";
import { REORDERING } from "./retransmission-timer.ts";
import { retransmitLost } from "./retransmit.ts";
import { isAfter, isBefore } from "./sequence.ts";
import { segmentBytesNow } from "./path-mtu.ts";
import { probeWasLost } from "./path-mtu-search.ts";
import { EVER_RETRANSMITTED, LOST, SACKED } from "./transmit-queue.ts";
import { isEchoOfOriginal, isHeldByReno, mayUndo, rememberForUndo, undoReduction, undoTimeout } from "./undo.ts";

/** What is sent after an acknowledgement was worked in. */
export const SEND_NEW = 0;
export const SEND_LOST = 1;
/** RFC 5682 §2.1 step 2b: new data tells whether the timeout was spurious. */
export const SEND_TO_PROBE = 2;

/**
 * The recovery from loss: RFC 6675 and RFC 6582 with RACK's detection, in Linux's five states. Called for every
 * acknowledgement that is not plain progress.
 */
export function recover(c: Connection, header: TcpHeader, outcome: AckOutcome): number {
  const { congestion, queue } = c;
  const isDuplicate = !outcome.advanced && !outcome.carriesData && !outcome.windowChanged && queue.length > 0;
  if (queue.packetsOut === 0) queue.sackedOut = 0;
  // A mark makes the reduction one that is not undone (RFC 3168 §6.1.2).
  if (outcome.echoesCongestion) congestion.priorThreshold = 0;
  if (congestion.state === TCP_CA_Open) {
    c.retransmission.firstUs = 0;
  } else if (!isBefore(c.sndUna, congestion.highSequence)) {
    if (endsEpisode(c, header)) {
      reduceProportionally(c, outcome.delivered, outcome.lost, outcome.advanced);
      return SEND_NEW;
    }
  }
  switch (congestion.state) {
    case TCP_CA_Recovery:
      return inRecovery(c, header, outcome, isDuplicate);
    case TCP_CA_Loss:
      return inLoss(c, header, outcome, isDuplicate);
    default:
      return inOrder(c, outcome, isDuplicate);
  }
}

/** All that was out when the episode began is acknowledged. Returns true when there is nothing else to do. */
function endsEpisode(c: Connection, header: TcpHeader): boolean {
  const { congestion } = c;
  if (congestion.state === TCP_CA_CWR) {
    // Something above it must be acknowledged, lest a mark on the last of it reduce twice.
    if (c.sndUna === congestion.highSequence) return false;
    endReduction(c);
    congestion.state = TCP_CA_Open;
    return false;
  }
  if (congestion.state !== TCP_CA_Recovery) return false;
  if (!c.sackOn) c.queue.sackedOut = 0;
  if (undoRecovery(c, header)) return true;
  endReduction(c);
  return false;
}

/** The recovery is over; it is undone when it was spurious. Returns true when the state is kept for a while. */
function undoRecovery(c: Connection, header: TcpHeader): boolean {
  const { congestion } = c;
  if (mayUndo(c, header)) undoReduction(c, false);
  if (isHeldByReno(c)) return true;
  congestion.state = TCP_CA_Open;
  return false;
}

function inRecovery(c: Connection, header: TcpHeader, outcome: AckOutcome, isDuplicate: boolean): number {
  if (!outcome.advanced) {
    if (!c.sackOn && isDuplicate) countDuplicate(c, outcome);
  } else if (undoPartially(c, header)) {
    return SEND_LOST;
  } else if (!c.sackOn) {
    forgetDuplicates(c, outcome);
  }
  if (undoByDuplicates(c)) {
    keepOpen(c);
    return SEND_NEW;
  }
  identifyLoss(c, outcome);
  reduceProportionally(c, outcome.delivered, outcome.lost, outcome.advanced);
  return SEND_LOST;
}

function inLoss(c: Connection, header: TcpHeader, outcome: AckOutcome, isDuplicate: boolean): number {
  const { congestion } = c;
  const hasRecovered = !isBefore(c.sndUna, congestion.highSequence);
  if (outcome.advanced && undoTimeout(c, header, false)) return SEND_LOST;
  if (c.forwardRto) {
    // RFC 5682 §3.1 step 3b: the original of something that was out has come.
    if (outcome.originalDelivered && undoTimeout(c, header, true)) return SEND_LOST;
    if (isAfter(c.sndNxt, congestion.highSequence)) {
      // Step 3a: the loss was real.
      if (outcome.newlySacked || isDuplicate) c.forwardRto = false;
    } else if (outcome.advanced && !hasRecovered) {
      congestion.highSequence = c.sndNxt;
      if (c.hasUnsent && c.sndWnd > ((c.sndNxt - c.sndUna) | 0)) return SEND_TO_PROBE;
      c.forwardRto = false;
    }
  }
  if (hasRecovered) {
    undoRecovery(c, header);
    return SEND_NEW;
  }
  if (!c.sackOn) {
    if (isAfter(c.sndNxt, congestion.highSequence) && isDuplicate) countDuplicate(c, outcome);
    else if (outcome.advanced) c.queue.sackedOut = 0;
  }
  identifyLoss(c, outcome);
  return SEND_LOST;
}

/** Open, Disorder and CWR: is there a loss? */
function inOrder(c: Connection, outcome: AckOutcome, isDuplicate: boolean): number {
  const { congestion, queue } = c;
  if (!c.sackOn) {
    if (outcome.advanced) queue.sackedOut = 0;
    if (isDuplicate) countDuplicate(c, outcome);
  }
  if (congestion.state <= TCP_CA_Disorder) undoByDuplicates(c);
  identifyLoss(c, outcome);
  if (queue.lostOut === 0) {
    tryToOpen(c, outcome);
    if (congestion.state === TCP_CA_CWR) {
      reduceProportionally(c, outcome.delivered, outcome.lost, outcome.advanced);
    }
    return SEND_NEW;
  }
  if (probeWasLost(c)) return SEND_NEW;
  enterRecovery(c, outcome.echoesCongestion);
  reduceProportionally(c, outcome.delivered, outcome.lost, outcome.advanced);
  return SEND_LOST;
}

/** RFC 6675 §5 step 4. */
export function enterRecovery(c: Connection, isMarked: boolean): void {
  const { congestion } = c;
  const wasReducing = congestion.state === TCP_CA_CWR;
  if (c.queue.retransmittedOut === 0) c.retransmission.firstUs = 0;
  if (!isMarked && !wasReducing) {
    rememberForUndo(c);
  } else {
    congestion.priorThreshold = 0;
    congestion.canUndo = true;
    congestion.undoMarker = c.sndUna;
    congestion.undoRetransmissions = c.queue.retransmittedOut > 0 ? c.queue.retransmittedOut : -1;
  }
  if (!wasReducing) beginReduction(c);
  else congestion.highSequence = c.sndNxt;
  congestion.state = TCP_CA_Recovery;
}

/** A mark, or a local refusal: the window falls, and nothing is sent again (RFC 3168 §6.1.2). */
export function enterReduction(c: Connection): void {
  const { congestion } = c;
  if (congestion.state >= TCP_CA_CWR) return;
  congestion.canUndo = false;
  congestion.priorThreshold = 0;
  beginReduction(c);
  congestion.state = TCP_CA_CWR;
}

function tryToOpen(c: Connection, outcome: AckOutcome): void {
  const { congestion, queue } = c;
  if (queue.retransmittedOut === 0 && queue.lostOut === 0 && queue.length === 0) c.retransmission.firstUs = 0;
  if (outcome.echoesCongestion) enterReduction(c);
  if (congestion.state !== TCP_CA_CWR) keepOpen(c);
}

/** Open, or Disorder while there are holes or retransmissions. */
export function keepOpen(c: Connection): void {
  const { congestion, queue } = c;
  const wasResent = queue.length > 0 && (queue.flags(0) & EVER_RETRANSMITTED) !== 0;
  const isDisordered = queue.sackedOut + queue.lostOut > 0 || queue.retransmittedOut > 0 || wasResent;
  congestion.state = isDisordered ? TCP_CA_Disorder : TCP_CA_Open;
  if (congestion.state === TCP_CA_Disorder) congestion.highSequence = c.sndNxt;
}

/** Marks what is lost: by RACK with SACK, else by duplicates (RFC 6582 §3.2). */
export function identifyLoss(c: Connection, outcome: AckOutcome): void {
  const { congestion, queue } = c;
  const before = c.statistics.lost;
  if (c.sackOn) {
    const waitUs = detectLoss(c);
    if (waitUs > 0) c.retransmission.set(c, REORDERING, waitUs);
  } else if (
    (congestion.state < TCP_CA_Recovery && queue.sackedOut >= c.reordering) ||
    (congestion.state === TCP_CA_Recovery && outcome.advanced)
  ) {
    markFirstLost(c);
  }
  outcome.lost += c.statistics.lost - before;
}

/** RFC 6582 §3.2 steps 2 and 5: the first segment that is not acknowledged. */
function markFirstLost(c: Connection): void {
  const { queue } = c;
  if (queue.length === 0 || (queue.flags(0) & (LOST | SACKED)) !== 0) return;
  const mss = segmentBytesNow(c);
  if (queue.packets(0) > 1) queue.split(0, (queue.start(0) + mss) | 0, mss);
  markLost(c, 0);
}

/** Without SACK a duplicate acknowledgement stands for a segment that has left the network: RFC 5681 §3.2. */
function countDuplicate(c: Connection, outcome: AckOutcome): void {
  const { queue } = c;
  const most = Math.max(0, queue.packetsOut - Math.max(1, queue.lostOut));
  if (queue.sackedOut >= most) return;
  queue.sackedOut++;
  outcome.delivered++;
  c.statistics.delivered++;
}

/** So many of the duplicates' segments are acknowledged now. */
function forgetDuplicates(c: Connection, outcome: AckOutcome): void {
  const { queue } = c;
  queue.sackedOut = Math.max(0, queue.sackedOut - Math.max(0, outcome.acknowledged - 1));
}

/** RFC 3522: a partial acknowledgement of the original. */
function undoPartially(c: Connection, header: TcpHeader): boolean {
  const { congestion, queue } = c;
  if (!congestion.canUndo || !isEchoOfOriginal(c, header)) return false;
  c.rack.reorderingSeen = true;
  // Retransmissions are out: their duplicates come back first.
  if (queue.retransmittedOut > 0) return true;
  undoReduction(c, true);
  keepOpen(c);
  return true;
}

/** RFC 3708: every retransmission was a duplicate. */
function undoByDuplicates(c: Connection): boolean {
  const { congestion } = c;
  if (!congestion.canUndo || congestion.undoRetransmissions !== 0) return false;
  undoReduction(c, false);
  return true;
}

/** The reordering window has ended, and something is lost. */
export function lossDetected(c: Connection): void {
  const { congestion } = c;
  if (congestion.state < TCP_CA_Recovery) {
    enterRecovery(c, false);
    reduceProportionally(c, 1, 0, false);
  }
  retransmitLost(c);
}

/** Sends what `recover` decided on. */
export function sendAfterAck(c: Connection, what: number): void {
  if (what === SEND_TO_PROBE) {
    c.push();
    if (isAfter(c.sndNxt, c.congestion.highSequence)) return;
    c.forwardRto = false;
  }
  if (what !== SEND_NEW) retransmitLost(c);
  c.push();
}
