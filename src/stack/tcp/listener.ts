import { TCP_ESTABLISHED, TCP_SYN_RECV } from "../../api/constants/tcp-option.ts";
import type { TcpInfo } from "../../api/options/tcp-info.ts";
import type { IpHeader } from "../../wire/ip-header.ts";
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, type TcpHeader } from "../../wire/tcp-header.ts";
import type { IpAddress } from "../ip/address.ts";
import type { Packet } from "../packet.ts";
import { Connection } from "./connection.ts";
import { ACCEPTABLE, type ConnectionOwner } from "./connection-owner.ts";
import type { TcpEndpoint, TcpListener, TcpListenOptions } from "./contract.ts";
import { asksForEcn } from "./ecn.ts";
import { FAST_OPEN_SERVER } from "./fast-open.ts";
import { COOKIE_AGED, COOKIE_FORGED, COOKIE_GOOD } from "./fast-open-cookie.ts";
import { FastOpenState } from "./fast-open-state.ts";
import { receiveData } from "./receive-data.ts";
import { RETRANSMISSION } from "./retransmission-timer.ts";
import { INITIAL_RTO_US } from "./rtt.ts";
import { sendSyn } from "./segment.ts";
import { synAckFlags } from "./timers.ts";
import { segmentArrives } from "./segment-arrives.ts";
import { distance, isAfter } from "./sequence.ts";
import type { TcpSettings } from "./settings.ts";
import { optionsOfTimestamp, timestampWithOptions } from "./syn-cookie.ts";
import { SynRequest } from "./syn-request.ts";
import type { Tcp } from "./tcp.ts";
import { listenerInfo } from "./tcp-info.ts";
import { updateMss } from "./path-mtu.ts";

/** The largest backlog, whatever is asked for: net.core.somaxconn. */
const MOST_BACKLOG = 4096;
/** An acknowledged cookie is looked at for so long after the last one was sent. */
const COOKIE_LIFE_US = 120_000_000;
/** Bits of tcp_fastopen: data without a cookie, and listeners that did not ask for it. */
const SERVER_WITHOUT_COOKIE = 0x200;
const SERVER_WITHOUT_OPTION = 0x400;
/** An ordinary handshake, whatever the SYN has. */
const NO_FAST_OPEN = -1;
/** A connection that is reset before its handshake is done counts for so long: RFC 7413 §5.1. */
const RESET_FAST_OPEN_US = 60_000_000;

/** A port that is open: with the SYN queue and the accept queue of Linux (RFC 9293 §3.10.7.2). */
export class Listener implements TcpListener {
  owner: ConnectionOwner | undefined;
  readonly settings: TcpSettings;
  readonly tcp: Tcp;
  /** Undefined: any address. */
  readonly localAddress: IpAddress | undefined;
  readonly localPort: number;
  readonly families: TcpListenOptions["families"];
  readonly reusePort: boolean;
  backlog: number;
  readonly #requests: Set<SynRequest> = new Set();
  #accepted: Connection[] = [];
  #head = 0;
  #lastCookieUs = -Infinity;
  /** Connections that a SYN's data has opened, and whose handshake is not done. */
  #fastOpens = 0;
  /** When those of them that were reset count no more. */
  readonly #resetFastOpensUs: number[] = [];
  #isDirty = false;
  #isClosed = false;

  constructor(tcp: Tcp, owner: ConnectionOwner, settings: TcpSettings, local: TcpEndpoint, options: TcpListenOptions) {
    this.tcp = tcp;
    this.owner = owner;
    this.settings = settings;
    this.localAddress = local.address;
    this.localPort = local.port;
    this.families = options.families;
    this.reusePort = options.reusePort;
    this.backlog = Math.min(MOST_BACKLOG, Math.max(0, options.backlog));
  }

  get acceptable(): number {
    return this.#accepted.length - this.#head;
  }

  /** Handshakes that have begun. */
  get pending(): number {
    return this.#requests.size;
  }

