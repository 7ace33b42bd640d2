import {
  TCP_CA_Loss,
  TCP_LISTEN,
  TCP_SYN_SENT,
  TCPI_OPT_ECN,
  TCPI_OPT_ECN_SEEN,
  TCPI_OPT_SACK,
  TCPI_OPT_SYN_DATA,
  TCPI_OPT_TFO_CHILD,
  TCPI_OPT_TIMESTAMPS,
  TCPI_OPT_WSCALE,
} from "../../api/constants/tcp-option.ts";
import type { TcpInfo } from "../../api/options/tcp-info.ts";
import type { Connection } from "./connection.ts";
import { INITIAL_WINDOW, NO_THRESHOLD } from "./congestion/window.ts";
import { mtuOf, segmentBytesNow } from "./path-mtu.ts";
import { steadyOptionBytes } from "./segment.ts";
import { INITIAL_RTO_US } from "./rtt.ts";

/** What a connection tells of itself: TCP_INFO. */
export function tcpInfo(c: Connection): TcpInfo {
  const { statistics, queue, congestion, rtt, retransmission, tcp, receiveWindow } = c;
  const nowUs = tcp.nowUs;
  statistics.settle(nowUs);
  const sinceMs = (us: number): number => Math.floor((nowUs - us) / 1000);
  const mss = segmentBytesNow(c);
  // Linux has the SYN in its queue.
  const syn = c.state === TCP_SYN_SENT ? 1 : 0;
  const resentSyn = retransmission.timeouts > 0 ? syn : 0;
  // Twice the window in a round trip while it grows fast, 1.2 times afterwards: tcp_pacing_ss_ratio, …_ca_ratio.
  const factor = congestion.size < congestion.threshold / 2 ? 2 : 1.2;
  const busyRtt = rtt.smoothedUs > 0 ? rtt.smoothedUs : 1000;
  return {
    state: c.state,
    caState: resentSyn > 0 ? TCP_CA_Loss : congestion.state,
    retransmits: retransmission.timeouts,
    probes: Math.max(retransmission.probesOut, c.keepAlive.probes),
    backoff: retransmission.backoff,
    options: optionBits(c),
    sndWscale: c.sendScale,
    rcvWscale: receiveWindow.scale,
    deliveryRateAppLimited: statistics.rateAppLimited,
    fastopenClientFail: c.fastOpen?.failure ?? 0,
    rtoUs: Math.round(retransmission.timeoutUs(c)),
    atoUs: Math.round(c.ack.delayUs),
    sndMss: mss,
    rcvMss: receiveWindow.segmentBytes,
    unacked: queue.packetsOut + syn,
    sacked: queue.sackedOut,
    lost: queue.lostOut + resentSyn,
    retrans: queue.retransmittedOut + resentSyn,
    fackets: 0,
    lastDataSentMs: sinceMs(statistics.lastDataSentUs),
    lastAckSentMs: 0,
    lastDataRecvMs: sinceMs(statistics.lastDataReceivedUs),
    lastAckRecvMs: sinceMs(statistics.lastAckReceivedUs),
    pmtu: mtuOf(c),
    rcvSsthresh: receiveWindow.threshold,
    rttUs: Math.round(rtt.smoothedUs),
    rttvarUs: Math.round(rtt.shownVariationUs),
    sndSsthresh: congestion.threshold,
    sndCwnd: congestion.size,
    advmss: c.advertisedMss - steadyOptionBytes(c),
    reordering: c.reordering,
    rcvRttUs: Math.round(receiveWindow.rttUs),
    rcvSpace: receiveWindow.appetite,
    totalRetrans: statistics.retransmissions,
    pacingRate: Math.floor((factor * congestion.size * mss * 1e6) / busyRtt),
    maxPacingRate: Infinity,
    bytesAcked: statistics.bytesAcknowledged,
    bytesReceived: statistics.bytesReceived,
    segsOut: statistics.segmentsOut,
    segsIn: statistics.segmentsIn,
    notsentBytes: c.unsentBytes,
    minRttUs: rtt.leastUs === Infinity ? 0xffffffff : Math.round(rtt.leastUs),
    dataSegsIn: statistics.dataSegmentsIn,
    dataSegsOut: statistics.dataSegmentsOut,
    deliveryRate: deliveryRate(c, mss),
    busyTimeUs: Math.round(statistics.busyUs),
    rwndLimitedUs: Math.round(statistics.windowLimitedUs),
    sndbufLimitedUs: Math.round(statistics.bufferLimitedUs),
    delivered: statistics.delivered,
    deliveredCe: statistics.deliveredMarked,
    bytesSent: statistics.bytesSent,
    bytesRetrans: statistics.bytesRetransmitted,
    dsackDups: statistics.duplicateSacks,
    reordSeen: statistics.reorderings,
    rcvOoopack: statistics.outOfOrderIn,
    sndWnd: c.sndWnd,
    rcvWnd: receiveWindow.left(c.rcvNxt),
    rehash: 0,
    totalRto: statistics.timeouts,
    totalRtoRecoveries: statistics.timeoutRecoveries,
    totalRtoTimeMs: Math.round(statistics.timeoutUs / 1000),
  };
}

function optionBits(c: Connection): number {
  return (
    (c.timestampsOn ? TCPI_OPT_TIMESTAMPS : 0) |
    (c.sackOn ? TCPI_OPT_SACK : 0) |
    (c.scalingOn ? TCPI_OPT_WSCALE : 0) |
    (c.ecn.isOn ? TCPI_OPT_ECN : 0) |
    (c.ecn.seen ? TCPI_OPT_ECN_SEEN : 0) |
    (c.fastOpen?.isDataTaken === true ? TCPI_OPT_SYN_DATA : 0) |
    (c.fastOpen?.isChild === true ? TCPI_OPT_TFO_CHILD : 0)
  );
}

function deliveryRate(c: Connection, mss: number): number {
  const { rateDelivered, rateUs } = c.statistics;
  return rateUs === 0 ? 0 : Math.floor((rateDelivered * mss * 1e6) / rateUs);
}

/** What a listener tells: who waits, and how many may. */
export function listenerInfo(waiting: number, backlog: number): TcpInfo {
  return {
    state: TCP_LISTEN,
    caState: 0,
    retransmits: 0,
    probes: 0,
    backoff: 0,
    options: 0,
    sndWscale: 0,
    rcvWscale: 0,
    deliveryRateAppLimited: false,
    fastopenClientFail: 0,
    rtoUs: INITIAL_RTO_US,
    atoUs: 0,
    sndMss: 536,
    rcvMss: 0,
    unacked: waiting,
    sacked: backlog,
    lost: 0,
    retrans: 0,
    fackets: 0,
    lastDataSentMs: 0,
    lastAckSentMs: 0,
    lastDataRecvMs: 0,
    lastAckRecvMs: 0,
    pmtu: 0,
    rcvSsthresh: 0,
    rttUs: 0,
    rttvarUs: INITIAL_RTO_US / 4,
    sndSsthresh: NO_THRESHOLD,
    sndCwnd: INITIAL_WINDOW,
    advmss: 0,
    reordering: 3,
    rcvRttUs: 0,
    rcvSpace: 0,
    totalRetrans: 0,
  };
}
