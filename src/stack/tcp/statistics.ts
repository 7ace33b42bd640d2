import type { TcpHeader } from "../../wire/tcp-header.ts";
import type { Packet } from "../packet.ts";

/** What a connection counts in its life, for TCP_INFO. */
export class Statistics {
  segmentsIn = 0;
  segmentsOut = 0;
  dataSegmentsIn = 0;
  dataSegmentsOut = 0;
  bytesSent = 0;
  bytesRetransmitted = 0;
  bytesAcknowledged = 0;
  bytesReceived = 0;
  retransmissions = 0;
  duplicateSacks = 0;
  reorderings = 0;
  outOfOrderIn = 0;
  /** Segments delivered, and those of them that were marked; segments that were marked lost. */
  delivered = 0;
  deliveredMarked = 0;
  lost = 0;
  receivedMarked = 0;
  /** When the last of `delivered` was. */
  deliveredUs = 0;
  /** The latest rate: segments in so many microseconds. */
  rateDelivered = 0;
  rateUs = 0;
  rateAppLimited = true;
  /** Below this many delivered segments the program was the limit; 0 when it is not. At first it is. */
  appLimitedUntil = 0.5;
  timeouts = 0;
  timeoutRecoveries = 0;
  timeoutUs = 0;
  #timeoutSinceUs = 0;
  lastDataSentUs = 0;
  lastAckSentUs = 0;
  lastDataReceivedUs = 0;
  lastAckReceivedUs = 0;
  /** Time with data to send, and what held it back: tcpi_busy_time and its siblings. */
  busyUs = 0;
  windowLimitedUs = 0;
  bufferLimitedUs = 0;
  #chrono = CHRONO_IDLE;
  #chronoSinceUs = 0;

  /** A segment, or several that came as one. */
  arrived(packet: Packet, header: TcpHeader): void {
    const segments = segmentsIn(packet, header);
    this.segmentsIn += segments;
    if (header.payloadEnd > header.payloadStart) this.dataSegmentsIn += segments;
  }

  begin(nowUs: number): void {
    this.lastDataSentUs = this.lastAckSentUs = this.lastDataReceivedUs = this.lastAckReceivedUs = nowUs;
    this.deliveredUs = nowUs;
  }

  /** A listener has made the connection: its SYN came, and its SYN-ACK was sent again so often. */
  accepted(retransmissions: number, timeouts: number): void {
    this.segmentsIn = 1;
    this.retransmissions = retransmissions;
    this.timeouts = timeouts;
    this.timeoutRecoveries = timeouts > 0 ? 1 : 0;
  }

  /** What the sender does from now on: one of CHRONO_…. */
  chrono(what: number, nowUs: number): void {
    if (what === this.#chrono) return;
    this.#settle(nowUs);
    this.#chrono = what;
  }

  /** Brings the times up to now. */
  settle(nowUs: number): void {
    this.#settle(nowUs);
  }

  timedOut(nowUs: number): void {
    this.timeouts++;
    if (this.#timeoutSinceUs !== 0) return;
    this.#timeoutSinceUs = Math.max(1, nowUs);
    this.timeoutRecoveries++;
  }

  /** What was sent again after a timeout is acknowledged. */
  timeoutRecovered(nowUs: number): void {
    if (this.#timeoutSinceUs === 0) return;
    this.timeoutUs += nowUs - this.#timeoutSinceUs;
    this.#timeoutSinceUs = 0;
  }

  #settle(nowUs: number): void {
    const passedUs = nowUs - this.#chronoSinceUs;
    this.#chronoSinceUs = nowUs;
    if (this.#chrono === CHRONO_IDLE) return;
    this.busyUs += passedUs;
    if (this.#chrono === CHRONO_WINDOW_LIMITED) this.windowLimitedUs += passedUs;
    if (this.#chrono === CHRONO_BUFFER_LIMITED) this.bufferLimitedUs += passedUs;
  }
}

export const CHRONO_IDLE = 0;
export const CHRONO_BUSY = 1;
export const CHRONO_WINDOW_LIMITED = 2;
export const CHRONO_BUFFER_LIMITED = 3;

/** How many segments a super-segment was put together from. */
export function segmentsIn(packet: Packet, header: TcpHeader): number {
  if (packet.segmentBytes === 0) return 1;
  return Math.max(1, Math.ceil((header.payloadEnd - header.payloadStart) / packet.segmentBytes));
}