  accept(): Connection | undefined {
    const connection = this.#accepted[this.#head];
    if (connection === undefined) return undefined;
    this.#head++;
    if (this.#head === this.#accepted.length) {
      this.#accepted = [];
      this.#head = 0;
    } else if (this.#head > MOST_BACKLOG) {
      this.#accepted.splice(0, this.#head);
      this.#head = 0;
    }
    return connection;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.owner = undefined;
    this.tcp.forgetListener(this);
    for (const request of this.#requests) this.forget(request);
    for (let connection = this.accept(); connection !== undefined; connection = this.accept()) {
      connection.isOrphan = true;
      connection.abort();
    }
  }

  info(): TcpInfo {
    return listenerInfo(this.acceptable, this.backlog);
  }

  /** What has happened since the last time. */
  takeEvents(): number {
    this.#isDirty = false;
    return this.acceptable > 0 ? ACCEPTABLE : 0;
  }

  /** A handshake is given up. */
  forget(request: SynRequest): void {
    this.#requests.delete(request);
    this.tcp.timers.remove(request.timer);
    this.tcp.release(request);
  }

  /** How well the listener fits a SYN; -1 when it does not. */
  fit(ip: IpHeader, iface: number): number {
    if (ip.version === 4 ? this.families === "ipv6" : this.families === "ipv4") return -1;
    if (this.settings.interfaceIndex !== 0 && this.settings.interfaceIndex !== iface) return -1;
    if (this.localAddress !== undefined && !this.localAddress.isDestinationOf(ip)) return -1;
    return (
      (this.localAddress === undefined ? 0 : 4) +
      (this.settings.interfaceIndex === 0 ? 0 : 2) +
      (this.families === "both" ? 0 : 1)
    );
  }

  /** A segment of nobody's: RFC 9293 §3.10.7.2. */
  arrives(header: TcpHeader, ip: IpHeader, packet: Packet): void {
    const { flags } = header;
    if ((flags & TCP_RST) !== 0) return;
    if ((flags & TCP_ACK) !== 0) {
      if ((flags & TCP_SYN) !== 0 || !this.#cookieArrives(header, ip, packet)) this.tcp.resetFrom(header, ip, packet);
      return;
    }
    // RFC 9293 lets a SYN with a FIN pass; Linux drops it, for nobody honest sends one.
    if ((flags & TCP_SYN) === 0 || (flags & TCP_FIN) !== 0) return;
    this.#synArrives(header, ip, packet);
  }

  #synArrives(header: TcpHeader, ip: IpHeader, packet: Packet): void {
    const { tcp, settings } = this;
    // Nobody accepts, so the handshake could not end: the peer will ask again (TcpExtListenOverflows).
    if (this.acceptable > this.backlog) return;
    const isFull = this.#requests.size >= Math.max(1, this.backlog);
    const withCookie = settings.synCookies === 2 || (isFull && settings.synCookies === 1);
    if (isFull && !withCookie) return;
    const path = tcp.pathBack(ip, packet, settings.interfaceIndex);
    if (path === undefined) return;
    const request = new SynRequest(this, path, header, tcp.nowUs);
    request.ecnOn = settings.ecn !== 0 && asksForEcn(header);
    if (withCookie) {
      this.#answerWithCookie(request, header);
      return;
    }
    const { local, localPort, remote, remotePort } = request;
    request.iss = tcp.isn.generate(local, localPort, remote, remotePort, tcp.nowUs);
    if (settings.saveSyn > 0) request.savedSyn = savedSyn(packet, header, settings.saveSyn === 2);
    const verdict = this.#judgeFastOpen(request, header);
    if (verdict === COOKIE_GOOD || verdict === COOKIE_AGED) {
      this.#openFast(request, header, packet, verdict === COOKIE_AGED ? this.#fastOpenCookie(request) : undefined);
      return;
    }
    this.#requests.add(request);
    tcp.hold(request);
    const cookie = verdict === COOKIE_FORGED ? this.#fastOpenCookie(request) : undefined;
    request.answer(request.timestampNow(), cookie, header.fastOpenExperimental);
    request.arm();
  }

  /** RFC 7413 §4.2.2: COOKIE_GOOD or COOKIE_AGED takes the SYN's data, COOKIE_FORGED gives a cookie. */
  #judgeFastOpen(request: SynRequest, header: TcpHeader): number {
    const { settings, tcp } = this;
    const { fastOpen } = settings;
    const hasData = header.payloadEnd > header.payloadStart;
    if ((fastOpen & FAST_OPEN_SERVER) === 0 || (!hasData && header.fastOpenBytes < 0)) return NO_FAST_OPEN;
    const asked = settings.fastOpenBacklog;
    const most = asked === 0 && (fastOpen & SERVER_WITHOUT_OPTION) !== 0 ? this.backlog : asked;
    if (this.#fastOpensPending() >= most) return NO_FAST_OPEN;
    if (settings.fastOpenNoCookie || (fastOpen & SERVER_WITHOUT_COOKIE) !== 0) return COOKIE_GOOD;
    if (header.fastOpenBytes <= 0) return header.fastOpenBytes === 0 ? COOKIE_FORGED : NO_FAST_OPEN;
    const { fastOpenCookie, fastOpenBytes } = header;
    return tcp.fastOpenCookies.check(this.#fastOpenKey, request.remote, request.local, fastOpenCookie, fastOpenBytes);
  }

  get #fastOpenKey(): Uint8Array {
    return this.settings.fastOpenKey ?? this.tcp.fastOpenKey;
  }

  #fastOpenCookie(request: SynRequest): Uint8Array {
    return this.tcp.fastOpenCookies.make(this.#fastOpenKey, request.remote, request.local);
  }

  /** Those whose handshake is not done, and those that were reset before it was, for a while: RFC 7413 §5.1. */
  #fastOpensPending(): number {
    const { nowUs } = this.tcp;
    while ((this.#resetFastOpensUs[0] ?? Infinity) <= nowUs) this.#resetFastOpensUs.shift();
    return this.#fastOpens + this.#resetFastOpensUs.length;
  }

  /** The handshake of a connection that was opened by a SYN's data is over. */
  fastOpenFinished(wasReset: boolean): void {
    this.#fastOpens--;
    if (wasReset && !this.#isClosed) this.#resetFastOpensUs.push(this.tcp.nowUs + RESET_FAST_OPEN_US);
  }

  /** The connection is there before its handshake is done, with the SYN's data: RFC 7413 §4.2.2. */
  #openFast(request: SynRequest, header: TcpHeader, packet: Packet, cookie: Uint8Array | undefined): void {
    const { tcp } = this;
    const c = this.#connectionOf(request, request.irs);
    const state = new FastOpenState(this);
    c.fastOpen = state;
    this.#fastOpens++;
    c.state = TCP_SYN_RECV;
    c.sndWnd = header.window;
    c.maxWindow = header.window;
    c.sndWl1 = header.sequence;
    updateMss(c);
    tcp.hold(c);
    if (header.payloadEnd > header.payloadStart) {
      header.sequence = c.rcvNxt;
      c.statistics.dataSegmentsIn = 1;
      receiveData(c, header, packet);
      c.receiveWindow.updatedAt = c.rcvNxt;
      state.isDataTaken = true;
    }
    sendSyn(c, synAckFlags(c), cookie);
    // As Linux: the handshake's are not the connection's own.
    c.statistics.segmentsOut = 0;
    c.retransmission.set(c, RETRANSMISSION, INITIAL_RTO_US);
    this.#accepted.push(c);
    this.#tell();
  }

  /** RFC 4987 §3.6: nothing is kept. */
  #answerWithCookie(request: SynRequest, header: TcpHeader): void {
    const { tcp } = this;
    const { local, localPort, remote, remotePort, irs, peerMss } = request;
    this.#lastCookieUs = tcp.nowUs;
    request.iss = tcp.cookies.make(local, localPort, remote, remotePort, irs, peerMss, tcp.nowUs);
    if (request.timestampsOn) {
      request.answer(timestampWithOptions(request.timestampNow(), header, request.ecnOn));
      return;
    }
    // Without timestamps there is no place to remember options in.
    request.sendScale = -1;
    request.sackOn = false;
    request.ecnOn = false;
    request.answer();
  }

  /** An acknowledgement of a SYN that nobody remembers. Returns false when it is none. */
  #cookieArrives(header: TcpHeader, ip: IpHeader, packet: Packet): boolean {
    const { tcp, settings } = this;
    if (settings.synCookies === 0 || tcp.nowUs - this.#lastCookieUs > COOKIE_LIFE_US) return false;
    const path = tcp.pathBack(ip, packet, settings.interfaceIndex);
    if (path === undefined) return false;
    const irs = (header.sequence - 1) | 0;
    const iss = (header.acknowledgment - 1) | 0;
    const { destinationPort, sourcePort } = header;
    const mss = tcp.cookies.check(path.source, destinationPort, path.destination, sourcePort, irs, iss, tcp.nowUs);
    if (mss === 0) return false;
    if (this.acceptable > this.backlog) return true;
    header.mss = mss;
    if (header.hasTimestamps) {
      const options = optionsOfTimestamp(header.timestampEcho);
      header.windowScale = options.scale;
      header.sackPermitted = options.sack;
    }
    const request = new SynRequest(this, path, header, tcp.nowUs);
    request.ecnOn = header.hasTimestamps && settings.ecn !== 0 && optionsOfTimestamp(header.timestampEcho).ecn;
    request.iss = iss;
    this.#establish(request, irs, header, ip, packet);
    return true;
  }

  /** A segment for a handshake that has begun: RFC 9293 §3.10.7.4 in SYN-RECEIVED. */
  requestArrives(request: SynRequest, header: TcpHeader, ip: IpHeader, packet: Packet): void {
    const { flags } = header;
    const next = (request.irs + 1) | 0;
    if ((flags & TCP_SYN) !== 0 && (flags & (TCP_ACK | TCP_RST)) === 0 && header.sequence === request.irs) {
      // The answer was lost.
      request.answerAgain();
      return;
    }
    const isOld =
      request.timestampsOn && header.hasTimestamps && ((header.timestampValue - request.recentTimestamp) | 0) < 0;
    const offset = distance(header.sequence, next);
    if (isOld || offset < 0 || offset > request.receiveWindow.size) {
      if ((flags & TCP_RST) === 0) this.tcp.acknowledgeRequest(request);
      return;
    }
    if ((flags & TCP_RST) !== 0) {
      // RFC 5961 §3.2.
      if (offset === 0) this.forget(request);
      else this.tcp.acknowledgeRequest(request);
      return;
    }
    if ((flags & TCP_SYN) !== 0) {
      this.tcp.acknowledgeRequest(request);
      return;
    }
    if ((flags & TCP_ACK) === 0) return;
    if (header.acknowledgment !== ((request.iss + 1) | 0)) {
      this.tcp.resetFrom(header, ip, packet);
      return;
    }
    this.#acknowledged(request, header, ip, packet);
  }

  #acknowledged(request: SynRequest, header: TcpHeader, ip: IpHeader, packet: Packet): void {
    const isBare = header.payloadEnd === header.payloadStart && (header.flags & TCP_FIN) === 0;
    if (this.settings.deferAcceptS > 0 && isBare && !this.#hasDeferredLongEnough(request)) {
      request.isAcknowledged = true;
      return;
    }
    if (this.acceptable > this.backlog) {
      // As Linux: the peer believes itself connected, and the SYN-ACK will go again.
      if (this.settings.abortOnOverflow) {
        this.forget(request);
        this.tcp.resetFrom(header, ip, packet);
      } else {
        request.isAcknowledged = true;
      }
      return;
    }
    this.forget(request);
    this.#establish(request, request.irs, header, ip, packet);
  }

