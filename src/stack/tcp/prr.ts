import { TCP_CA_CWR } from "../../api/constants/tcp-option.ts";
import { NO_THRESHOLD } from "./congestion/window.ts";
import type { Connection } from "./connection.ts";

/** Recovery begins, or a mark was seen: the window is to fall to `threshold`, evenly (RFC 6937 §3). */
export function beginReduction(c: Connection): void {
  const { congestion } = c;
  congestion.highSequence = c.sndNxt;
  c.tailLossProbe.isOut = false;
  congestion.priorSize = congestion.size;
  congestion.prrDelivered = 0;
  congestion.prrOut = 0;
  congestion.threshold = c.control.reduced(congestion);
  if (c.ecn.isOn) c.ecn.queueReduced();
}

/** RFC 6937 §3: how much may be sent for what was delivered. */
export function reduceProportionally(c: Connection, delivered: number, lost: number, advanced: boolean): void {
  const { congestion } = c;
  if (delivered <= 0 || congestion.priorSize === 0) return;
  const inFlight = c.queue.inFlight;
  congestion.prrDelivered += delivered;
  let count: number;
  if (inFlight > congestion.threshold) {
    const share = Math.ceil((congestion.threshold * congestion.prrDelivered) / congestion.priorSize);
    count = share - congestion.prrOut;
  } else {
    // The slow-start reduction bound when there is progress without loss, else the conservative one.
    count = Math.max(congestion.prrDelivered - congestion.prrOut, delivered);
    if (advanced && lost === 0) count++;
    count = Math.min(congestion.threshold - inFlight, count);
  }
  // The first retransmission leaves whatever the count.
  count = Math.max(count, congestion.prrOut > 0 ? 0 : 1);
  congestion.set(inFlight + count);
}

/** The reduction is over: the window is what it was to fall to, unless the reduction was undone. */
export function endReduction(c: Connection): void {
  const { congestion } = c;
  const isUndone = congestion.state !== TCP_CA_CWR && !congestion.canUndo;
  if (!isUndone && congestion.threshold < NO_THRESHOLD) congestion.set(congestion.threshold);
}
