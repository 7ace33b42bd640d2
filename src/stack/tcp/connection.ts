// Long because RFC 9293's transmission control block is one record, and every other file of this folder works on it.
import { TCP_CA_Loss, TCP_CLOSE, TCP_ESTABLISHED, TCP_SYN_RECV, TCP_SYN_SENT } from "../../api/constants/tcp-option.ts";
import { errno } from "../../api/errno.ts";
import type { TcpInfo } from "../../api/options/tcp-info.ts";
import type { TcpHeader } from "../../wire/tcp-header.ts";
import type { IpAddress } from "../ip/address.ts";
import type { Path } from "../ip/path.ts";
import { IpSendOptions } from "../ip/send-options.ts";
import { Timer, type TimerOwner } from "../timer/timer.ts";
import { abortConnection, closeConnection, closeSending } from "./close.ts";
import { congestionControl, type CongestionControl } from "./congestion/control.ts";
import { CongestionWindow, INITIAL_WINDOW } from "./congestion/window.ts";
import { CONNECTED, FAILED, WRITABLE, type ConnectionOwner } from "./connection-owner.ts";
import type { TcpConnection } from "./contract.ts";
import { DelayedAck } from "./delayed-ack.ts";
import { CONNECTION, type PairHolder } from "./demultiplexer.ts";
import { Ecn } from "./ecn.ts";
import type { FastOpenState } from "./fast-open-state.ts";
import { KeepAlive, startKeepAlive } from "./keep-alive.ts";
import { output } from "./output.ts";
import { defaultMss, mssOfMtu, mtuOf, PathMtu, updateMss } from "./path-mtu.ts";
import { beginPathMtuSearch } from "./path-mtu-search.ts";
import { DUPLICATE_THRESHOLD, Rack } from "./rack.ts";
import { readBytes, readUrgentByte, writeBytes } from "./read-write.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { lossDetected } from "./recovery.ts";
import { IDLE, RetransmissionTimer } from "./retransmission-timer.ts";
import { RoundTripTime } from "./rtt.ts";
import { sendReset } from "./segment.ts";
import { SendBuffer } from "./send-buffer.ts";
import { distance } from "./sequence.ts";
import type { TcpSettings } from "./settings.ts";
import { Statistics } from "./statistics.ts";
import { armTailLossProbe, TailLossProbe } from "./tail-loss-probe.ts";
import type { Tcp } from "./tcp.ts";
import { tcpInfo } from "./tcp-info.ts";
import { connectionExpired } from "./timers.ts";
import { echoedRttUs } from "./timestamps.ts";
import { TransmitQueue } from "./transmit-queue.ts";
import { hasUrgentByte, UrgentData } from "./urgent.ts";

/**
 * Linux reckons a segment's memory as the power of two above it and its headers, and as much as a small object
 * besides.
 */
const SEGMENT_OVERHEAD_BYTES = 640;
const SEGMENT_OBJECT_BYTES = 256;
/** The send buffer holds the window, and what is sent while its acknowledgement travels. */
const WINDOWS_BUFFERED = 2;

/** A connection: RFC 9293 §3.3.1's transmission control block, and what the program can do with it. */
export class Connection implements TcpConnection, PairHolder, TimerOwner {
  readonly kind: number = CONNECTION;
  readonly tcp: Tcp;
  owner: ConnectionOwner | undefined;
  readonly settings: TcpSettings;
  state: number = TCP_CLOSE;
  readonly path: Path;
  readonly local: IpAddress;
  readonly localPort: number;
  readonly remote: IpAddress;
  readonly remotePort: number;
  pairHash = 0;
  pairIndex = -1;
  readonly sendOptions: IpSendOptions = new IpSendOptions();

  // What is sent: RFC 9293 §3.3.1.
  readonly iss: number;
  sndUna: number;
  sndNxt: number;
  sndWnd = 0;
  sndWl1 = 0;
  /** The largest window that the peer has offered. */
  maxWindow = 0;
  /** Snd.Wind.Shift: RFC 7323 §2. */
  sendScale = 0;
  readonly sendBuffer: SendBuffer = new SendBuffer();
  readonly queue: TransmitQueue = new TransmitQueue();
  /** The end of the last small segment: Nagle's algorithm, as Minshall has it. */
  smallEnd: number;
  /** When a part of a segment that was held back leaves. */
  corkAtUs: number = Infinity;
  /** The program said that more follows. */
  moreFollows = false;
  /** No more is written; the FIN was sent, and acknowledged. */
  sendEnded = false;
  finSent = false;
  finAcknowledged = false;
  /** The program could not write all that it wanted, and is told when it can. */
  isSendBlocked = false;

