import { TCP_RST, type TcpHeader } from "../../wire/tcp-header.ts";
import type { Connection } from "./connection.ts";
import { isAfter } from "./sequence.ts";

/** The clock ticks once a millisecond: RFC 7323 §5.4. */
const TICK_US = 1000;
/** A timestamp is too old to compare with after 24 days: RFC 7323 §5.5. */
const STALE_US = 24 * 86_400 * 1_000_000;
/** Timestamps that go back so little are let through in a duplicate acknowledgement: the peer's processors differ. */
const REPLAY_SLACK = 1;

/** What a connection's segments say now; every connection's clock has an offset of its own (RFC 7323 §5.4). */
export function timestampNow(c: Connection): number {
  return (Math.floor(c.tcp.nowUs / TICK_US) + c.timestampOffset) | 0;
}

/** The round trip that an echo measures (RFC 7323 §4.1), in microseconds; negative when it is none. */
export function echoedRttUs(c: Connection, header: TcpHeader): number {
  if (!header.hasTimestamps || header.timestampEcho === 0) return -1;
  const ticks = (timestampNow(c) - header.timestampEcho) | 0;
  if (ticks < 0) return -1;
  return Math.max(1, ticks) * TICK_US;
}

/** RFC 7323 §5.3 R1: whether the segment is older than what came before (PAWS). Resets are let through (§5.2). */
export function isOldTimestamp(c: Connection, header: TcpHeader): boolean {
  if (!c.timestampsOn || !header.hasTimestamps || (header.flags & TCP_RST) !== 0) return false;
  const ahead = (header.timestampValue - c.recentTimestamp) | 0;
  if (ahead >= 0 || c.recentTimestampUs < 0) return false;
  if (c.tcp.nowUs - c.recentTimestampUs > STALE_US) return false;
  return !isHarmlessAck(c, header, ahead);
}

/** A pure duplicate acknowledgement that was reordered a little changes nothing. */
function isHarmlessAck(c: Connection, header: TcpHeader, ahead: number): boolean {
  return (
    ahead >= -REPLAY_SLACK &&
    header.payloadStart === header.payloadEnd &&
    header.sequence === c.rcvNxt &&
    header.acknowledgment === c.sndUna
  );
}

/** RFC 7323 §4.3: TS.Recent is taken from what covers the last acknowledgement sent. */
export function noteTimestamp(c: Connection, header: TcpHeader): void {
  if (!header.hasTimestamps || !c.timestampsOn) return;
  if (isAfter(header.sequence, c.receiveWindow.updatedAt)) return;
  if (((header.timestampValue - c.recentTimestamp) | 0) < 0 && c.recentTimestampUs >= 0) {
    if (c.tcp.nowUs - c.recentTimestampUs <= STALE_US) return;
  }
  c.recentTimestamp = header.timestampValue;
  c.recentTimestampUs = c.tcp.nowUs;
}
