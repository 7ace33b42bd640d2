import { TCP_CA_Loss } from "../../api/constants/tcp-option.ts";
import type { Connection } from "./connection.ts";
import { markLost } from "./rack.ts";
import { retransmitLost } from "./retransmit.ts";
import { distance } from "./sequence.ts";
import { RETRANSMITTED, SACKED } from "./transmit-queue.ts";

/** What was sent in larger segments than fit now goes again at once, and the window stays (RFC 1191 §6.4). */
export function simpleRetransmit(c: Connection): void {
  const { queue } = c;
  for (let i = 0; i < queue.length; i++) {
    if ((queue.flags(i) & SACKED) !== 0) continue;
    const largest = distance(queue.end(i), queue.start(i)) / queue.packets(i);
    queue.recount(i, c.mss);
    if (largest <= c.mss) continue;
    queue.unmark(i, RETRANSMITTED);
    markLost(c, i);
  }
  if (queue.lostOut > 0) retransmitWithoutCongestion(c);
}

/** What is marked as lost goes again; the network is not to blame. */
export function retransmitWithoutCongestion(c: Connection): void {
  const { congestion } = c;
  if (congestion.state !== TCP_CA_Loss) {
    congestion.highSequence = c.sndNxt;
    congestion.threshold = Math.max(congestion.threshold, (congestion.size * 3) >> 2);
    congestion.priorThreshold = 0;
    congestion.canUndo = false;
    congestion.state = TCP_CA_Loss;
    c.forwardRto = false;
  }
  retransmitLost(c);
}