  // What is received.
  irs = 0;
  rcvNxt = 0;
  readonly receive: ReceiveBuffer = new ReceiveBuffer();
  readonly receiveWindow: ReceiveWindow = new ReceiveWindow();
  receiveShutdown = false;
  finReceived = false;
  /** A FIN behind a hole. */
  pendingFin = false;
  pendingFinAt = 0;
  /** A duplicate that the next acknowledgement reports; equal when there is none. */
  duplicateStart = 0;
  duplicateEnd = 0;
  readonly urgent: UrgentData = new UrgentData();
  readonly ack: DelayedAck = new DelayedAck();

  // What was agreed.
  /** The peer's MSS option, without what our options take. */
  peerMss: number;
  advertisedMss: number;
  /** The payload of a full segment. */
  mss = 0;
  timestampsOn = false;
  readonly timestampOffset: number;
  /** TS.Recent, and when it was taken; negative before. */
  recentTimestamp = 0;
  recentTimestampUs = -1;
  sackOn = false;
  scalingOn = false;
  asksForEcn: boolean;
  readonly ecn: Ecn = new Ecn();

  // Loss, congestion and time.
  readonly rtt: RoundTripTime = new RoundTripTime();
  readonly rack: Rack = new Rack();
  readonly congestion: CongestionWindow = new CongestionWindow();
  control: CongestionControl;
  readonly retransmission: RetransmissionTimer = new RetransmissionTimer();
  readonly tailLossProbe: TailLossProbe = new TailLossProbe();
  readonly pathMtu: PathMtu = new PathMtu();
  /** The headers of the SYN that made it, until they are read: TCP_SAVED_SYN. */
  savedSyn: Uint8Array | undefined = undefined;
  /** Undefined unless it began with TCP Fast Open: RFC 7413. */
  fastOpen: FastOpenState | undefined = undefined;
  readonly keepAlive: KeepAlive = new KeepAlive();
  /** RFC 5682: it is open whether the last timeout was spurious. */
  forwardRto = false;
  /** The end of what was selectively acknowledged last. */
  highestSacked: number;
  /** Segments by which the path reorders: tcp_reordering. */
  reordering: number = DUPLICATE_THRESHOLD;
  synSentUs = -1;
  lastChallengeUs: number = -Infinity;
  finWaitUntilUs: number = Infinity;
  readonly timer: Timer;
  readonly statistics: Statistics = new Statistics();

  // The program's side.
  isOrphan = false;
  isClosed = false;
  #error = 0;
  /** What ICMP has said that may get better. */
  softError = 0;
  #events = 0;
  #isDirty = false;

  constructor(tcp: Tcp, settings: TcpSettings, path: Path, localPort: number, remotePort: number, iss: number) {
    this.tcp = tcp;
    this.settings = settings;
    this.path = path;
    this.local = path.source;
    this.localPort = localPort;
    this.remote = path.destination;
    this.remotePort = remotePort;
    this.iss = iss;
    this.sndUna = iss;
    this.sndNxt = (iss + 1) | 0;
    this.highestSacked = iss;
    this.smallEnd = iss;
    this.sendBuffer.begin(this.sndNxt);
    this.congestion.highSequence = iss;
    this.congestion.roundEnd = iss;
    this.timestampOffset = tcp.isn.timestampOffset(path.source, path.destination);
    this.peerMss = defaultMss(path);
    this.advertisedMss = advertisedMss(this);
    this.asksForEcn = settings.ecn === 1;
    this.control = congestionControl(settings.congestion);
    this.timer = new Timer(this);
    this.statistics.begin(tcp.nowUs);
    this.keepAlive.heard(tcp.nowUs);
    updateMss(this);
  }

  get interfaceIndex(): number {
    return this.path.iface.index;
  }

  get mtuBytes(): number {
    return mtuOf(this);
  }

  get readableBytes(): number {
    return this.receive.length;
  }

  get writableBytes(): number {
    if (this.sendEnded || !this.isOpen) return 0;
    const used = this.sendBuffer.length;
    const free = this.settings.sendBufferBytes - used;
    // TCP_NOTSENT_LOWAT: whoever waits is told when half of it is free.
    if (free < used >> 1 || 2 * this.unsentBytes >= this.settings.notSentLowWaterBytes) return 0;
    return Math.max(0, free);
  }

  get unacknowledgedBytes(): number {
    return this.sendBuffer.length;
  }

  get unsentBytes(): number {
    return Math.max(0, distance(this.sendBuffer.end, this.sndNxt));
  }

  /** Data or the FIN waits to be sent. */
  get hasUnsent(): boolean {
    return distance(this.sendBuffer.end, this.sndNxt) > 0 || (this.sendEnded && !this.finSent);
  }

