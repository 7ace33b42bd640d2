import type { Connection } from "./connection.ts";
import { isAfter } from "./sequence.ts";

/** How long TCP_CORK holds a part of a segment back: tcp(7). */
const CORK_US = 200_000;

/**
 * Whether the last, small part of the data waits for more: Nagle's algorithm (RFC 9293 §3.7.4) in Minshall's form,
 * which
 * waits only while another small segment is in flight, and TCP_CORK.
 */
export function delaysSmall(c: Connection, partial: number, mss: number): boolean {
  const { settings } = c;
  if (partial >= mss) return false;
  if (c.sendEnded || c.urgent.isSending) return false;
  if (settings.cork || c.moreFollows) {
    if (c.corkAtUs !== Infinity && c.corkAtUs <= c.tcp.nowUs) return false;
    if (c.corkAtUs === Infinity && c.queue.packetsOut === 0) {
      c.corkAtUs = c.tcp.nowUs + CORK_US;
      c.schedule(c.corkAtUs);
    }
    return true;
  }
  if (settings.noDelay) return false;
  return c.queue.packetsOut > 0 && isAfter(c.smallEnd, c.sndUna) && !isAfter(c.smallEnd, c.sndNxt);
}
