import type { Connection } from "./connection.ts";
import { timestampNow } from "./timestamps.ts";

/** What the timer waits for. */
export const IDLE = 0;
/** RFC 6298 §5. */
export const RETRANSMISSION = 1;
/** RFC 8985 §7.2. */
export const TAIL_LOSS_PROBE = 2;
/** RFC 8985 §6.2 step 5: the reordering window ends. */
export const REORDERING = 3;
/** RFC 9293 §3.8.6.1. */
export const PROBE = 4;

/** The timeout doubles so often at most: RFC 6298 §5.5 with its maximum does the rest. */
const MOST_DOUBLINGS = 30;

/** RFC 5482 §3: a delay, cut off where the program's patience ends that began at `sinceUs`. */
function withinUserTimeout(c: Connection, delayUs: number, sinceUs: number): number {
  const userUs = c.settings.userTimeoutMs * 1000;
  if (userUs === 0) return delayUs;
  return Math.max(1, Math.min(delayUs, sinceUs + userUs - c.tcp.nowUs));
}

/** The timer of what is sent, of which there is one, as in Linux: each kind excludes the others. */
export class RetransmissionTimer {
  kind: number = IDLE;
  atUs: number = Infinity;
  /** RFC 6298 §5.5: how often the timeout has doubled. */
  backoff = 0;
  /** Timeouts in a row, and when the first retransmission of them was; 0 when there is none. */
  timeouts = 0;
  firstUs = 0;
  /** What timestamps said then. */
  firstTimestamp = 0;
  /** Probes of a zero window that were not answered, and when the first of them was; negative when there is none. */
  probesOut = 0;
  probeStartUs = -1;

  /** RFC 6298 §5.5: the timeout with its backoff. */
  timeoutUs(c: Connection): number {
    const { rtoMinUs, rtoMaxUs } = c.settings;
    return Math.min(rtoMaxUs, c.rtt.timeoutUs(rtoMinUs, rtoMaxUs) * 2 ** Math.min(this.backoff, MOST_DOUBLINGS));
  }

  /** How long the next probe of a zero window waits: RFC 9293 §3.8.6.1. */
  probeDelayUs(c: Connection): number {
    const delayUs = Math.max(c.settings.rtoMinUs, this.timeoutUs(c));
    return this.probeStartUs < 0 ? delayUs : withinUserTimeout(c, delayUs, this.probeStartUs);
  }

  /** The next timeout of data that was sent again: it is no later than TCP_USER_TIMEOUT has it. */
  again(c: Connection): void {
    this.set(c, RETRANSMISSION, withinUserTimeout(c, this.timeoutUs(c), this.firstUs));
  }

  /** The first retransmission of an episode leaves. */
  firstSent(c: Connection): void {
    this.firstUs = Math.max(1, c.tcp.nowUs);
    this.firstTimestamp = timestampNow(c);
  }

  set(c: Connection, kind: number, delayUs: number): void {
    this.kind = kind;
    this.atUs = c.tcp.nowUs + delayUs;
    c.schedule(this.atUs);
  }

  stop(): void {
    this.kind = IDLE;
    this.atUs = Infinity;
  }

  /** RFC 6298 §5.3: something new was acknowledged, so the time runs from now. */
  restart(c: Connection): void {
    if (c.queue.length === 0) this.stop();
    else this.set(c, RETRANSMISSION, this.timeoutUs(c));
  }

  /** The timer ran for something else: its timeout counts from when the first record was sent. */
  resume(c: Connection): void {
    if (c.queue.length === 0) {
      this.stop();
      return;
    }
    const passedUs = c.tcp.nowUs - c.queue.sentUs(0);
    this.set(c, RETRANSMISSION, Math.max(1, this.timeoutUs(c) - passedUs));
  }

  /** RFC 6298 §5.1: runs when something is in flight. */
  ensure(c: Connection): void {
    if (this.kind === IDLE || this.kind === PROBE) this.restart(c);
  }
}