  get isReceiveEnded(): boolean {
    return this.finReceived || this.receiveShutdown || this.isClosed;
  }

  get isSendEnded(): boolean {
    return this.sendEnded || this.isClosed;
  }

  get hasUrgent(): boolean {
    return hasUrgentByte(this);
  }

  get isAtMark(): boolean {
    return this.urgent.isMarked && this.urgent.mark === this.receive.start;
  }

  /** The handshake is done, or was not waited for, and the connection is not over. */
  get isOpen(): boolean {
    return !this.isClosed && !this.isConnecting;
  }

  get isConnecting(): boolean {
    return this.state === TCP_SYN_SENT || (this.state === TCP_SYN_RECV && !this.isFastOpened);
  }

  /** A SYN with data has made it, and its handshake is not done: RFC 7413 §4.2.2. */
  get isFastOpened(): boolean {
    return this.fastOpen?.listener !== undefined;
  }

  takeError(): number {
    const error = this.#error;
    this.#error = 0;
    return error;
  }

  takeSoftError(): number {
    const error = this.softError;
    this.softError = 0;
    return error;
  }

  write(bytes: Uint8Array, offset: number, length: number, flags: number): number {
    return writeBytes(this, bytes, offset, length, flags);
  }

  read(bytes: Uint8Array, offset: number, length: number, flags: number): number {
    return readBytes(this, bytes, offset, length, flags);
  }

  readUrgent(peek: boolean): number {
    return readUrgentByte(this, peek);
  }

  takeSavedSyn(): Uint8Array | undefined {
    const saved = this.savedSyn;
    this.savedSyn = undefined;
    return saved;
  }

  shutdownSend(): void {
    closeSending(this);
  }

  shutdownReceive(): void {
    this.receiveShutdown = true;
    this.receive.clear();
    this.urgent.isMarked = false;
  }

  close(): void {
    closeConnection(this);
  }

  abort(): void {
    abortConnection(this, 0);
  }

  settingsChanged(): void {
    if (this.control.name !== this.settings.congestion) this.control = congestionControl(this.settings.congestion);
    if (this.isClosed) return;
    startKeepAlive(this);
    if (!this.settings.cork) this.corkAtUs = Infinity;
    if (this.settings.quickAck !== undefined) this.ack.isInteractive = !this.settings.quickAck;
    // As Linux: what the program has not read yet will be acknowledged when it is.
    if (this.settings.quickAck === true && this.receive.length === 0) this.tcp.flushAck(this);
    this.push();
  }

  info(): TcpInfo {
    return tcpInfo(this);
  }

  /** Sends what may be sent. */
  push(): void {
    if (this.isOpen) output(this);
  }

  /** The timer goes off at `atUs` at the latest. */
  schedule(atUs: number): void {
    if (atUs < this.timer.deadlineUs) this.tcp.timers.set(this.timer, atUs);
  }

  expired(_timer: Timer, nowUs: number): void {
    this.timer.deadlineUs = Infinity;
    connectionExpired(this, nowUs);
  }

  /** A segment did not leave this machine: as good as lost, but the path may have to be looked at. */
  notSent(result: number): void {
    if (result === -errno.EMSGSIZE) this.tcp.ip.refresh(this.path);
    else if (result !== -errno.ENOBUFS) this.softError = -result;
  }

  /** New data has left: the timers must run. */
  afterSending(): void {
    const { retransmission } = this;
    if (this.queue.length > 0) retransmission.ensure(this);
    armTailLossProbe(this);
  }

  /** RACK's timer has found a loss. */
  lossDetected(): void {
    lossDetected(this);
  }

  /** RFC 5681 §3.1, RFC 6928; and §3.1 again: one segment when the SYN was lost more than once. */
  initialWindow(): number {
    return INITIAL_WINDOW;
  }

