import type { Connection } from "./connection.ts";
import { mtuOf, updateMss } from "./path-mtu.ts";
import { markLost } from "./rack.ts";
import { simpleRetransmit } from "./recovery.ts";
import { distance } from "./sequence.ts";
import { RETRANSMITTED, SACKED } from "./transmit-queue.ts";

/** Has the network layer learnt of another MTU (RFC 1191 §6.4, RFC 8201 §5.4)? */
export function checkPathMtu(c: Connection): void {
  if (mtuOf(c) === c.pathMtu.knownMtu) return;
  const before = c.mss;
  updateMss(c);
  if (c.mss < before) resendTooLarge(c);
}

/** What was sent in larger segments is lost, but not by congestion: it is sent again at once (RFC 1191 §6.4). */
function resendTooLarge(c: Connection): void {
  const { queue } = c;
  let any = false;
  for (let i = 0; i < queue.length; i++) {
    if ((queue.flags(i) & SACKED) !== 0) continue;
    const largest = distance(queue.end(i), queue.start(i)) / queue.packets(i);
    queue.recount(i, c.mss);
    if (largest <= c.mss) continue;
    queue.unmark(i, RETRANSMITTED);
    markLost(c, i);
    any = true;
  }
  if (any) simpleRetransmit(c);
}
