import { errno } from "../../api/errno.ts";
import { TCP_SYN_RECV, TCP_SYN_SENT } from "../../api/constants/tcp-option.ts";
import { addSums, pseudoHeaderSum } from "../../wire/checksum.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { PROTOCOL_TCP } from "../../wire/ip-protocol.ts";
import { BAD_OPTION, OK } from "../../wire/reason.ts";
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, TcpHeader } from "../../wire/tcp-header.ts";
import { parseQuotedTcp, parseTcp, verifyTcp } from "../../wire/tcp.ts";
import type { StackContext } from "../context.ts";
import { PACKET_TOO_BIG, SOURCE_QUENCH, type IcmpError } from "../icmp/error.ts";
import { IpAddress } from "../ip/address.ts";
import type { IpOutput } from "../ip/ip-output.ts";
import type { Path } from "../ip/path.ts";
import { IpSendOptions } from "../ip/send-options.ts";
import type { Transport } from "../ip/transport.ts";
import { CHECKSUM_NONE, PACKET_FOR_HOST, type Packet, type PacketPool } from "../packet.ts";
import type { TimerQueue } from "../timer/timer-queue.ts";
import { AckOutcome } from "./ack-outcome.ts";
import { ChallengeAckLimit } from "./challenge-ack.ts";
import { Connection } from "./connection.ts";
import type { ConnectionOwner } from "./connection-owner.ts";
import type { EarlyData, TcpEndpoint, TcpListenOptions, TcpProtocol } from "./contract.ts";
import { CONNECTION, Demultiplexer, SYN_REQUEST, TIME_WAIT } from "./demultiplexer.ts";
import { callWithData, mayCarryData } from "./fast-open.ts";
import { FastOpenCache } from "./fast-open-cache.ts";
import { FastOpenCookies } from "./fast-open-cookie.ts";
import { InitialSequenceNumber } from "./initial-sequence-number.ts";
import { Listener } from "./listener.ts";
import { PortTable } from "./port-table.ts";
import { checkPathMtu } from "./path-change.ts";
import { mtuOf } from "./path-mtu.ts";
import { RETRANSMISSION } from "./retransmission-timer.ts";
import { INITIAL_RTO_US } from "./rtt.ts";
import { prependHeader, sendAck, sendSyn } from "./segment.ts";
import { segmentArrives } from "./segment-arrives.ts";
import { isBefore } from "./sequence.ts";
import { TcpSettings } from "./settings.ts";
import { SynCookie } from "./syn-cookie.ts";
import type { SynRequest } from "./syn-request.ts";
import { TimeWait, TimeWaits } from "./time-wait.ts";
import { synFlags } from "./timers.ts";

/** Whoever holds a pair. */
type Holder = Connection | SynRequest | TimeWait;

const TICK_US = 1000;

/** TCP of one stack: RFC 9293. */
export class Tcp implements Transport, TcpProtocol {
  readonly #context: StackContext;
  readonly ip: IpOutput;
  readonly pool: PacketPool;
  readonly timers: TimerQueue;
  readonly pairs: Demultiplexer<Holder>;
  readonly ports: PortTable = new PortTable();
  readonly isn: InitialSequenceNumber;
  readonly cookies: SynCookie;
  /** Fast Open, as a server and as a client. */
  readonly fastOpenCookies: FastOpenCookies;
  readonly fastOpenCache: FastOpenCache = new FastOpenCache();
  /** What a socket's settings are before its program changes them. */
  readonly defaults: TcpSettings = new TcpSettings();
  readonly challenges: ChallengeAckLimit = new ChallengeAckLimit();
  readonly timeWaits: TimeWaits;
  /** The header of the segment that is read, and of the one that is written. */
  readonly #in: TcpHeader = new TcpHeader();
  readonly out: TcpHeader = new TcpHeader();
  readonly outcome: AckOutcome = new AckOutcome();
  readonly #bareOptions: IpSendOptions = new IpSendOptions();
  /** Connections that owe an acknowledgement at the end of the batch, and that have something to tell. */
  readonly owing: Connection[] = [];
  readonly dirty: Connection[] = [];
  readonly dirtyListeners: Listener[] = [];