  /** The handshake is done: RFC 9293 §3.10.7.3 and §3.10.7.4. */
  established(header: TcpHeader): void {
    const { tcp, retransmission, settings } = this;
    this.state = TCP_ESTABLISHED;
    this.receiveWindow.measuredUs = tcp.nowUs;
    this.ack.lastUs = tcp.nowUs;
    if (this.statistics.retransmissions === 0 && this.synSentUs >= 0)
      this.rtt.sample(tcp.nowUs - this.synSentUs, tcp.nowUs);
    // RFC 7323 §4.1: an echo tells which SYN it was.
    else if (this.timestampsOn) this.#sampleOfEcho(header);
    this.rtt.handshakeDone();
    this.statistics.timeoutRecovered(tcp.nowUs);
    if (retransmission.timeouts > 1) this.congestion.set(1);
    retransmission.timeouts = 0;
    retransmission.backoff = 0;
    retransmission.firstUs = 0;
    if (retransmission.kind !== IDLE) retransmission.stop();
    // Data that went before the handshake was done.
    if (this.queue.length > 0) retransmission.resume(this);
    this.fastOpen?.finished(false);
    this.sndWnd = header.window << ((header.flags & 2) === 0 ? this.sendScale : 0);
    this.maxWindow = Math.max(this.maxWindow, this.sndWnd);
    this.sndWl1 = header.sequence;
    this.congestion.highSequence = this.sndUna;
    this.congestion.roundEnd = this.sndUna;
    this.highestSacked = this.sndUna;
    this.statistics.delivered++;
    this.keepAlive.heard(tcp.nowUs);
    tcp.ip.confirm(this.path);
    if (settings.mtuProbing === 2) beginPathMtuSearch(this);
    updateMss(this);
    this.#growSendBuffer();
    if (settings.keepAlive) startKeepAlive(this);
    if (this.sendEnded) closeSending(this);
    this.tell(CONNECTED | WRITABLE);
  }

  #sampleOfEcho(header: TcpHeader): void {
    const rttUs = echoedRttUs(this, header);
    if (rttUs >= 0) this.rtt.sample(rttUs, this.tcp.nowUs);
  }

  /** The program is told at the end of the batch. */
  tell(events: number): void {
    this.#events |= events;
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.tcp.dirty.push(this);
  }

  /** What has happened since the last time; the batch is over. */
  takeEvents(): number {
    const events = this.#events;
    this.#events = 0;
    this.#isDirty = false;
    return events;
  }

  /** Bytes were acknowledged: there may be room for a program that waits. */
  tellWritable(): void {
    this.#growSendBuffer();
    if (!this.isSendBlocked || this.writableBytes === 0) return;
    this.isSendBlocked = false;
    this.tell(WRITABLE);
  }

  /** Twice the congestion window, as Linux reckons segments. */
  #growSendBuffer(): void {
    const { settings, congestion } = this;
    if (settings.sendBufferFixed || settings.sendBufferBytes >= settings.sendBufferLimitBytes) return;
    const segments = Math.max(congestion.size, INITIAL_WINDOW, this.reordering + 1);
    const perSegment = 2 ** Math.ceil(Math.log2(this.mss + SEGMENT_OVERHEAD_BYTES)) + SEGMENT_OBJECT_BYTES;
    const bytes = Math.min(settings.sendBufferLimitBytes, WINDOWS_BUFFERED * segments * perSegment);
    if (bytes > settings.sendBufferBytes) settings.sendBufferBytes = bytes;
  }

  /** The peer is silent: ETIMEDOUT, or what the network has said meanwhile. */
  timedOut(): void {
    this.ended(this.softError === 0 ? errno.ETIMEDOUT : this.softError);
  }

  /** Keep-alive gives up: RFC 9293 §3.8.4; the peer, if it is there, is reset. */
  abortSilently(): void {
    sendReset(this);
    this.timedOut();
  }

  /** The connection is gone; `error` is 0 when it ended in order. */
  ended(error: number): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.state = TCP_CLOSE;
    this.#error = error;
    this.retransmission.stop();
    this.fastOpen?.finished(error === errno.ECONNRESET);
    this.tcp.forget(this);
    this.sendBuffer.clear();
    this.queue.clear();
    if (this.isOrphan) this.receive.clear();
    this.congestion.state = Math.min(this.congestion.state, TCP_CA_Loss);
    this.tell(FAILED);
  }

  /** RFC 9293 §3.10.7.4: only the pair and a few numbers are left. */
  toTimeWait(): void {
    this.ended(0);
    this.tcp.timeWaits.add(this);
  }

  /** Closed by the program, and waiting for the peer's FIN: not for ever (tcp_fin_timeout). */
  startFinWait2(): void {
    const seconds = this.settings.finWait2S;
    if (seconds < 0) {
      abortConnection(this, 0);
      return;
    }
    this.finWaitUntilUs = this.tcp.nowUs + seconds * 1_000_000;
    this.schedule(this.finWaitUntilUs);
  }

  /** Data for a program that has closed: RFC 9293 §3.6.1, RFC 2525 §2.17. */
  refuseData(header: TcpHeader): void {
    this.tcp.resetFor(header, this);
    this.ended(0);
  }
}

/** The MSS that a SYN names: RFC 9293 §3.7.1, by the interface's MTU and not by the path's. */
function advertisedMss(c: Connection): number {
  const mss = Math.min(mssOfMtu(c.path, c.path.linkMtu), 0xffff);
  return c.settings.maximumSegmentBytes > 0 ? Math.min(mss, c.settings.maximumSegmentBytes) : mss;
}
