import { errno } from "../../api/errno.ts";
import {
  MAX_SACK_BLOCKS,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
  type TcpHeader,
} from "../../wire/tcp-header.ts";
import { emitTcp, TCP_CHECKSUM_OFFSET, tcpHeaderBytes } from "../../wire/tcp.ts";
import { addSums } from "../../wire/checksum.ts";
import { CHECKSUM_PARTIAL, type Packet } from "../packet.ts";
import type { Connection } from "./connection.ts";
import { selectWindow } from "./receive-window.ts";
import { distance } from "./sequence.ts";
import { timestampNow } from "./timestamps.ts";

/** The largest urgent pointer, and the largest window without scaling. */
const MOST_16 = 0xffff;
/** Bytes of options that a SACK option of one block, and each further block, take. */
const SACK_OPTION_BYTES = 12;
const SACK_BLOCK_BYTES = 8;
const TIMESTAMP_OPTION_BYTES = 12;

/**
 * Writes a header before a packet's payload, with a partial checksum; the packet is then ready for the network layer.
 */
export function prependHeader(packet: Packet, header: TcpHeader, pseudoHeaderSum: number): void {
  const start = packet.prepend(tcpHeaderBytes(header));
  emitTcp(packet.view, start, header);
  packet.transport = start;
  packet.checksum = CHECKSUM_PARTIAL;
  packet.checksumOffset = TCP_CHECKSUM_OFFSET;
  packet.view.setUint16(start + TCP_CHECKSUM_OFFSET, addSums(pseudoHeaderSum, packet.end - start));
}

/** Bytes of SACK options that a segment would carry now. */
export function sackOptionBytes(c: Connection): number {
  if (!c.sackOn) return 0;
  const ranges = c.receive.ranges.count + (c.duplicateStart === c.duplicateEnd ? 0 : 1);
  if (ranges === 0) return 0;
  return SACK_OPTION_BYTES + (Math.min(ranges, mostBlocks(c)) - 1) * SACK_BLOCK_BYTES;
}

/** Bytes of options that every segment of the connection carries. */
export function steadyOptionBytes(c: Connection): number {
  return c.timestampsOn ? TIMESTAMP_OPTION_BYTES : 0;
}

function mostBlocks(c: Connection): number {
  return c.timestampsOn ? MAX_SACK_BLOCKS - 1 : MAX_SACK_BLOCKS;
}

/**
 * Sends one segment, or a super-segment of `segmentBytes` each. Returns 0, or a negative errno when it did not leave,
 * which is as good as a loss.
 */
export function sendSegment(
  c: Connection,
  sequence: number,
  flags: number,
  length: number,
  segmentBytes: number,
  isNewData: boolean,
): number {
  const { tcp } = c;
  const packet = tcp.pool.allocate(length);
  if (packet === undefined) return -errno.ENOBUFS;
  if (length > 0) {
    c.sendBuffer.copy(sequence, packet.bytes, packet.start, length);
    packet.end = packet.start + length;
    if (length > segmentBytes) packet.segmentBytes = segmentBytes;
  }
  const header = tcp.out;
  const marks: number = c.ecn.flags(isNewData);
  fillHeader(c, header, sequence, flags | marks);
  if (c.urgent.isSending) setUrgent(c, header, sequence);
  return emit(c, packet, header, length, segmentBytes, isNewData);
}

/** Sends what has to be acknowledged, and no data: RFC 9293's <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. */
export function sendAck(c: Connection): void {
  sendSegment(c, c.sndNxt, TCP_ACK, 0, 0, false);
}

/** Sends a reset from within the connection. */
export function sendReset(c: Connection): void {
  const flags = TCP_RST | TCP_ACK;
  sendSegment(c, c.sndNxt, flags, 0, 0, false);
}

/**
 * Sends the SYN of an active open, or the SYN-ACK of a simultaneous one: RFC 9293 §3.5. With a cookie of Fast Open, an
 * empty one to ask for it, and so many bytes of data: RFC 7413 §4.1.
 */