  constructor(context: StackContext, ip: IpOutput) {
    this.#context = context;
    this.ip = ip;
    this.pool = context.pool;
    this.timers = context.timers;
    this.pairs = new Demultiplexer(context.random.uint32());
    this.isn = new InitialSequenceNumber(context.random);
    this.cookies = new SynCookie(context.random);
    this.fastOpenCookies = new FastOpenCookies(context.random);
    this.timeWaits = new TimeWaits(this);
  }

  get nowUs(): number {
    return this.#context.nowUs;
  }

  connect(
    owner: ConnectionOwner,
    settings: TcpSettings,
    local: TcpEndpoint,
    remote: IpAddress,
    remotePort: number,
    early?: EarlyData,
  ): Connection | number {
    const iface = settings.interfaceIndex;
    const path = this.ip.route({ destination: remote, protocol: PROTOCOL_TCP, source: local.address, iface });
    if (typeof path === "number") return path;
    if (path.destination.isMulticast || path.isBroadcast) return -errno.ENETUNREACH;
    const taken = this.pairs.find(path.source, local.port, path.destination, remotePort);
    if (taken instanceof TimeWait && this.timeWaits.mayReuse(taken)) this.timeWaits.remove(taken);
    else if (taken !== undefined) return -errno.EADDRNOTAVAIL;
    const iss = this.isn.generate(path.source, local.port, path.destination, remotePort, this.nowUs);
    const c = new Connection(this, settings, path, local.port, remotePort, iss);
    c.owner = owner;
    c.receiveWindow.begin(settings, c.advertisedMss);
    c.state = TCP_SYN_SENT;
    c.synSentUs = this.nowUs;
    this.hold(c);
    if (early === undefined) sendSyn(c, synFlags(c));
    else early.taken = callWithData(c, early.bytes);
    c.retransmission.set(c, RETRANSMISSION, Math.min(INITIAL_RTO_US, settings.rtoMaxUs));
    return c;
  }

  listen(
    owner: ConnectionOwner,
    settings: TcpSettings,
    local: TcpEndpoint,
    options: TcpListenOptions,
  ): Listener | number {
    const listener = new Listener(this, owner, settings, local, options);
    return this.ports.addListener(listener) ? listener : -errno.EADDRINUSE;
  }

  mayCarryData(settings: TcpSettings, server: IpAddress): boolean {
    return mayCarryData(this, settings, server);
  }

  get fastOpenKey(): Uint8Array {
    return this.fastOpenCookies.key;
  }

  isPairInUse(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): boolean {
    const taken = this.pairs.find(local, localPort, remote, remotePort);
    return taken !== undefined && !(taken instanceof TimeWait && this.timeWaits.mayReuse(taken));
  }

  isPortInUse(port: number, countTimeWait: boolean): boolean {
    return this.ports.isInUse(port, countTimeWait);
  }

  input(packet: Packet, ip: IpHeader): void {
    const header = this.#in;
    const { view, start, end } = packet;
    const reason = parseTcp(view, start, end, header);
    if ((reason !== OK && reason !== BAD_OPTION) || packet.packetType !== PACKET_FOR_HOST) {
      packet.release();
      return;
    }
    const holder = this.pairs.findReceiver(ip, header.destinationPort, header.sourcePort);
    if (packet.checksum !== CHECKSUM_NONE || this.#isIntact(packet, ip, holder)) {
      this.#dispatch(holder, header, ip, packet);
    }
    packet.release();
  }

