import { TCP_CA_CWR, TCP_CA_Open, TCP_CA_Recovery } from "../../api/constants/tcp-option.ts";
import type { TcpHeader } from "../../wire/tcp-header.ts";
import type { Connection } from "./connection.ts";
import { LOST } from "./transmit-queue.ts";

/** The window is about to be reduced for a loss that may turn out to be none. */
export function rememberForUndo(c: Connection): void {
  const { congestion, queue } = c;
  const isReducing = congestion.state === TCP_CA_CWR || congestion.state === TCP_CA_Recovery;
  congestion.priorThreshold = isReducing
    ? congestion.threshold
    : Math.max(congestion.threshold, (congestion.size * 3) >> 2);
  congestion.priorSize = congestion.size;
  congestion.canUndo = true;
  congestion.undoMarker = c.sndUna;
  congestion.undoRetransmissions = queue.retransmittedOut > 0 ? queue.retransmittedOut : -1;
}

/**
 * Every retransmission was reported as a duplicate, or the original's own echo came: RFC 3708, RFC 4015, RFC 3522
 * §3.2.
 */
export function mayUndo(c: Connection, header: TcpHeader): boolean {
  const { congestion } = c;
  return congestion.canUndo && (congestion.undoRetransmissions === 0 || isEchoOfOriginal(c, header));
}

/** The acknowledgement echoes a timestamp from before the first retransmission: Eifel detection, RFC 3522 §3.2. */
export function isEchoOfOriginal(c: Connection, header: TcpHeader): boolean {
  const { retransmission } = c;
  if (!c.timestampsOn || !header.hasTimestamps || header.timestampEcho === 0 || retransmission.firstUs === 0)
    return false;
  return ((header.timestampEcho - retransmission.firstTimestamp) | 0) < 0;
}

/** The reduction is taken back: RFC 4015 §3.2. */
export function undoReduction(c: Connection, unmarkLost: boolean): void {
  const { congestion, queue } = c;
  if (unmarkLost) {
    for (let i = 0; i < queue.length; i++) if ((queue.flags(i) & LOST) !== 0) queue.unmark(i, LOST);
  }
  if (congestion.priorThreshold > 0) {
    congestion.set(Math.max(congestion.size, congestion.priorSize));
    congestion.threshold = Math.max(congestion.threshold, congestion.priorThreshold);
  }
  congestion.canUndo = false;
}

/** Back to normal after a timeout that was spurious. Returns whether it was. */
export function undoTimeout(c: Connection, header: TcpHeader, isKnownSpurious: boolean): boolean {
  if (!isKnownSpurious && !mayUndo(c, header)) return false;
  undoReduction(c, true);
  c.retransmission.timeouts = 0;
  if (isHeldByReno(c)) return true;
  if (isKnownSpurious || c.sackOn) c.congestion.state = TCP_CA_Open;
  return true;
}

/** Without SACK, duplicates of the last window must not begin a new recovery: RFC 6582 §4. */
export function isHeldByReno(c: Connection): boolean {
  return !c.sackOn && c.sndUna === c.congestion.highSequence;
}
