import type { TcpHeader } from "../../wire/tcp-header.ts";
import type { AckOutcome } from "./ack-outcome.ts";
import type { Connection } from "./connection.ts";
import { distance, isAfter, isBefore, later } from "./sequence.ts";
import { APP_LIMITED, EVER_RETRANSMITTED, LOST, RETRANSMITTED, SACKED } from "./transmit-queue.ts";

/** Works the SACK blocks of an acknowledgement into the queue: RFC 2018 §5, RFC 6675 §4. */
export function processSack(c: Connection, header: TcpHeader, outcome: AckOutcome): void {
  const { sack } = header;
  const first = isDuplicateReport(c, header) ? 1 : 0;
  if (first === 1) noteDuplicate(c, sack[0] as number, sack[1] as number, outcome);
  for (let i = first; i < header.sackCount; i++) {
    const start = sack[2 * i] as number;
    const end = sack[2 * i + 1] as number;
    if (isPlausible(c, start, end)) markSacked(c, start, end, outcome);
  }
}

/** RFC 2883 §4: the first block is below the acknowledgement, or inside the second. */
function isDuplicateReport(c: Connection, header: TcpHeader): boolean {
  const { sack } = header;
  const start = sack[0] as number;
  const end = sack[1] as number;
  if (!isBefore(start, end)) return false;
  if (isBefore(start, header.acknowledgment)) return !isAfter(end, header.acknowledgment) && !isAfter(end, c.sndNxt);
  if (header.sackCount < 2) return false;
  return !isAfter(end, sack[3] as number) && !isBefore(start, sack[2] as number);
}

function noteDuplicate(c: Connection, start: number, end: number, outcome: AckOutcome): void {
  const { congestion } = c;
  // What was never sent, or not within the last window, is no news of this connection.
  if (isBefore(start, (c.sndUna - c.maxWindow) | 0)) return;
  outcome.duplicateSack = true;
  c.statistics.duplicateSacks++;
  const segments = Math.max(1, Math.ceil(distance(end, start) / c.mss));
  // A retransmission that was for nothing has been delivered all the same.
  if (c.statistics.duplicateSacks <= c.statistics.retransmissions) {
    outcome.delivered += segments;
    c.statistics.delivered += segments;
  }
  if (!congestion.canUndo || isBefore(start, congestion.undoMarker)) return;
  if (congestion.undoRetransmissions > 0) {
    congestion.undoRetransmissions = Math.max(0, congestion.undoRetransmissions - segments);
  }
}

/** A block of what was sent and is not acknowledged; anything else is forged or late (RFC 2018 §5). */
function isPlausible(c: Connection, start: number, end: number): boolean {
  if (!isBefore(start, end) || isAfter(end, c.sndNxt) || !isBefore(start, c.sndNxt)) return false;
  return isAfter(end, c.sndUna) && !isBefore(start, (c.sndUna - c.maxWindow) | 0);
}

function markSacked(c: Connection, start: number, end: number, outcome: AckOutcome): void {
  const { queue } = c;
  let index = queue.find(later(start, c.sndUna));
  while (index < queue.length && isBefore(queue.start(index), end)) {
    if ((queue.flags(index) & SACKED) === 0) {
      if (isBefore(queue.start(index), start)) {
        queue.split(index, start, c.mss);
        index++;
      }
      if (isAfter(queue.end(index), end)) queue.split(index, end, c.mss);
      sacked(c, index, outcome);
    }
    // Neighbours that the peer has are one record.
    if (index > 0 && (queue.flags(index) & queue.flags(index - 1) & SACKED) !== 0) {
      queue.joinWithBefore(index);
    } else {
      index++;
    }
  }
  if (index > 0 && index < queue.length && (queue.flags(index) & queue.flags(index - 1) & SACKED) !== 0) {
    queue.joinWithBefore(index);
  }
}

function sacked(c: Connection, index: number, outcome: AckOutcome): void {
  const { queue, rack, statistics } = c;
  const flags = queue.flags(index);
  const sentUs = queue.sentUs(index);
  const packets = queue.packets(index);
  const end = queue.end(index);
  noteRate(c, index, outcome);
  rack.delivered(sentUs, end, (flags & EVER_RETRANSMITTED) !== 0, c.tcp.nowUs, c.rtt.leastUs);
  if ((flags & EVER_RETRANSMITTED) === 0) {
    if (isBefore(queue.start(index), c.highestSacked)) noteReordering(c, queue.start(index));
    if (!isAfter(end, c.congestion.highSequence)) outcome.originalDelivered = true;
    if (outcome.sackRttUs < 0) outcome.sackRttUs = c.tcp.nowUs - sentUs;
  }
  queue.unmark(index, LOST | RETRANSMITTED);
  queue.mark(index, SACKED);
  c.highestSacked = later(c.highestSacked, end);
  outcome.newlySacked = true;
  outcome.delivered += packets;
  statistics.delivered += packets;
}

/** Something that was sent once came after what was sent later: RFC 8985 §6.2 step 3. */
export function noteReordering(c: Connection, start: number): void {
  const { rack, statistics } = c;
  rack.reorderingSeen = true;
  statistics.reorderings++;
  const metric = Math.ceil(distance(c.highestSacked, start) / c.mss);
  if (metric > c.reordering) c.reordering = Math.min(metric, MOST_REORDERING);
}

/** tcp_max_reordering. */
const MOST_REORDERING = 300;

/** Remembers the latest delivered record's state of delivery, for the rate. */
export function noteRate(c: Connection, index: number, outcome: AckOutcome): void {
  const { queue } = c;
  const delivered = queue.delivered(index);
  if (outcome.priorDelivered >= 0 && delivered <= outcome.priorDelivered) return;
  outcome.priorDelivered = delivered;
  outcome.priorDeliveredUs = queue.deliveredUs(index);
  outcome.isAppLimited = (queue.flags(index) & APP_LIMITED) !== 0;
}