  /** RFC 9293 §3.1, MUST-3: the checksum. */
  #isIntact(packet: Packet, ip: IpHeader, holder: Holder | undefined): boolean {
    const { view, start, end } = packet;
    const length = end - start;
    const pseudo =
      holder === undefined
        ? pseudoHeaderSum(
            ip.source0,
            ip.source1,
            ip.source2,
            ip.source3,
            ip.destination0,
            ip.destination1,
            ip.destination2,
            ip.destination3,
            PROTOCOL_TCP,
            length,
          )
        : addSums(holder.path.pseudoSum, length);
    return verifyTcp(view, start, end, pseudo);
  }

  #dispatch(holder: Holder | undefined, header: TcpHeader, ip: IpHeader, packet: Packet): void {
    if (holder === undefined) {
      this.#unclaimed(header, ip, packet);
      return;
    }
    switch (holder.kind) {
      case CONNECTION:
        if (ip.hopLimit < (holder as Connection).settings.leastHopLimit) return;
        segmentArrives(holder as Connection, header, packet, ip.trafficClass);
        return;
      case SYN_REQUEST: {
        const request = holder as SynRequest;
        if (ip.hopLimit < request.listener.settings.leastHopLimit) return;
        request.listener.requestArrives(request, header, ip, packet);
        return;
      }
      default:
        if (this.timeWaits.arrives(holder as TimeWait, header)) this.#unclaimed(header, ip, packet);
    }
  }

  /** RFC 9293 §3.10.7.1 and §3.10.7.2: nobody has the pair. */
  #unclaimed(header: TcpHeader, ip: IpHeader, packet: Packet): void {
    const listener = this.ports.findListener(header, ip, packet.iface);
    if (listener !== undefined) {
      if (ip.hopLimit >= listener.settings.leastHopLimit) listener.arrives(header, ip, packet);
    } else this.resetFrom(header, ip, packet);
  }

  error(error: IcmpError, ip: IpHeader, packet: Packet): void {
    const header = this.#in;
    if (parseQuotedTcp(packet.view, packet.transport, packet.end, header) !== OK) return;
    // What is quoted was sent by us: its source is our side.
    const local = IpAddress.sourceOf(ip);
    const holder = this.pairs.find(local, header.sourcePort, IpAddress.destinationOf(ip), header.destinationPort);
    if (holder === undefined || holder.kind === TIME_WAIT) return;
    if (holder.kind === SYN_REQUEST) {
      const request = holder as SynRequest;
      if (header.sequence === request.iss && error.isHard) request.listener.forget(request);
      return;
    }
    this.#connectionError(holder as Connection, header.sequence, error);
  }

  /** RFC 5927 §4.1: only what quotes something in flight is believed; §3.9.2.2 of RFC 9293 says what to do. */
  #connectionError(c: Connection, sequence: number, error: IcmpError): void {
    if (isBefore(sequence, c.sndUna) || !isBefore(sequence, c.sndNxt)) return;
    if (error.kind === SOURCE_QUENCH) return;
    if (error.kind === PACKET_TOO_BIG) {
      this.ip.reducePathMtu(c.path, error.info, mtuOf(c));
      checkPathMtu(c);
      c.push();
      return;
    }
    if (error.errno === 0) return;
    if (c.state === TCP_SYN_SENT || c.state === TCP_SYN_RECV || c.settings.receiveErrors) {
      c.ended(error.errno);
      return;
    }
    c.softError = error.errno;
  }

  /** The batch of packets or timers is over: acknowledgements leave, and programs are told. */
  batchEnded(): void {
    this.#flushAcks();
    for (let i = 0; i < this.dirty.length; i++) {
      const c = this.dirty[i] as Connection;
      const events = c.takeEvents();
      if (events !== 0) c.owner?.changed(c, events);
    }
    // Setting a length costs more than a look at it, and most batches have nothing to tell.
    if (this.dirty.length > 0) this.dirty.length = 0;
    for (let i = 0; i < this.dirtyListeners.length; i++) {
      const listener = this.dirtyListeners[i] as Listener;
      const events = listener.takeEvents();
      if (events !== 0) listener.owner?.changed(listener, events);
    }
    if (this.dirtyListeners.length > 0) this.dirtyListeners.length = 0;
    this.#flushAcks();
  }

  #flushAcks(): void {
    const { owing } = this;
    for (let i = 0; i < owing.length; i++) {
      const c = owing[i] as Connection;
      c.ack.isListed = false;
      if (!c.isClosed && c.ack.isOwedAtOnce) sendAck(c);
    }
    if (owing.length > 0) owing.length = 0;
  }

  /** The connection's acknowledgement leaves now. */
  flushAck(c: Connection): void {
    if (!c.isClosed && c.ack.isOwed) sendAck(c);
  }

  /** The pair belongs to a connection or a handshake from now on. */
  hold(holder: Connection | SynRequest): void {
    this.pairs.add(holder);
    this.ports.add(holder.localPort);
  }

  release(holder: Connection | SynRequest): void {
    if (holder.pairIndex < 0) return;
    this.pairs.remove(holder);
    this.ports.remove(holder.localPort);
  }

  /** A connection is over. */
  forget(c: Connection): void {
    this.release(c);
    this.timers.remove(c.timer);
  }

  forgetListener(listener: Listener): void {
    this.ports.removeListener(listener);
  }

  /** The way back to who sent a segment, to be kept. */
  pathBack(ip: IpHeader, packet: Packet, interfaceIndex: number): Path | undefined {
    const destination = IpAddress.sourceOf(ip);
    if (destination.isMulticast || destination.isUnspecified) return undefined;
    // A link-local address means nothing without its link.
    const iface = destination.isLinkLocal ? packet.iface : interfaceIndex;
    const source = IpAddress.destinationOf(ip);
    const path = this.ip.route({ destination, protocol: PROTOCOL_TCP, source, iface });
    return typeof path === "number" ? undefined : path;
  }

  /** RFC 9293 §3.10.7.1: a reset for a segment that belongs to nobody. */
  resetFrom(header: TcpHeader, ip: IpHeader, packet: Packet): void {
    if ((header.flags & TCP_RST) !== 0) return;
    const path = this.ip.replyPath(ip, packet);
    if (path === undefined) return;
    this.#reset(path, header);
  }

  /** The same, in answer to a segment that a connection cannot take: RFC 9293 §3.5.2. */
  resetFor(header: TcpHeader, c: Connection): void {
    if ((header.flags & TCP_RST) === 0) this.#reset(c.path, header);
  }

  #reset(path: Path, header: TcpHeader): void {
    const { flags } = header;
    const hasAck = (flags & TCP_ACK) !== 0;
    let spans = header.payloadEnd - header.payloadStart;
    if ((flags & TCP_SYN) !== 0) spans++;
    if ((flags & TCP_FIN) !== 0) spans++;
    this.sendBare(
      path,
      header.destinationPort,
      header.sourcePort,
      hasAck ? header.acknowledgment : 0,
      hasAck ? 0 : (header.sequence + spans) | 0,
      hasAck ? TCP_RST : TCP_RST | TCP_ACK,
      0,
      false,
      0,
      0,
    );
  }

  /** RFC 9293 §3.10.7.4, first check, for a handshake that has begun. */
  acknowledgeRequest(request: SynRequest): void {
    if (!this.challenges.take(this.nowUs)) return;
    const { path, localPort, remotePort, iss, irs, timestampsOn, timestampOffset, recentTimestamp } = request;
    const window = request.receiveWindow.size >> request.receiveWindow.scale;
    const next = (iss + 1) | 0;
    const expected = (irs + 1) | 0;
    this.sendBare(
      path,
      localPort,
      remotePort,
      next,
      expected,
      TCP_ACK,
      window,
      timestampsOn,
      timestampOffset,
      recentTimestamp,
    );
  }

  /** A segment without data from nobody's connection. */
  sendBare(
    path: Path,
    localPort: number,
    remotePort: number,
    sequence: number,
    acknowledgment: number,
    flags: number,
    window: number,
    hasTimestamps: boolean,
    timestampOffset: number,
    timestampEcho: number,
  ): void {
    const packet = this.pool.allocate(0);
    if (packet === undefined) return;
    const header = this.out;
    header.sourcePort = localPort;
    header.destinationPort = remotePort;
    header.sequence = sequence;
    header.acknowledgment = acknowledgment;
    header.flags = flags;
    header.window = window;
    header.urgentPointer = 0;
    header.mss = -1;
    header.windowScale = -1;
    header.sackPermitted = false;
    header.sackCount = 0;
    header.hasTimestamps = hasTimestamps;
    header.timestampValue = (Math.floor(this.nowUs / TICK_US) + timestampOffset) | 0;
    header.timestampEcho = timestampEcho;
    prependHeader(packet, header, path.pseudoSum);
    this.ip.send(packet, path, this.#bareOptions);
  }
}