  #hasDeferredLongEnough(request: SynRequest): boolean {
    return this.tcp.nowUs - request.sentUs >= this.settings.deferAcceptS * 1_000_000;
  }

  /** What both sides agreed on, as a connection. */
  #connectionOf(request: SynRequest, irs: number): Connection {
    const { tcp } = this;
    const settings = this.settings.clone();
    const c = new Connection(tcp, settings, request.path, request.localPort, request.remotePort, request.iss);
    c.irs = irs;
    c.rcvNxt = (irs + 1) | 0;
    c.receive.begin(c.rcvNxt);
    c.receiveWindow.begin(settings, request.advertisedMss - (request.timestampsOn ? 12 : 0));
    if (request.sendScale < 0) c.receiveWindow.scale = 0;
    c.receiveWindow.updatedAt = c.rcvNxt;
    c.receiveWindow.measuredFrom = c.rcvNxt;
    c.peerMss = request.peerMss;
    c.timestampsOn = request.timestampsOn;
    c.recentTimestamp = request.recentTimestamp;
    c.recentTimestampUs = request.sentUs;
    c.sackOn = request.sackOn;
    c.scalingOn = request.sendScale >= 0;
    c.sendScale = Math.max(0, request.sendScale);
    c.ecn.isOn = request.ecnOn;
    c.savedSyn = request.savedSyn;
    c.synSentUs = request.sentUs;
    c.retransmission.timeouts = request.timeouts;
    c.statistics.accepted(request.retransmissions, request.timeouts);
    return c;
  }

  /** The handshake is done: the connection is made, and waits for `accept`. */
  #establish(request: SynRequest, irs: number, header: TcpHeader, ip: IpHeader, packet: Packet): void {
    const { tcp } = this;
    const c = this.#connectionOf(request, irs);
    c.sndUna = (c.iss + 1) | 0;
    if (isAfter(header.acknowledgment, c.sndNxt)) return;
    updateMss(c);
    tcp.hold(c);
    c.state = TCP_ESTABLISHED;
    c.established(header);
    this.#accepted.push(c);
    this.#tell();
    segmentArrives(c, header, packet, ip.trafficClass);
  }

  #tell(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.tcp.dirtyListeners.push(this);
  }
}

/** The headers of a SYN, without its data; those of the link only where it has some. */
function savedSyn(packet: Packet, header: TcpHeader, withLink: boolean): Uint8Array {
  const start = withLink && packet.link >= 0 ? packet.link : packet.network;
  return packet.bytes.slice(start, header.payloadStart);
}
