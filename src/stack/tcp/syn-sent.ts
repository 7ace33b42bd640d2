import { TCP_SYN_RECV } from "../../api/constants/tcp-option.ts";
import { errno } from "../../api/errno.ts";
import { TCP_ACK, TCP_ECE, TCP_RST, TCP_SYN, type TcpHeader } from "../../wire/tcp-header.ts";
import type { Packet } from "../packet.ts";
import type { Connection } from "./connection.ts";
import { grantsEcn } from "./ecn.ts";
import { fastOpenAnswered } from "./fast-open.ts";
import { defaultMss, updateMss } from "./path-mtu.ts";
import { receiveData } from "./receive-data.ts";
import { sendAck, sendSyn } from "./segment.ts";
import { isAfter } from "./sequence.ts";
import { timestampNow } from "./timestamps.ts";

/** RFC 7323 §2.3: a larger shift count than this counts as this. */
const MOST_SCALE = 14;
/** RFC 7323 §2.2: without the option there is none. */
const NO_SCALE = 0;

/** A segment in SYN-SENT: RFC 9293 §3.10.7.3. */
export function synSentArrives(c: Connection, header: TcpHeader, packet: Packet): void {
  const hasAck = (header.flags & TCP_ACK) !== 0;
  if (hasAck && !isAcceptableAck(c, header)) {
    if ((header.flags & TCP_RST) === 0) c.tcp.resetFor(header, c);
    return;
  }
  if ((header.flags & TCP_RST) !== 0) {
    if (hasAck) c.ended(errno.ECONNREFUSED);
    return;
  }
  if ((header.flags & TCP_SYN) === 0) return;
  takeOptions(c, header);
  c.irs = header.sequence;
  c.rcvNxt = (header.sequence + 1) | 0;
  c.receive.begin(c.rcvNxt);
  c.receiveWindow.updatedAt = c.rcvNxt;
  c.receiveWindow.measuredFrom = c.rcvNxt;
  c.sndWnd = header.window;
  c.maxWindow = header.window;
  c.sndWl1 = header.sequence;
  if (!hasAck) {
    // Both have called at the same time: RFC 9293 §3.5, figure 7.
    c.state = TCP_SYN_RECV;
    if (c.settings.ecn !== 0 && (header.flags & TCP_ECE) !== 0) c.ecn.isOn = true;
    sendSyn(c, TCP_SYN | TCP_ACK);
    return;
  }
  if (c.asksForEcn && grantsEcn(header)) c.ecn.isOn = true;
  c.sndUna = (c.iss + 1) | 0;
  // Linux counts the SYN in tcpi_bytes_acked, of who has called.
  c.statistics.bytesAcknowledged += 1;
  c.established(header);
  if (c.fastOpen !== undefined && fastOpenAnswered(c, header, c.fastOpen)) return;
  // RFC 9293 §3.10.7.3: data with the SYN is taken behind it.
  if (header.payloadEnd > header.payloadStart) {
    header.sequence = c.rcvNxt;
    receiveData(c, header, packet);
  }
  if (c.isClosed) return;
  sendAck(c);
  c.push();
}

/** RFC 9293 §3.10.7.3, first check; and RFC 7323: an echo that this side never sent is an old duplicate's. */
function isAcceptableAck(c: Connection, header: TcpHeader): boolean {
  if (!isAfter(header.acknowledgment, c.sndUna) || isAfter(header.acknowledgment, c.sndNxt)) return false;
  if (!header.hasTimestamps || header.timestampEcho === 0 || !c.settings.timestamps) return true;
  return ((timestampNow(c) - header.timestampEcho) | 0) >= 0;
}

/** What both sides' SYNs agree on: RFC 9293 §3.7.1, RFC 7323 §2.2 and §3.2, RFC 2018 §2. */
export function takeOptions(c: Connection, header: TcpHeader): void {
  const { settings } = c;
  c.peerMss = header.mss > 0 ? header.mss : defaultMss(c.path);
  if (settings.maximumSegmentBytes > 0) c.peerMss = Math.min(c.peerMss, settings.maximumSegmentBytes);
  c.timestampsOn = settings.timestamps && header.hasTimestamps;
  if (c.timestampsOn) {
    c.recentTimestamp = header.timestampValue;
    c.recentTimestampUs = c.tcp.nowUs;
  }
  c.sackOn = settings.selectiveAcknowledgement && header.sackPermitted;
  c.scalingOn = settings.windowScaling && header.windowScale >= 0;
  if (c.scalingOn) {
    c.sendScale = Math.min(MOST_SCALE, header.windowScale);
  } else {
    c.sendScale = NO_SCALE;
    c.receiveWindow.scale = NO_SCALE;
  }
  updateMss(c);
}
