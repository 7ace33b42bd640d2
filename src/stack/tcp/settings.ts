import { IP_PMTUDISC_WANT } from "../../api/constants/ip-option.ts";
import type { CongestionControlName } from "./congestion/control.ts";

/**
 * What a program can set on a TCP socket, with Linux's defaults. A connection reads it whenever it matters, so a change
 * takes effect at once; call `TcpConnection.settingsChanged` after one. An accepted connection gets a copy of what its
 * listener has.
 */
export class TcpSettings {
  /** TCP_NODELAY: no Nagle algorithm (RFC 9293 §3.7.4). */
  noDelay = false;
  /** TCP_CORK: only full segments leave, for 200 ms at most. */
  cork = false;
  /** TCP_QUICKACK as it was set last: undefined leaves it to the connection. */
  quickAck: boolean | undefined = undefined;
  /** TCP_MAXSEG: the largest segment, both ways; 0 leaves it to the path. */
  maximumSegmentBytes = 0;
  /** SO_KEEPALIVE, and TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT: tcp_keepalive_time and its siblings. */
  keepAlive = false;
  keepAliveIdleS = 7200;
  keepAliveIntervalS = 75;
  keepAliveProbes = 9;
  /** TCP_USER_TIMEOUT (RFC 5482 §3, the local one); 0 is none. */
  userTimeoutMs = 0;
  /** TCP_SYNCNT: tcp_syn_retries, and tcp_synack_retries for a listener. */
  synRetries = 6;
  synAckRetries = 5;
  /** tcp_syn_linear_timeouts: so many timeouts of a SYN, besides those, do not back off. */
  synLinearTimeouts = 4;
  /** tcp_retries1: timeouts in a row, by their time, after which the path is suspected (RFC 9293 §3.8.3's R1). */
  pathRetries = 3;
  /** tcp_retries2: how long data is sent again before the connection is given up. */
  dataRetries = 15;
  /** tcp_orphan_retries: the same, of a connection that the program has closed. */
  orphanRetries = 8;
  /** TCP_LINGER2: seconds that a closed connection stays in FIN-WAIT-2; negative goes without. */
  finWait2S = 60;
  /** TCP_DEFER_ACCEPT: seconds to wait for data before a connection can be accepted. */
  deferAcceptS = 0;
  /** TCP_SAVE_SYN: 1 keeps the SYN's headers from the network's on, 2 from the link's on. */
  saveSyn = 0;
  /** TCP_WINDOW_CLAMP: the largest window that is advertised; 0 is none. */
  windowClampBytes = 0;
  /** TCP_CONGESTION. */
  congestion: CongestionControlName = "cubic";
  /** TCP_NOTSENT_LOWAT: unsent bytes below which the socket is writable. */
  notSentLowWaterBytes = 0xffffffff;
  /** TCP_THIN_LINEAR_TIMEOUTS: no exponential backoff while fewer than four segments are in flight. */
  thinLinearTimeouts = false;
  /** SO_OOBINLINE: urgent data stays in the stream. */
  urgentInline = false;
  /** SO_SNDBUF as the kernel keeps it (twice what was asked for): tcp_wmem; fixed once the program set it. */
  sendBufferBytes = 16384;
  sendBufferFixed = false;
  sendBufferLimitBytes = 4194304;
  /** SO_RCVBUF likewise: tcp_rmem. Half of it is the window. */
  receiveBufferBytes = 131072;
  receiveBufferFixed = false;
  receiveBufferLimitBytes = 6291456;
  /** SO_RCVLOWAT: bytes from which on the socket is readable. */
  receiveLowWaterBytes = 1;
  /** IP_TTL or IPV6_UNICAST_HOPS (-1: the default), and IP_TOS or IPV6_TCLASS without the ECN bits. */
  hopLimit = -1;
  trafficClass = 0;
  /** IP_MINTTL or IPV6_MINHOPCOUNT: a segment with fewer hops left is dropped (RFC 5082). */
  leastHopLimit = 0;
  /** IP_MTU_DISCOVER: IP_PMTUDISC_WANT and its siblings, ip(7). */
  mtuDiscovery: number = IP_PMTUDISC_WANT;
  /** IP_RECVERR: ICMP errors end the connection's calls at once. */
  receiveErrors = false;
  /** SO_BINDTODEVICE: the interface's index; 0 is any. */
  interfaceIndex = 0;
  /** tcp_window_scaling, tcp_timestamps (RFC 7323), tcp_sack, tcp_dsack (RFC 2018, 2883). */
  windowScaling = true;
  timestamps = true;
  selectiveAcknowledgement = true;
  duplicateSack = true;
  /** tcp_ecn: 0 never, 1 asks and answers, 2 only answers (RFC 3168 §6.1.1). */
  ecn: 0 | 1 | 2 = 2;
  /** tcp_syncookies: 0 never, 1 when the SYN queue is full, 2 always (RFC 4987 §3.6). */
  synCookies: 0 | 1 | 2 = 1;
  /** tcp_mtu_probing: 0 never, 1 after a black hole was found (RFC 4821), 2 always. */
  mtuProbing: 0 | 1 | 2 = 1;
  /** tcp_base_mss, tcp_mtu_probe_floor: what that search begins with, and the least that it tries. */
  baseMss = 1024;
  mtuProbeFloorBytes = 48;
  /** tcp_probe_threshold, tcp_probe_interval: it ends when so few bytes are open, and begins again after so long. */
  mtuProbeThresholdBytes = 8;
  mtuProbeIntervalS = 600;
  /** tcp_early_retrans: tail loss probes (RFC 8985 §7). */
  tailLossProbe = true;
  /** tcp_frto: is a timeout spurious? (RFC 5682). */
  forwardRto = true;
  /** tcp_slow_start_after_idle: the window starts again after an idle timeout (RFC 5681 §4.1). */
  slowStartAfterIdle = true;
  /** TCP_RTO_MIN_US, TCP_RTO_MAX_MS, TCP_DELACK_MAX_US. */
  rtoMinUs = 200_000;
  rtoMaxUs = 120_000_000;
  delayedAckMaxUs = 200_000;
  /**
   * tcp_fastopen (RFC 7413): 1 lets programs call so, 2 lets listeners be called so, which have to ask for it; 4 and
   * 0x200 are without cookies, 0x400 is for listeners that did not ask. Linux's own default is 1.
   */
  fastOpen = 3;
  /** TCP_FASTOPEN: connections with data of a SYN that may wait for their handshake's end; 0 takes none. */
  fastOpenBacklog = 0;
  /** TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE, and TCP_FASTOPEN_KEY, undefined for the stack's own. */
  fastOpenConnect = false;
  fastOpenNoCookie = false;
  fastOpenKey: Uint8Array | undefined = undefined;
  /** tcp_abort_on_overflow: a reset for a handshake that ends while the accept queue is full. */
  abortOnOverflow = false;

  /** The same settings for an accepted connection. */
  clone(): TcpSettings {
    return Object.assign(new TcpSettings(), this);
  }
}
