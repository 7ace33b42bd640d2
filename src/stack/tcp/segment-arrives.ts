import {
  TCP_CLOSE_WAIT,
  TCP_CLOSING,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_LAST_ACK,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
} from "../../api/constants/tcp-option.ts";
import { errno } from "../../api/errno.ts";
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, TCP_URG, type TcpHeader } from "../../wire/tcp-header.ts";
import type { Packet } from "../packet.ts";
import { acknowledge } from "./acknowledge.ts";
import { mayAnswer, sendChallengeAck, sendDuplicateAck } from "./challenge-ack.ts";
import type { Connection } from "./connection.ts";
import { acknowledgeAtOnce } from "./delayed-ack.ts";
import { finWasAcknowledged } from "./fin.ts";
import { receiveData, reportDuplicate } from "./receive-data.ts";
import { sendSyn } from "./segment.ts";
import { isAfter, isBefore } from "./sequence.ts";
import { synSentArrives } from "./syn-sent.ts";
import { isOldTimestamp, noteTimestamp } from "./timestamps.ts";
import { synAckFlags } from "./timers.ts";
import { noteUrgent } from "./urgent.ts";

/** A segment for a connection: RFC 9293 §3.10.7. The packet stays the caller's. */
export function segmentArrives(c: Connection, header: TcpHeader, packet: Packet, trafficClass: number): void {
  c.statistics.arrived(packet, header);
  c.keepAlive.heard(c.tcp.nowUs);
  if (c.state === TCP_SYN_SENT) {
    synSentArrives(c, header, packet);
    return;
  }
  if (c.isFastOpened && isSynAgain(c, header)) {
    if (mayAnswer(c)) {
      c.statistics.retransmissions++;
      sendSyn(c, synAckFlags(c));
    }
    return;
  }
  const length = header.payloadEnd - header.payloadStart;
  if (!isAcceptable(c, header, length)) return;
  if ((header.flags & TCP_RST) !== 0) {
    reset(c, header);
    return;
  }
  if ((header.flags & TCP_SYN) !== 0) {
    if (!answersOurSyn(c, header, length)) {
      // RFC 5961 §4.2: a SYN in the window is answered, whatever its number.
      sendChallengeAck(c);
      return;
    }
    // The SYN itself has come before.
    reportDuplicate(c, header.sequence, c.rcvNxt);
    acknowledgeAtOnce(c);
  }
  if ((header.flags & TCP_ACK) === 0) return;
  noteTimestamp(c, header);
  if (c.ecn.isOn && c.ecn.arrived(trafficClass, header.flags, length > 0)) acknowledgeAtOnce(c);
  if (c.state === TCP_SYN_RECV && !establish(c, header)) return;
  if (!acknowledge(c, header, length)) return;
  if (c.finAcknowledged) finWasAcknowledged(c);
  if (c.isClosed) return;
  if ((header.flags & TCP_URG) !== 0) noteUrgent(c, header);
  if (length > 0 || (header.flags & TCP_FIN) !== 0) textArrives(c, header, packet, length);
}

/** Our SYN-ACK was lost: RFC 7413 §4.2.2. */
function isSynAgain(c: Connection, header: TcpHeader): boolean {
  return (header.flags & (TCP_SYN | TCP_ACK | TCP_RST)) === TCP_SYN && header.sequence === c.irs;
}

