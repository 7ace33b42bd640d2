import type { Packet } from "../packet.ts";
import { TCP_FIN, type TcpHeader } from "../../wire/tcp-header.ts";
import type { Connection } from "./connection.ts";
import { READABLE } from "./connection-owner.ts";
import { acknowledgeAtOnce, acknowledgeLater } from "./delayed-ack.ts";
import { finArrived } from "./fin.ts";
import { growWindow } from "./receive-window.ts";
import { distance, isAfter, isBefore } from "./sequence.ts";
import { segmentsIn } from "./statistics.ts";
import { timestampNow } from "./timestamps.ts";

/**
 * RFC 9293 §3.10.7.4, seventh and eighth check: the segment's data and its FIN, the sequence number being acceptable.
 */
export function receiveData(c: Connection, header: TcpHeader, packet: Packet): void {
  const length = header.payloadEnd - header.payloadStart;
  const hasFin = (header.flags & TCP_FIN) !== 0;
  const start = header.sequence;
  const end = (start + length) | 0;
  if (length > 0) c.statistics.lastDataReceivedUs = c.tcp.nowUs;
  if (isAfter(start, c.rcvNxt)) {
    queueOutOfOrder(c, header, packet, hasFin);
    return;
  }
  // RFC 9293 §3.10.7.4: what is before the window is cut off, what is behind it too.
  const skip = distance(c.rcvNxt, start);
  if (skip > 0 && length > 0) noteOverlap(c, start, end);
  let fresh = length - skip;
  const room = c.receiveWindow.left(c.rcvNxt);
  let isCut = false;
  if (fresh > room) {
    fresh = room;
    isCut = true;
  }
  if (fresh > 0) {
    takeInOrder(c, packet, header.payloadStart + skip, fresh);
    noteReceiverRoundTrip(c, header);
  } else if (length > 0) {
    acknowledgeAtOnce(c);
  }
  if (hasFin && !isCut && !isAfter(end, c.rcvNxt)) {
    if (end === c.rcvNxt) finArrived(c);
    else acknowledgeAtOnce(c);
  } else if (c.pendingFin && c.rcvNxt === c.pendingFinAt) {
    finArrived(c);
  }
}

/** The next bytes; with them the holes that they close. */
function takeInOrder(c: Connection, packet: Packet, offset: number, length: number): void {
  const { receive, ack, statistics } = c;
  const hadHoles = receive.ranges.count > 0;
  const moved = receive.append(packet.bytes, offset, length);
  c.rcvNxt = receive.next;
  statistics.bytesReceived += moved;
  if (c.receiveShutdown) receive.clear();
  growWindow(c, packet.segmentBytes > 0 ? Math.min(length, packet.segmentBytes) : length);
  if (ack.dataArrived(c.tcp.nowUs, c.retransmission.timeoutUs(c))) {
    ack.beQuick(c.receiveWindow.size, c.receiveWindow.segmentBytes);
  }
  // RFC 5681 §4.2: at once when a hole is closed, in whole or in part.
  if (hadHoles || length < packet.segmentBytes || c.ecn.demandsReduction) acknowledgeAtOnce(c);
  else acknowledgeLater(c);
  if (receive.length >= c.settings.receiveLowWaterBytes) c.tell(READABLE);
}

/** Behind a hole: kept, and reported at once (RFC 5681 §4.2, RFC 2018 §4). */
function queueOutOfOrder(c: Connection, header: TcpHeader, packet: Packet, hasFin: boolean): void {
  const { receive, ack } = c;
  const start = header.sequence;
  const room = c.receiveWindow.left(c.rcvNxt) - distance(start, c.rcvNxt);
  const length = Math.min(header.payloadEnd - header.payloadStart, room);
  const end = (start + length) | 0;
  if (hasFin && length === header.payloadEnd - header.payloadStart) {
    c.pendingFin = true;
    c.pendingFinAt = end;
  }
  c.statistics.outOfOrderIn += segmentsIn(packet, header);
  ack.beQuick(c.receiveWindow.size, c.receiveWindow.segmentBytes);
  if (length > 0 && !c.receiveShutdown && receive.insert(start, packet.bytes, header.payloadStart, length)) {
    const { duplicateStart, duplicateEnd } = receive.ranges;
    if (duplicateStart !== duplicateEnd) reportDuplicate(c, duplicateStart, duplicateEnd);
  }
  acknowledgeAtOnce(c);
  // Each one is reported by itself to a peer that counts duplicates (RFC 5681 §3.2).
  c.tcp.flushAck(c);
}

/** RFC 2883 §4: what came twice is reported. */
export function reportDuplicate(c: Connection, start: number, end: number): void {
  if (!c.sackOn || !c.settings.duplicateSack) return;
  c.duplicateStart = start;
  c.duplicateEnd = end;
}

function noteOverlap(c: Connection, start: number, end: number): void {
  reportDuplicate(c, start, isBefore(end, c.rcvNxt) ? end : c.rcvNxt);
  acknowledgeAtOnce(c);
}

/** The round trip as the receiver sees it: from the echo of its own acknowledgement (dynamic right-sizing). */
function noteReceiverRoundTrip(c: Connection, header: TcpHeader): void {
  if (!c.timestampsOn || !header.hasTimestamps || header.timestampEcho === 0) return;
  const length = header.payloadEnd - header.payloadStart;
  if (length < c.receiveWindow.segmentBytes) return;
  const ticks = (timestampNow(c) - header.timestampEcho) | 0;
  if (ticks < 0) return;
  const sampleUs = Math.max(1, ticks) * 1000;
  const window = c.receiveWindow;
  if (window.rttUs === 0) window.rttUs = sampleUs;
  else if (sampleUs < window.rttUs) window.rttUs = sampleUs;
  else window.rttUs += (sampleUs - window.rttUs) / 8;
}
