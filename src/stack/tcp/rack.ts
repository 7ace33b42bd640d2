import { TCP_CA_Recovery } from "../../api/constants/tcp-option.ts";
import type { Connection } from "./connection.ts";
import { isAfter } from "./sequence.ts";
import { EVER_RETRANSMITTED, LOST, RETRANSMITTED, SACKED } from "./transmit-queue.ts";

/** RFC 8985 §5.3: DupThresh. */
export const DUPLICATE_THRESHOLD = 3;
/** RFC 8985 §6.2 step 4: recoveries for which a wider reordering window is kept. */
const PERSISTENCE = 16;
/** Steps of a quarter of the least round trip that the reordering window grows to. */
const MOST_STEPS = 255;

/** What RACK knows: RFC 8985 §5.2. */
export class Rack {
  /** When the latest delivered segment was sent, and its end. */
  sentUs = -1;
  endSequence = 0;
  rttUs = 0;
  /** RACK.reo_wnd_mult, and RACK.reo_wnd_persist. */
  steps = 1;
  persistence = 0;
  /** RACK.reordering_seen. */
  reorderingSeen = false;
  /** A duplicate was reported since `roundEnd` was set. */
  duplicateSeen = false;
  roundEnd = 0;

  /** RFC 8985 §6.2 step 2: a segment was delivered. */
  delivered(sentUs: number, endSequence: number, wasRetransmitted: boolean, nowUs: number, leastRttUs: number): void {
    const rttUs = nowUs - sentUs;
    // So fast that it must be the original that arrived.
    if (wasRetransmitted && rttUs < leastRttUs) return;
    this.rttUs = rttUs;
    if (sentUs > this.sentUs || (sentUs === this.sentUs && isAfter(endSequence, this.endSequence))) {
      this.sentUs = sentUs;
      this.endSequence = endSequence;
    }
  }

  /** RFC 8985 §6.2 step 4: the reordering window grows with duplicates, and shrinks again after enough recoveries. */
  adapt(acknowledged: number, sent: number, duplicate: boolean, hasRecovered: boolean): void {
    // One step a round trip: RACK.dsack_round.
    if (duplicate && (!this.duplicateSeen || !isAfter(this.roundEnd, acknowledged))) {
      this.duplicateSeen = true;
      this.roundEnd = sent;
      this.steps = Math.min(MOST_STEPS, this.steps + 1);
      this.persistence = PERSISTENCE;
    } else if (hasRecovered && this.persistence > 0) {
      this.persistence--;
      if (this.persistence === 0) this.steps = 1;
    }
  }
}

/** RFC 8985 §6.2 step 4: RACK_update_reo_wnd. */
function reorderingWindowUs(c: Connection): number {
  const { rack, congestion, queue } = c;
  if (!rack.reorderingSeen) {
    if (congestion.state >= TCP_CA_Recovery || queue.sackedOut >= DUPLICATE_THRESHOLD) return 0;
  }
  const leastUs = c.rtt.leastUs === Infinity ? 0 : c.rtt.leastUs;
  return Math.min((leastUs / 4) * rack.steps, c.rtt.smoothedUs);
}

/**
 * RFC 8985 §6.2 step 5: marks as lost what was sent so long before the latest delivered segment that it should have
 * come
 * by now. Returns in how many microseconds the next one is due; 0 when none is.
 */
export function detectLoss(c: Connection): number {
  const { rack, queue } = c;
  if (rack.sentUs < 0) return 0;
  const nowUs = c.tcp.nowUs;
  const windowUs = reorderingWindowUs(c);
  let waitUs = 0;
  for (let i = 0; i < queue.length; i++) {
    const flags = queue.flags(i);
    if ((flags & SACKED) !== 0) continue;
    if ((flags & LOST) !== 0 && (flags & RETRANSMITTED) === 0) continue;
    const sentUs = queue.sentUs(i);
    if (sentUs > rack.sentUs || (sentUs === rack.sentUs && !isAfter(rack.endSequence, queue.end(i)))) {
      // What was never sent again is in the order of time: all that follows is younger.
      if ((flags & EVER_RETRANSMITTED) === 0 && queue.retransmittedOut === 0) break;
      continue;
    }
    const leftUs = sentUs + rack.rttUs + windowUs - nowUs;
    if (leftUs <= 0) markLost(c, i);
    else if (leftUs > waitUs) waitUs = leftUs;
  }
  return waitUs;
}

/** The record is lost, its retransmission too when it has one. */
export function markLost(c: Connection, index: number): void {
  const { queue } = c;
  const flags = queue.flags(index);
  if ((flags & (LOST | RETRANSMITTED)) === LOST || (flags & SACKED) !== 0) return;
  queue.unmark(index, RETRANSMITTED);
  queue.mark(index, LOST);
  c.statistics.lost += queue.packets(index);
}