/** RFC 9293 §3.10.7.4, first check, with PAWS before it (RFC 7323 §5.3). */
function isAcceptable(c: Connection, header: TcpHeader, length: number): boolean {
  if (isOldTimestamp(c, header)) {
    if (length > 0) reportOld(c, header, length);
    sendDuplicateAck(c, length > 0);
    return false;
  }
  const spans = length + ((header.flags & (TCP_SYN | TCP_FIN)) !== 0 ? 1 : 0);
  const end = (header.sequence + spans) | 0;
  const window = c.receiveWindow.left(c.rcvNxt);
  // As Linux has it: from what was acknowledged last, and to the window's edge inclusive, for a probe of a closed
  // window.
  const isInside = !isBefore(end, c.receiveWindow.updatedAt) && !isAfter(header.sequence, (c.rcvNxt + window) | 0);
  if (isInside && (spans === 0 || window > 0 || !isAfter(end, c.rcvNxt) || spans === 0)) return true;
  if ((header.flags & TCP_RST) !== 0) return false;
  if (isInside) {
    // Data into a closed window: the acknowledgement counts, the data does not (RFC 9293 §3.10.7.4).
    if ((header.flags & TCP_ACK) !== 0) acknowledge(c, header, length);
    if (!c.isClosed) sendDuplicateAck(c, true);
    return false;
  }
  if ((header.flags & TCP_SYN) !== 0 && c.state !== TCP_SYN_RECV) sendChallengeAck(c);
  else {
    if (length > 0) reportOld(c, header, length);
    sendDuplicateAck(c, length > 0);
  }
  return false;
}

function reportOld(c: Connection, header: TcpHeader, length: number): void {
  const end = (header.sequence + length) | 0;
  if (isBefore(header.sequence, c.rcvNxt)) {
    reportDuplicate(c, header.sequence, isBefore(end, c.rcvNxt) ? end : c.rcvNxt);
    c.ack.beQuick(c.receiveWindow.size, c.receiveWindow.segmentBytes);
  }
}

/** RFC 5961 §3.2: only the very next number resets; any other in the window is asked about. */
function reset(c: Connection, header: TcpHeader): void {
  const { ranges } = c.receive;
  // A peer that has lost nothing but acknowledgements resets from the end of what we reported (as Linux allows).
  const isNext = header.sequence === c.rcvNxt || (ranges.count > 0 && header.sequence === ranges.highest(c.rcvNxt));
  if (!isNext) {
    sendChallengeAck(c);
    return;
  }
  switch (c.state) {
    case TCP_SYN_RECV:
      c.ended(c.isFastOpened ? errno.ECONNRESET : errno.ECONNREFUSED);
      return;
    case TCP_CLOSE_WAIT:
      c.ended(errno.EPIPE);
      return;
    default:
      c.ended(errno.ECONNRESET);
  }
}

/** RFC 9293 §3.5, figure 7: both have called, and the peer's SYN-ACK crosses ours. It is as good as its ACK. */
function answersOurSyn(c: Connection, header: TcpHeader, length: number): boolean {
  return (
    c.state === TCP_SYN_RECV &&
    (header.flags & TCP_ACK) !== 0 &&
    length === 0 &&
    ((header.sequence + 1) | 0) === c.rcvNxt &&
    header.acknowledgment === c.sndNxt
  );
}

/** SYN-RECEIVED, after a simultaneous open: RFC 9293 §3.10.7.4, fifth check. */
function establish(c: Connection, header: TcpHeader): boolean {
  const { acknowledgment } = header;
  if (!isAfter(acknowledgment, c.sndUna) || isAfter(acknowledgment, c.sndNxt)) {
    c.tcp.resetFor(header, c);
    return false;
  }
  c.sndUna = (c.iss + 1) | 0;
  if (!c.isFastOpened) c.statistics.bytesAcknowledged += 1;
  c.established(header);
  return true;
}

/** RFC 9293 §3.10.7.4, seventh and eighth check, by state. */
function textArrives(c: Connection, header: TcpHeader, packet: Packet, length: number): void {
  switch (c.state) {
    case TCP_ESTABLISHED:
      receiveData(c, header, packet);
      return;
    case TCP_FIN_WAIT1:
    case TCP_FIN_WAIT2:
      if (c.isOrphan && isAfter((header.sequence + length) | 0, c.rcvNxt)) {
        // RFC 9293 §3.6.1: nobody is there to read it, and the peer must know.
        c.refuseData(header);
        return;
      }
      receiveData(c, header, packet);
      return;
    case TCP_CLOSE_WAIT:
    case TCP_CLOSING:
    case TCP_LAST_ACK:
      // The peer's FIN has come: what follows it is ignored, and what came before is acknowledged again.
      acknowledgeAtOnce(c);
      return;
    default:
  }
}
