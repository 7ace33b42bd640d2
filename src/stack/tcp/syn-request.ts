import { TCP_ACK, TCP_ECE, TCP_SYN, type TcpHeader } from "../../wire/tcp-header.ts";
import type { IpAddress } from "../ip/address.ts";
import type { Path } from "../ip/path.ts";
import { IpSendOptions } from "../ip/send-options.ts";
import { Timer, type TimerOwner } from "../timer/timer.ts";
import { SYN_REQUEST, type PairHolder } from "./demultiplexer.ts";
import type { Listener } from "./listener.ts";
import { defaultMss, mssOfMtu } from "./path-mtu.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { INITIAL_RTO_US } from "./rtt.ts";
import { prependHeader, setFastOpen } from "./segment.ts";
import type { Tcp } from "./tcp.ts";

const TIMESTAMP_OPTION_BYTES = 12;
const MOST_SCALE = 14;

/** A handshake that has begun: what a listener remembers of a SYN. The connection is made when it is acknowledged. */
export class SynRequest implements PairHolder, TimerOwner {
  readonly kind: number = SYN_REQUEST;
  readonly tcp: Tcp;
  readonly listener: Listener;
  readonly path: Path;
  readonly local: IpAddress;
  readonly localPort: number;
  readonly remote: IpAddress;
  readonly remotePort: number;
  pairHash = 0;
  pairIndex = -1;
  readonly irs: number;
  iss = 0;
  /** What both sides agree on. */
  readonly peerMss: number;
  readonly advertisedMss: number;
  sendScale: number;
  sackOn: boolean;
  timestampsOn: boolean;
  ecnOn = false;
  /** TCP_SAVED_SYN. */
  savedSyn: Uint8Array | undefined = undefined;
  recentTimestamp: number;
  readonly timestampOffset: number;
  readonly receiveWindow: ReceiveWindow = new ReceiveWindow();
  /** The handshake is done, and data is waited for: TCP_DEFER_ACCEPT. */
  isAcknowledged = false;
  /** Times that the SYN-ACK was sent again. */
  timeouts = 0;
  /** The same, also because the SYN came again. */
  retransmissions = 0;
  readonly sentUs: number;
  readonly timer: Timer;

  constructor(listener: Listener, path: Path, header: TcpHeader, nowUs: number) {
    const { settings, tcp } = listener;
    this.tcp = tcp;
    this.listener = listener;
    this.path = path;
    this.local = path.source;
    this.localPort = header.destinationPort;
    this.remote = path.destination;
    this.remotePort = header.sourcePort;
    this.irs = header.sequence;
    const own = Math.min(mssOfMtu(path, path.linkMtu), 0xffff);
    const user = settings.maximumSegmentBytes;
    this.advertisedMss = user > 0 ? Math.min(own, user) : own;
    const peer = header.mss > 0 ? header.mss : defaultMss(path);
    this.peerMss = user > 0 ? Math.min(peer, user) : peer;
    this.timestampsOn = settings.timestamps && header.hasTimestamps;
    this.sackOn = settings.selectiveAcknowledgement && header.sackPermitted;
    this.sendScale = settings.windowScaling && header.windowScale >= 0 ? Math.min(MOST_SCALE, header.windowScale) : -1;
    this.recentTimestamp = header.timestampValue;
    this.timestampOffset = tcp.isn.timestampOffset(path.source, path.destination);
    this.receiveWindow.begin(settings, this.advertisedMss - (this.timestampsOn ? TIMESTAMP_OPTION_BYTES : 0));
    if (this.sendScale < 0) this.receiveWindow.scale = 0;
    this.sentUs = nowUs;
    this.timer = new Timer(this);
  }

  /** Sends the SYN-ACK, with a cookie of Fast Open where one is due. */
  answer(timestamp: number = this.timestampNow(), cookie?: Uint8Array, isExperimental = false): void {
    const { tcp, listener } = this;
    const packet = tcp.pool.allocate(0);
    if (packet === undefined) return;
    const header = tcp.out;
    header.sourcePort = this.localPort;
    header.destinationPort = this.remotePort;
    header.sequence = this.iss;
    header.acknowledgment = (this.irs + 1) | 0;
    header.flags = TCP_SYN | TCP_ACK | (this.ecnOn ? TCP_ECE : 0);
    header.window = Math.min(0xffff, this.receiveWindow.size);
    header.urgentPointer = 0;
    header.mss = this.advertisedMss;
    header.sackPermitted = this.sackOn;
    header.sackCount = 0;
    header.hasTimestamps = this.timestampsOn;
    header.timestampValue = timestamp;
    header.timestampEcho = this.recentTimestamp;
    header.windowScale = this.sendScale >= 0 ? this.receiveWindow.scale : -1;
    setFastOpen(header, cookie, isExperimental);
    prependHeader(packet, header, this.path.pseudoSum);
    header.fastOpenBytes = -1;
    answerOptions.hopLimit = listener.settings.hopLimit;
    answerOptions.trafficClass = listener.settings.trafficClass & ~3;
    answerOptions.mtuDiscovery = listener.settings.mtuDiscovery;
    tcp.ip.send(packet, this.path, answerOptions);
  }

  answerAgain(): void {
    this.retransmissions++;
    this.answer();
  }

  timestampNow(): number {
    return (Math.floor(this.tcp.nowUs / 1000) + this.timestampOffset) | 0;
  }

  /** RFC 6298 §5.4, with the retries of SYN-ACKs. */
  expired(): void {
    const { settings } = this.listener;
    const deferUs = settings.deferAcceptS * 1_000_000;
    const mayDefer = this.isAcknowledged && this.tcp.nowUs - this.sentUs < deferUs;
    if (this.timeouts >= settings.synAckRetries && !mayDefer) {
      this.listener.forget(this);
      return;
    }
    this.timeouts++;
    if (!mayDefer) this.answerAgain();
    this.arm();
  }

  arm(): void {
    const { rtoMaxUs } = this.listener.settings;
    this.tcp.timers.set(this.timer, this.tcp.nowUs + Math.min(rtoMaxUs, INITIAL_RTO_US * 2 ** this.timeouts));
  }
}

/** Filled for each answer. */
const answerOptions = new IpSendOptions();
