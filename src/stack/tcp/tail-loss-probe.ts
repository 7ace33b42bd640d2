import { TCP_CA_Open, TCP_CA_CWR, TCP_SYN_RECV } from "../../api/constants/tcp-option.ts";
import type { Connection } from "./connection.ts";
import { output } from "./output.ts";
import { segmentBytesNow } from "./path-mtu.ts";
import { beginReduction, endReduction } from "./prr.ts";
import { keepOpen } from "./recovery.ts";
import { IDLE, RETRANSMISSION, TAIL_LOSS_PROBE } from "./retransmission-timer.ts";
import { retransmitRecord } from "./retransmit.ts";
import { INITIAL_RTO_US } from "./rtt.ts";
import { isAfter, isBefore } from "./sequence.ts";
import type { AckOutcome } from "./ack-outcome.ts";

/** RFC 8985 §7.2: the worst delay of an acknowledgement, when only one segment is in flight. */
const WORST_DELAYED_ACK_US = 200_000;
/** The least that a probe waits besides two round trips. */
const LEAST_SLACK_US = 2_000;

/** The probe for a lost tail: RFC 8985 §7.1. */
export class TailLossProbe {
  /** TLP.end_seq, while a probe is out. */
  isOut = false;
  endSequence = 0;
  isRetransmission = false;
}

/** RFC 8985 §7.2: arms the probe timer after something was sent or acknowledged. Returns whether it did. */
export function armTailLossProbe(c: Connection): boolean {
  const { queue, congestion, retransmission, settings } = c;
  // Before the handshake's end the timer is the SYN-ACK's.
  if (c.state === TCP_SYN_RECV) return false;
  if (!settings.tailLossProbe || !c.sackOn || queue.length === 0) return false;
  if (congestion.state !== TCP_CA_Open && congestion.state !== TCP_CA_CWR) return false;
  if (c.tailLossProbe.isOut || queue.sackedOut > 0) return false;
  if (retransmission.kind > TAIL_LOSS_PROBE) return false;
  // RFC 8985 §7.2: a second, as long as nothing is measured.
  let delayUs = c.rtt.hasSample ? retransmission.timeoutUs(c) : INITIAL_RTO_US;
  if (c.rtt.hasSample) {
    const slackUs = queue.packetsOut === 1 ? WORST_DELAYED_ACK_US : LEAST_SLACK_US;
    delayUs = Math.min(delayUs, 2 * c.rtt.smoothedUs + slackUs);
  }
  // Never later than the timeout would be.
  const leftUs = queue.sentUs(0) + retransmission.timeoutUs(c) - c.tcp.nowUs;
  if (leftUs > 0) delayUs = Math.min(delayUs, leftUs);
  retransmission.set(c, TAIL_LOSS_PROBE, delayUs);
  return true;
}

/** RFC 8985 §7.3: sends new data, or the last segment again. */
export function tailLossProbeExpired(c: Connection): void {
  const { queue, retransmission, tailLossProbe, congestion } = c;
  retransmission.kind = IDLE;
  if (queue.length === 0 || tailLossProbe.isOut) {
    retransmission.restart(c);
    return;
  }
  const sentBefore = c.sndNxt;
  // One segment beyond the congestion window.
  const { size } = congestion;
  congestion.size = queue.inFlight + 1;
  output(c, false);
  congestion.size = size;
  tailLossProbe.isRetransmission = c.sndNxt === sentBefore;
  const wasSent = tailLossProbe.isRetransmission ? resendLast(c) : true;
  if (wasSent) {
    tailLossProbe.isOut = true;
    tailLossProbe.endSequence = c.sndNxt;
  }
  retransmission.set(c, RETRANSMISSION, retransmission.timeoutUs(c));
}

function resendLast(c: Connection): boolean {
  const { queue } = c;
  let last = queue.length - 1;
  const mss = segmentBytesNow(c);
  if (queue.packets(last) > 1) {
    const start = queue.start(last);
    const before = (queue.packets(last) - 1) * mss;
    if (isBefore((start + before) | 0, queue.end(last))) {
      queue.split(last, (start + before) | 0, mss);
      last++;
    }
  }
  return retransmitRecord(c, last, 1);
}

/** RFC 8985 §7.4: did the probe repair a loss? Then the window must fall as for one. */
export function tailLossProbeAcknowledged(c: Connection, acknowledgment: number, outcome: AckOutcome): void {
  const { tailLossProbe, congestion } = c;
  if (!tailLossProbe.isOut || isBefore(acknowledgment, tailLossProbe.endSequence)) return;
  if (!tailLossProbe.isRetransmission || outcome.duplicateSack) {
    // New data, or the original and the probe have both come.
    tailLossProbe.isOut = false;
  } else if (isAfter(acknowledgment, tailLossProbe.endSequence)) {
    // Acknowledged once: the original was lost.
    tailLossProbe.isOut = false;
    if (congestion.state < TCP_CA_CWR) {
      beginReduction(c);
      congestion.canUndo = false;
      congestion.state = TCP_CA_CWR;
      endReduction(c);
      keepOpen(c);
    }
  } else if (!outcome.carriesData && !outcome.windowChanged && !outcome.advanced && !outcome.newlySacked) {
    // A duplicate acknowledgement: both have come.
    tailLossProbe.isOut = false;
  }
}
