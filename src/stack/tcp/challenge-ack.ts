import type { Connection } from "./connection.ts";
import { sendAck } from "./segment.ts";

/** Challenge acknowledgements of a stack in a second: RFC 5961 §7, tcp_challenge_ack_limit. */
const MOST_PER_SECOND = 1000;
const SECOND_US = 1_000_000;
/** Of one connection, the least time between two: tcp_invalid_ratelimit. */
const LEAST_INTERVAL_US = 500_000;

/** How many challenge acknowledgements have left lately. */
export class ChallengeAckLimit {
  #sinceUs = -Infinity;
  #count = 0;

  /** Whether one more may leave. */
  take(nowUs: number): boolean {
    if (nowUs - this.#sinceUs >= SECOND_US) {
      this.#sinceUs = nowUs;
      this.#count = 0;
    }
    if (this.#count >= MOST_PER_SECOND) return false;
    this.#count++;
    return true;
  }
}

/** Tells the peer where this side is, in answer to what may be an attack: RFC 5961 §3.2, §4.2, §5.2. */
export function sendChallengeAck(c: Connection): void {
  if (!mayAnswer(c) || !c.tcp.challenges.take(c.tcp.nowUs)) return;
  sendAck(c);
}

/** A segment out of the window is answered, but not a storm of them: two confused ends must not answer each other. */
export function sendDuplicateAck(c: Connection, hasData: boolean): void {
  if (hasData || mayAnswer(c)) sendAck(c);
}

/** Whether it is long enough since what was no progress was answered last. */
export function mayAnswer(c: Connection): boolean {
  const nowUs = c.tcp.nowUs;
  if (nowUs - c.lastChallengeUs < LEAST_INTERVAL_US) return false;
  c.lastChallengeUs = nowUs;
  return true;
}