export function sendSyn(c: Connection, flags: number, cookie?: Uint8Array, length = 0): void {
  const { tcp, settings } = c;
  const packet = tcp.pool.allocate(length);
  if (packet === undefined) return;
  const header = tcp.out;
  if (length > 0) {
    c.sendBuffer.copy((c.iss + 1) | 0, packet.bytes, packet.start, length);
    packet.end = packet.start + length;
  }
  const isAnswer = (flags & TCP_ACK) !== 0;
  fillHeader(c, header, c.iss, flags);
  header.sackCount = 0;
  header.acknowledgment = isAnswer ? c.rcvNxt : 0;
  header.window = Math.min(MOST_16, c.receiveWindow.size);
  header.mss = c.advertisedMss;
  const offersTimestamps = isAnswer ? c.timestampsOn : settings.timestamps;
  header.hasTimestamps = offersTimestamps;
  header.timestampValue = timestampNow(c);
  header.timestampEcho = isAnswer ? c.recentTimestamp : 0;
  header.sackPermitted = isAnswer ? c.sackOn : settings.selectiveAcknowledgement;
  header.windowScale = (isAnswer ? c.scalingOn : settings.windowScaling) ? c.receiveWindow.scale : -1;
  setFastOpen(header, cookie, false);
  emit(c, packet, header, length, length, false);
  header.fastOpenBytes = -1;
}

/** The option of a SYN: RFC 7413 §4.1.1. The writer takes it away again. */
export function setFastOpen(header: TcpHeader, cookie: Uint8Array | undefined, isExperimental: boolean): void {
  header.fastOpenBytes = cookie?.length ?? -1;
  header.fastOpenExperimental = isExperimental;
  if (cookie !== undefined) header.fastOpenCookie.set(cookie);
}

function fillHeader(c: Connection, header: TcpHeader, sequence: number, flags: number): void {
  header.sourcePort = c.localPort;
  header.destinationPort = c.remotePort;
  header.sequence = sequence;
  header.acknowledgment = c.rcvNxt;
  header.flags = flags;
  header.urgentPointer = 0;
  header.mss = -1;
  header.windowScale = -1;
  header.sackPermitted = false;
  header.sackCount = 0;
  header.hasTimestamps = c.timestampsOn;
  if ((flags & TCP_SYN) !== 0) return;
  if (c.timestampsOn) {
    header.timestampValue = timestampNow(c);
    header.timestampEcho = c.recentTimestamp;
  }
  header.window = (flags & TCP_RST) === 0 ? Math.min(MOST_16, selectWindow(c) >> c.receiveWindow.scale) : 0;
  if (c.sackOn && (flags & TCP_RST) === 0) fillSack(c, header);
}

/** A duplicate comes first (RFC 2883 §4), then the ranges. */
function fillSack(c: Connection, header: TcpHeader): void {
  const most = mostBlocks(c);
  let count = 0;
  if (c.duplicateStart !== c.duplicateEnd) {
    header.sack[0] = c.duplicateStart;
    header.sack[1] = c.duplicateEnd;
    c.duplicateStart = c.duplicateEnd;
    count = 1;
  }
  const { ranges } = c.receive;
  if (ranges.count > 0) count += ranges.blocks(header.sack, 2 * count, most - count);
  header.sackCount = count;
}

/** RFC 9293 §3.8.5: the urgent pointer counts to the byte behind the urgent one, as every system has it (RFC 6093). */
function setUrgent(c: Connection, header: TcpHeader, sequence: number): void {
  const ahead = distance(c.urgent.sendEnd, sequence);
  if (ahead <= 0) return;
  header.urgentPointer = Math.min(ahead, MOST_16);
  header.flags |= TCP_URG;
}

function emit(
  c: Connection,
  packet: Packet,
  header: TcpHeader,
  length: number,
  segmentBytes: number,
  isNewData: boolean,
): number {
  const { tcp, statistics } = c;
  prependHeader(packet, header, c.path.pseudoSum);
  const segments = length > segmentBytes && segmentBytes > 0 ? Math.ceil(length / segmentBytes) : 1;
  statistics.segmentsOut += segments;
  if (length > 0) {
    statistics.dataSegmentsOut += segments;
    statistics.bytesSent += length;
    statistics.lastDataSentUs = tcp.nowUs;
  } else {
    statistics.lastAckSentUs = tcp.nowUs;
  }
  if ((header.flags & TCP_ACK) !== 0) c.ack.sent(segments);
  const options = c.sendOptions;
  options.hopLimit = c.settings.hopLimit;
  options.trafficClass = (c.settings.trafficClass & ~3) | c.ecn.codepoint(isNewData && length > 0);
  options.mtuDiscovery = c.settings.mtuDiscovery;
  return tcp.ip.send(packet, c.path, options);
}

/** The flags of a segment with so much data: PSH where the program's bytes end for now, FIN on the last. */
export function dataFlags(c: Connection, end: number, length: number, hasFin: boolean): number {
  const flags = length > 0 && end === c.sendBuffer.end ? TCP_ACK | TCP_PSH : TCP_ACK;
  return hasFin ? flags | TCP_FIN : flags;
}
