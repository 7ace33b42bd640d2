import { TCP_CA_Recovery, TCP_CA_Loss } from "../../api/constants/tcp-option.ts";
import type { Connection } from "./connection.ts";
import { segmentBytesNow, segmentsTogether } from "./path-mtu.ts";
import { dataFlags, sendSegment } from "./segment.ts";
import { distance, isAfter, isBefore } from "./sequence.ts";
import { FIN_RECORD, LOST, RETRANSMITTED, SACKED, segmentsOf } from "./transmit-queue.ts";

/** Sends lost records again as far as the congestion window allows: RFC 6675 §5, RFC 6937. */
export function retransmitLost(c: Connection): void {
  const { queue, congestion } = c;
  if (queue.lostOut === 0 || congestion.state < TCP_CA_Recovery) return;
  let isFirst = true;
  let wasSent = false;
  for (let i = 0; i < queue.length; i++) {
    const quota = congestion.size - queue.inFlight;
    if (quota <= 0) break;
    const flags = queue.flags(i);
    if ((flags & LOST) === 0 || (flags & (SACKED | RETRANSMITTED)) !== 0) continue;
    if (!retransmitRecord(c, i, quota)) break;
    wasSent = true;
    if (isFirst && i === 0) c.retransmission.restart(c);
    isFirst = false;
    if (congestion.state === TCP_CA_Recovery) congestion.prrOut += queue.packets(i);
  }
  if (wasSent) c.retransmission.ensure(c);
}

/**
 * Sends a record again, or its first `most` segments. Returns false when it did not leave: the peer's window has shrunk
 * before it.
 */
export function retransmitRecord(c: Connection, index: number, most: number): boolean {
  const { queue, tcp, statistics } = c;
  const mss = segmentBytesNow(c);
  const { search } = c.pathMtu;
  // Whatever is lost, the probe tells nothing any more.
  if (search !== undefined) search.probeMtu = 0;
  const start = queue.start(index);
  const windowEnd = (c.sndUna + c.sndWnd) | 0;
  let bytes = distance(queue.end(index), start);
  if (!isBefore(start, windowEnd) && start !== c.sndUna) return false;
  // Into a window that closed, one segment goes as a probe.
  let fits = isAfter(queue.end(index), windowEnd) ? Math.max(mss, distance(windowEnd, start)) : bytes;
  fits = Math.min(fits, most * mss, segmentsTogether(mss) * mss);
  if (fits < bytes) {
    queue.split(index, (start + fits) | 0, mss);
    bytes = fits;
  } else if (queue.packets(index) !== segmentsOf(bytes, mss)) {
    queue.recount(index, mss);
  }
  const packets = queue.packets(index);
  const hasFin = (queue.flags(index) & FIN_RECORD) !== 0;
  const length = hasFin ? bytes - 1 : bytes;
  if ((queue.flags(index) & LOST) === 0 && c.congestion.state === TCP_CA_Loss) queue.mark(index, LOST);
  const result = sendSegment(c, start, dataFlags(c, (start + length) | 0, length, hasFin), length, mss, false);
  if (result < 0) {
    c.notSent(result);
    return false;
  }
  queue.resent(index, tcp.nowUs, statistics.delivered, statistics.deliveredUs);
  statistics.retransmissions += packets;
  statistics.bytesRetransmitted += length;
  const { congestion } = c;
  if (congestion.canUndo) congestion.undoRetransmissions = Math.max(0, congestion.undoRetransmissions) + packets;
  if (c.retransmission.firstUs === 0) c.retransmission.firstSent(c);
  return true;
}
