import { TCP_SYN_RECV, TCP_SYN_SENT } from "../../api/constants/tcp-option.ts";
import { TCP_ACK, TCP_CWR, TCP_ECE, TCP_SYN } from "../../wire/tcp-header.ts";
import type { Connection } from "./connection.ts";
import { delayedAckExpired } from "./delayed-ack.ts";
import { keepAliveExpired } from "./keep-alive.ts";
import { output } from "./output.ts";
import { patienceUs, reorderingExpired, retransmissionExpired } from "./retransmission-timeout.ts";
import { PROBE, REORDERING, RETRANSMISSION, TAIL_LOSS_PROBE } from "./retransmission-timer.ts";
import { INITIAL_RTO_US } from "./rtt.ts";
import { sendSyn } from "./segment.ts";
import { tailLossProbeExpired } from "./tail-loss-probe.ts";
import { probeExpired } from "./zero-window-probe.ts";

/** The connection's one timer has gone off: whatever is due happens, and it is set to what comes next. */
export function connectionExpired(c: Connection, nowUs: number): void {
  if (c.finWaitUntilUs <= nowUs) {
    // RFC 9293 §3.6.1 leaves FIN-WAIT-2 open; nobody is there to wait for (tcp_fin_timeout).
    c.ended(0);
    return;
  }
  if (c.ack.atUs <= nowUs) delayedAckExpired(c);
  if (c.corkAtUs <= nowUs) {
    output(c);
    c.corkAtUs = Infinity;
  }
  if (!c.isClosed && c.retransmission.atUs <= nowUs) retransmissionTimerExpired(c);
  if (!c.isClosed && c.keepAlive.atUs <= nowUs) keepAliveExpired(c);
  if (c.isClosed) return;
  const nextUs = Math.min(c.ack.atUs, c.corkAtUs, c.retransmission.atUs, c.keepAlive.atUs, c.finWaitUntilUs);
  if (nextUs !== Infinity) c.schedule(nextUs);
}

function retransmissionTimerExpired(c: Connection): void {
  const { retransmission } = c;
  retransmission.atUs = Infinity;
  if (c.state === TCP_SYN_SENT || c.state === TCP_SYN_RECV) {
    synExpired(c);
    return;
  }
  switch (retransmission.kind) {
    case RETRANSMISSION:
      retransmissionExpired(c);
      return;
    case TAIL_LOSS_PROBE:
      tailLossProbeExpired(c);
      return;
    case REORDERING:
      reorderingExpired(c);
      return;
    case PROBE:
      probeExpired(c);
      return;
    default:
  }
}

/** RFC 9293 §3.8.3, MUST-23: the SYN has its own patience. */
function synExpired(c: Connection): void {
  const { retransmission, settings } = c;
  const isActive = c.state === TCP_SYN_SENT;
  if (isSynGivenUp(c, isActive)) {
    c.timedOut();
    return;
  }
  if (retransmission.firstUs === 0) retransmission.firstSent(c);
  retransmission.timeouts++;
  c.statistics.timedOut(c.tcp.nowUs);
  // Linux does not back off at first: a SYN that was lost is a cheap one.
  if (!isActive || retransmission.timeouts > settings.synLinearTimeouts) retransmission.backoff++;
  c.statistics.retransmissions++;
  // RFC 3168 §6.1.1.1: a SYN that asks for ECN may be what is dropped on the way.
  if (retransmission.timeouts > 1) c.asksForEcn = false;
  sendSyn(c, isActive ? synFlags(c) : synAckFlags(c));
  const userUs = settings.userTimeoutMs === 0 ? Infinity : c.synSentUs + settings.userTimeoutMs * 1000 - c.tcp.nowUs;
  retransmission.set(c, RETRANSMISSION, Math.max(1, Math.min(userUs, retransmission.timeoutUs(c))));
}

/** So many timeouts, or the time that so many would take if each were twice the one before. */
function isSynGivenUp(c: Connection, isActive: boolean): boolean {
  const { settings } = c;
  const { timeouts } = c.retransmission;
  if (c.isFastOpened) return timeouts >= settings.synAckRetries;
  if (timeouts >= settings.synRetries + (isActive ? settings.synLinearTimeouts : 0)) return true;
  if (timeouts === 0) return false;
  const passedUs = c.tcp.nowUs - c.synSentUs;
  if (settings.userTimeoutMs > 0) return passedUs >= settings.userTimeoutMs * 1000;
  return passedUs >= patienceUs(INITIAL_RTO_US, settings.rtoMaxUs, settings.synRetries);
}

/** The flags of the answer to a SYN: RFC 3168 §6.1.1. */
export function synAckFlags(c: Connection): number {
  return c.isFastOpened && c.ecn.isOn ? TCP_SYN | TCP_ACK | TCP_ECE : TCP_SYN | TCP_ACK;
}

/** The flags of an active open: RFC 3168 §6.1.1. */
export function synFlags(c: Connection): number {
  return c.asksForEcn ? TCP_SYN | TCP_ECE | TCP_CWR : TCP_SYN;
}
