import type { Connection } from "./connection.ts";
import { sendAck } from "./segment.ts";
import { distance } from "./sequence.ts";

/** TCP_ATO_MIN and TCP_DELACK_MIN: the least delay. */
export const LEAST_DELAY_US = 40_000;
/** Segments that are acknowledged at once at the start: TCP_MAX_QUICKACKS. */
const MOST_QUICK = 16;
const NEVER = Infinity;

/** No acknowledgement is owed; one may wait; one leaves with the end of the batch. */
const NOTHING_OWED = 0;
const MAY_WAIT = 1;
const AT_ONCE = 2;

/** When received data is acknowledged: RFC 9293 §3.8.6.3, RFC 5681 §4.2, with Linux's quick start. */
export class DelayedAck {
  #owed = NOTHING_OWED;
  /** When a delayed one leaves. */
  atUs: number = NEVER;
  /** Data is answered with data, so an acknowledgement can travel with it: Linux's pingpong mode. */
  isInteractive = false;
  /** Acknowledgements that still leave at once. */
  quick = 0;
  /** The delay, from the time between segments; 0 before the first. */
  delayUs = 0;
  /** When data came last. */
  lastUs = 0;
  /** Whether the connection waits for the end of the batch in `Tcp`. */
  isListed = false;

  get isOwed(): boolean {
    return this.#owed !== NOTHING_OWED;
  }

  get isOwedAtOnce(): boolean {
    return this.#owed === AT_ONCE;
  }

  /** An acknowledgement leaves with whatever is sent now. */
  sent(segments: number): void {
    this.#owed = NOTHING_OWED;
    this.atUs = NEVER;
    if (this.quick > segments) this.quick -= segments;
    else if (this.quick > 0) {
      this.quick = 0;
      this.delayUs = LEAST_DELAY_US;
    }
  }

  owe(): void {
    if (this.#owed === NOTHING_OWED) this.#owed = MAY_WAIT;
  }

  oweAtOnce(): void {
    this.#owed = AT_ONCE;
  }

  /** The next acknowledgements leave at once: at the start, and after a hole or a pause. */
  beQuick(windowBytes: number, segmentBytes: number, most: number = MOST_QUICK): void {
    const count = Math.max(2, Math.floor(windowBytes / (2 * Math.max(1, segmentBytes))));
    this.quick = Math.max(this.quick, Math.min(count, most));
    this.isInteractive = false;
    this.delayUs = LEAST_DELAY_US;
  }

  /** The delay follows the time between segments. */
  dataArrived(nowUs: number, timeoutUs: number): boolean {
    const passedUs = nowUs - this.lastUs;
    this.lastUs = nowUs;
    if (this.delayUs === 0) return true;
    if (passedUs <= LEAST_DELAY_US / 2) {
      this.delayUs = this.delayUs / 2 + LEAST_DELAY_US / 2;
    } else if (passedUs < this.delayUs) {
      this.delayUs = Math.min(this.delayUs / 2 + passedUs, timeoutUs);
    } else if (passedUs > timeoutUs) {
      // So long a pause, that the sender begins again with a small window.
      return true;
    }
    return false;
  }
}

/** Data was received: its acknowledgement leaves at the end of the batch, or waits. */
export function acknowledgeLater(c: Connection): void {
  const { ack } = c;
  ack.owe();
  const unacknowledged = distance(c.rcvNxt, c.receiveWindow.updatedAt);
  // RFC 5681 §4.2: at least every second full segment; at once out of order.
  const isSecond = unacknowledged > c.receiveWindow.segmentBytes;
  const isQuick = c.settings.quickAck === true || (ack.quick > 0 && !ack.isInteractive);
  if (isSecond || isQuick || c.receive.ranges.count > 0 || ack.isOwedAtOnce) {
    acknowledgeAtOnce(c);
    return;
  }
  delay(c);
}

/** An acknowledgement leaves at the end of the batch. */
export function acknowledgeAtOnce(c: Connection): void {
  c.ack.oweAtOnce();
  if (c.ack.isListed) return;
  c.ack.isListed = true;
  c.tcp.owing.push(c);
}

function delay(c: Connection): void {
  const { ack, tcp } = c;
  const mostUs = Math.min(c.settings.delayedAckMaxUs, 200_000);
  // An acknowledgement must not be late for the sender's timeout.
  const roundTripUs = c.rtt.hasSample ? Math.max(c.rtt.smoothedUs, LEAST_DELAY_US) : mostUs;
  const delayUs = Math.min(Math.max(ack.delayUs, LEAST_DELAY_US), mostUs, roundTripUs);
  const atUs = tcp.nowUs + delayUs;
  if (ack.atUs !== NEVER && ack.atUs <= atUs) return;
  ack.atUs = atUs;
  c.schedule(atUs);
}

/** The delay is over. */
export function delayedAckExpired(c: Connection): void {
  const { ack } = c;
  ack.atUs = NEVER;
  if (!ack.isOwed) return;
  if (ack.isInteractive) {
    // No answer came to travel with.
    ack.isInteractive = false;
    ack.delayUs = LEAST_DELAY_US;
  } else {
    ack.delayUs = Math.min(ack.delayUs * 2, c.retransmission.timeoutUs(c));
  }
  sendAck(c);
}
