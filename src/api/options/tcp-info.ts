/**
 * `struct tcp_info`, TCP_INFO: what TCP knows of a connection, in Linux's words.
 * Sizes are in bytes, segments and packets are counts, times have their unit in the name. What an older kernel
 * does not report is left out.
 */
export interface TcpInfo {
  /** TCP_ESTABLISHED … TCP_CLOSING. */
  readonly state: number;
  /** TCP_CA_Open … TCP_CA_Loss. */
  readonly caState: number;
  /** Retransmissions of the segment that waits now. */
  readonly retransmits: number;
  /** Window or keep-alive probes that were not answered. */
  readonly probes: number;
  readonly backoff: number;
  /** TCPI_OPT_… bits. */
  readonly options: number;
  readonly sndWscale: number;
  readonly rcvWscale: number;
  readonly deliveryRateAppLimited: boolean;
  /** Why TCP Fast Open did not work: 0 unknown, 1 no cookie, 2 data not acknowledged, 3 the SYN was retransmitted. */
  readonly fastopenClientFail: number;

  /** The retransmission timeout. */
  readonly rtoUs: number;
  /** The delayed acknowledgement's timeout. */
  readonly atoUs: number;
  readonly sndMss: number;
  readonly rcvMss: number;

  /** Segments in flight; of a listener, connections that wait for `accept`. */
  readonly unacked: number;
  /** Segments that were selectively acknowledged; of a listener, its backlog. */
  readonly sacked: number;
  readonly lost: number;
  readonly retrans: number;
  readonly fackets: number;

  /** Since the last data was sent. */
  readonly lastDataSentMs: number;
  readonly lastAckSentMs: number;
  readonly lastDataRecvMs: number;
  readonly lastAckRecvMs: number;

  readonly pmtu: number;
  readonly rcvSsthresh: number;
  readonly rttUs: number;
  readonly rttvarUs: number;
  readonly sndSsthresh: number;
  /** The congestion window, in segments. */
  readonly sndCwnd: number;
  readonly advmss: number;
  readonly reordering: number;
  readonly rcvRttUs: number;
  readonly rcvSpace: number;
  /** Retransmissions in the connection's life. */
  readonly totalRetrans: number;

  /** Bytes per second; Infinity where there is no limit. */
  readonly pacingRate?: number;
  readonly maxPacingRate?: number;
  readonly bytesAcked?: number;
  readonly bytesReceived?: number;
  readonly segsOut?: number;
  readonly segsIn?: number;
  readonly notsentBytes?: number;
  readonly minRttUs?: number;
  readonly dataSegsIn?: number;
  readonly dataSegsOut?: number;
  /** Bytes per second. */
  readonly deliveryRate?: number;
  /** Time spent with data to send. */
  readonly busyTimeUs?: number;
  /** Time held back by the peer's window. */
  readonly rwndLimitedUs?: number;
  /** Time held back by the send buffer. */
  readonly sndbufLimitedUs?: number;
  readonly delivered?: number;
  readonly deliveredCe?: number;
  readonly bytesSent?: number;
  readonly bytesRetrans?: number;
  readonly dsackDups?: number;
  readonly reordSeen?: number;
  readonly rcvOoopack?: number;
  /** The peer's window. */
  readonly sndWnd?: number;
  /** Our window. */
  readonly rcvWnd?: number;
  readonly rehash?: number;
  readonly totalRto?: number;
  readonly totalRtoRecoveries?: number;
  readonly totalRtoTimeMs?: number;
  readonly receivedCe?: number;
  readonly deliveredE1Bytes?: number;
  readonly deliveredE0Bytes?: number;
  readonly deliveredCeBytes?: number;
  readonly receivedE1Bytes?: number;
  readonly receivedE0Bytes?: number;
  readonly receivedCeBytes?: number;
}
