import { TCP_CLOSE_WAIT, TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_FIN_WAIT2 } from "../../api/constants/tcp-option.ts";
import { TCP_ACK } from "../../wire/tcp-header.ts";
import type { Connection } from "./connection.ts";
import { sendSegment } from "./segment.ts";

const SECOND_US = 1_000_000;

/** Keep-alive: RFC 9293 §3.8.4. */
export class KeepAlive {
  /** When the connection is looked at next; Infinity while SO_KEEPALIVE is off. */
  atUs: number = Infinity;
  /** When the peer was heard last. */
  heardUs = 0;
  /** Probes that were not answered. */
  probes = 0;

  heard(nowUs: number): void {
    this.heardUs = nowUs;
    this.probes = 0;
  }
}

/** SO_KEEPALIVE or its times were set, or the connection was established. */
export function startKeepAlive(c: Connection): void {
  const { keepAlive, settings } = c;
  if (!settings.keepAlive || !isIdleState(c.state)) {
    keepAlive.atUs = Infinity;
    return;
  }
  keepAlive.atUs = Math.max(c.tcp.nowUs, keepAlive.heardUs + settings.keepAliveIdleS * SECOND_US);
  c.schedule(keepAlive.atUs);
}

function isIdleState(state: number): boolean {
  return state === TCP_ESTABLISHED || state === TCP_CLOSE_WAIT || state === TCP_FIN_WAIT1 || state === TCP_FIN_WAIT2;
}

/** The time has come to look whether the peer is there. */
export function keepAliveExpired(c: Connection): void {
  const { keepAlive, settings, tcp } = c;
  if (!settings.keepAlive || !isIdleState(c.state)) {
    keepAlive.atUs = Infinity;
    return;
  }
  const silentUs = tcp.nowUs - keepAlive.heardUs;
  const idleUs = settings.keepAliveIdleS * SECOND_US;
  // Data in flight has a timer of its own.
  if (c.queue.length > 0 || c.hasUnsent) {
    again(c, idleUs);
    return;
  }
  if (silentUs < idleUs) {
    again(c, idleUs - silentUs);
    return;
  }
  const userUs = settings.userTimeoutMs * 1000;
  const isOver = userUs > 0 ? keepAlive.probes > 0 && silentUs >= userUs : keepAlive.probes >= settings.keepAliveProbes;
  if (isOver) {
    c.abortSilently();
    return;
  }
  // RFC 9293 §3.8.4: a number that is out of the window makes the peer answer.
  sendSegment(c, (c.sndUna - 1) | 0, TCP_ACK, 0, 0, false);
  keepAlive.probes++;
  again(c, settings.keepAliveIntervalS * SECOND_US);
}

function again(c: Connection, delayUs: number): void {
  c.keepAlive.atUs = c.tcp.nowUs + Math.max(1, delayUs);
  c.schedule(c.keepAlive.atUs);
}
