import {
  AF_INET,
  FIONREAD,
  IPPROTO_RAW,
  IPPROTO_UDP,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_MORE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
  SHUT_RD,
  SHUT_WR,
  SIOCOUTQ,
  SOCK_RAW,
  UDP_GRO,
} from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { Arrival, readArrival } from "../../datagram/arrival.ts";
import { type EndpointOwner, FAILED } from "../../datagram/owner.ts";
import type { DatagramTarget } from "../../datagram/target.ts";
import { IpAddress } from "../../ip/address.ts";
import type { IpSendOptions } from "../../ip/send-options.ts";
import type { Packet } from "../../packet.ts";
import { runFilter } from "../filter/classic-bpf.ts";
import { copyOut, gatherInto } from "../copy.ts";
import type { Incoming, Outgoing, StackSocket } from "../socket.ts";
import { SocketState } from "../socket-state.ts";
import { arrivalControl, errorControl, socketControl } from "./datagram-control.ts";
import type { DatagramEndpoint, DatagramKind } from "./datagram-endpoint.ts";
import { familyOfSockaddr, type InetEndpoint, isUnspecified, readEndpoint } from "./inet-address.ts";
import type { InetFamily } from "./inet-family.ts";
import { InetBinding } from "./inet-socket.ts";
import { sentControl } from "./sent-control.ts";

/** The longest datagram that there can be: what is longer is refused by the stack. */
const MAX_DATAGRAM_BYTES = 0xffff;

const arrival = new Arrival();

/** A datagram socket of the internet: udp(7), icmp(7), raw(7). */
export class DatagramSocket implements StackSocket, EndpointOwner {
  readonly state: SocketState;
  readonly inet: InetBinding;
  readonly kind: DatagramKind;
  readonly endpoint: DatagramEndpoint;
  readonly #family: InetFamily;
  #receiveEnded = false;
  /** What MSG_MORE and UDP_CORK hold back. */
  #corked: Uint8Array | undefined;
  #corkedFor: InetEndpoint | undefined;
  isCorking = false;
  /** UDP_GRO: what came in one piece is received in one. */
  joinsSegments = false;
  /** Bytes of the oldest packet that were received: it holds several datagrams. */
  #taken = 0;

  private constructor(
    family: InetFamily,
    number: number,
    kind: DatagramKind,
    open: (owner: EndpointOwner) => DatagramEndpoint,
  ) {
    this.#family = family;
    this.kind = kind;
    this.state = new SocketState(family.events, number, kind.type, kind.protocol);
    this.inet = new InetBinding(this.state, family.network, family.tcpPorts);
    this.endpoint = open(this);
    this.state.newError = () => (this.endpoint.hasError ? this.endpoint.takeError() : 0);
  }

  /** A new socket; -ENOBUFS when the stack has no room for one more. */
  static open(family: InetFamily, number: number, kind: DatagramKind): DatagramSocket | number {
    const relay: { socket: EndpointOwner | undefined } = { socket: undefined };
    const owner = { changed: (events: number) => relay.socket?.changed(events) };
    const endpoint = kind.open(owner, number === AF_INET ? 4 : 6);
    if (endpoint === undefined) return -errno.ENOBUFS;
    const socket = new DatagramSocket(family, number, kind, () => endpoint);
    relay.socket = socket;
    socket.inet.ip.headerIncluded = kind.type === SOCK_RAW && kind.protocol === IPPROTO_RAW;
    socket.optionsChanged();
    return socket;
  }

  changed(events: number): void {
    if (events & FAILED && this.endpoint.hasError) this.state.error = this.endpoint.takeError();
    this.state.changed();
  }

  poll(): number {
    const { endpoint, state } = this;
    let events = POLLOUT | POLLWRNORM | POLLWRBAND;
    if (state.hasError || !endpoint.errors.isEmpty) events |= POLLERR;
    if (this.#head() !== undefined) events |= POLLIN | POLLRDNORM;
    if (this.#receiveEnded) events |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (this.#receiveEnded && endpoint.isSendShut) events |= POLLHUP;
    return events;
  }

  bind(address: Uint8Array): number {
    const { inet, endpoint } = this;
    const wanted = inet.readBind(address, true);
    if (typeof wanted === "number") return wanted;
    if (this.kind.hasPorts && this.kind.localPort(endpoint) !== 0) return -errno.EINVAL;
    this.#applyOptions();
    if (wanted.address.isLinkLocal && wanted.scopeId !== 0) endpoint.boundIface = wanted.scopeId;
    const bound = this.kind.bind(endpoint, wanted.address, wanted.port);
    if (bound === 0) inet.scopeId = wanted.scopeId;
    return bound;
  }

  connect(address: Uint8Array): number {
    if (address.length < 2) return -errno.EINVAL;
    if (isUnspecified(address)) {
      this.endpoint.disconnect();
      return 0;
    }
    const peer = this.#readPeer(address);
    if (typeof peer === "number") return peer;
    this.#applyOptions();
    return this.kind.connect(this.endpoint, peer.address, peer.port, this.#ifaceTo(peer));
  }

  /** A peer's address; an IPv6 socket takes one of IPv4 in either form. */
  #readPeer(address: Uint8Array): InetEndpoint | number {
    const { inet } = this;
    if (inet.isV6 && familyOfSockaddr(address) === AF_INET) {
      if (inet.ip.v6Only) return -errno.ENETUNREACH;
      return readEndpoint(address, AF_INET, errno.EAFNOSUPPORT);
    }
    return inet.readPeer(address);
  }

  /** The interface that a destination's scope, or the options for groups, ask for. */
  #ifaceTo({ address, scopeId }: InetEndpoint): number {
    const { ip } = this.inet;
    if (scopeId !== 0 && (address.isLinkLocal || address.isMulticast)) return scopeId;
    if (!address.isMulticast) return address.version === 4 ? ip.unicastInterface : ip.unicastInterface6;
    return address.version === 4 ? ip.multicastInterface : ip.multicastInterface6;
  }

  connecting(): number {
    return 0;
  }

  cancelConnect(): void {}

  listen(): number {
    return -errno.EOPNOTSUPP;
  }

  accept(): number {
    return -errno.EOPNOTSUPP;
  }

  shutdown(how: number): number {
    if (this.endpoint.remote === undefined) return -errno.ENOTCONN;
    if (how !== SHUT_WR) this.#receiveEnded = true;
    if (how !== SHUT_RD) this.endpoint.isSendShut = true;
    this.state.changed();
    return 0;
  }

  close(): void {
    this.endpoint.close();
  }

  localAddress(): Uint8Array {
    const { local } = this.endpoint;
    return this.inet.sockaddr(local.isUnspecified ? undefined : local, this.kind.localPort(this.endpoint));
  }

  remoteAddress(): Uint8Array | number {
    const { remote, path } = this.endpoint;
    if (remote === undefined) return -errno.ENOTCONN;
    return this.inet.sockaddr(remote, this.kind.remotePort(this.endpoint), path?.iface.index ?? 0);
  }

  send(message: Outgoing): number {
    if (message.flags & MSG_OOB) return -errno.EOPNOTSUPP;
    const error = this.state.takeError();
    if (error !== 0) return -error;
    if (this.endpoint.isSendShut) return -errno.EPIPE;
    const peer = message.address === undefined ? undefined : this.#readPeer(message.address);
    if (typeof peer === "number") return peer;
    if (peer === undefined && this.endpoint.remote === undefined) return -errno.EDESTADDRREQ;
    if (peer !== undefined && this.kind.isUdp && peer.port === 0) return -errno.EINVAL;
    const refused = this.kind.check(message);
    if (refused < 0) return refused;
    if (message.length > MAX_DATAGRAM_BYTES) return this.#tooLong(peer);
    if (message.flags & MSG_MORE || this.isCorking || this.#corked !== undefined) return this.#cork(message, peer);
    return this.#sendNow(message, peer);
  }

  #tooLong(peer: InetEndpoint | undefined): number {
    const packet = this.#family.network.pool.allocate(MAX_DATAGRAM_BYTES);
    if (packet === undefined) return -errno.EMSGSIZE;
    // The stack knows what to say of it, and to whom: it is refused there.
    packet.end = packet.start + MAX_DATAGRAM_BYTES;
    return this.endpoint.send(packet, peer && { ...peer, iface: this.#ifaceTo(peer) });
  }

  #sendNow(message: Outgoing, peer: InetEndpoint | undefined): number {
    const asked = sentControl(this.inet, message.control);
    if (typeof asked === "number") return asked;
    const packet = this.#family.network.pool.allocate(message.length);
    if (packet === undefined) return -errno.ENOBUFS;
    gatherInto(message.buffers, 0, message.length, packet.bytes, packet.start);
    packet.end = packet.start + message.length;
    const { endpoint } = this;
    const destination = peer?.address ?? endpoint.remote;
    this.#applyOptions(destination);
    let options: IpSendOptions = endpoint.options;
    let target: DatagramTarget | undefined = peer && {
      address: peer.address,
      port: this.kind.hasPorts ? peer.port : 0,
      iface: this.#ifaceTo(peer) || undefined,
      source: this.#groupSource(peer.address),
    };
    const { hopLimit, trafficClass, source, iface } = asked;
    if (hopLimit !== undefined || trafficClass !== undefined) {
      options = Object.assign(Object.create(Object.getPrototypeOf(options) as object), options) as IpSendOptions;
      options.hopLimit = hopLimit ?? options.hopLimit;
      options.trafficClass = trafficClass ?? options.trafficClass;
    }
    if (source !== undefined || iface !== undefined) {
      target ??= { address: destination as IpAddress, port: this.kind.remotePort(endpoint) };
      target = { ...target, source: source ?? target.source, iface: iface ?? target.iface };
    }
    const result = this.#sendWith(asked.segmentBytes, () => endpoint.send(packet, target, options));
    return result < 0 ? result : message.length;
  }

  /** IP_MULTICAST_IF by an address: what goes to a group leaves from it. */
  #groupSource(destination: IpAddress): IpAddress | undefined {
    const { multicastAddress } = this.inet.ip;
    if (!destination.isMulticast || destination.version !== 4 || multicastAddress.isUnspecified) return undefined;
    return this.endpoint.local.isUnspecified ? multicastAddress : undefined;
  }

  /** UDP_SEGMENT of one message, in place of the socket's own. */
  #sendWith(segmentBytes: number | undefined, send: () => number): number {
    const { endpoint } = this;
    if (segmentBytes === undefined || !("segmentBytes" in endpoint)) return send();
    const usual = endpoint.segmentBytes;
    endpoint.segmentBytes = segmentBytes;
    const result = send();
    endpoint.segmentBytes = usual;
    return result;
  }

  /** MSG_MORE, UDP_CORK: gathers what is sent, until one comes without. */
  #cork(message: Outgoing, peer: InetEndpoint | undefined): number {
    const before = this.#corked ?? new Uint8Array(0);
    const whole = new Uint8Array(before.length + message.length);
    if (whole.length > MAX_DATAGRAM_BYTES) return -errno.EMSGSIZE;
    whole.set(before);
    gatherInto(message.buffers, 0, message.length, whole, before.length);
    this.#corked = whole;
    this.#corkedFor = peer ?? this.#corkedFor;
    if (message.flags & MSG_MORE || this.isCorking) return message.length;
    const result = this.uncork();
    return result < 0 ? result : message.length;
  }

  /** Sends what was gathered as one datagram. */
  uncork(): number {
    const whole = this.#corked;
    this.#corked = undefined;
    if (whole === undefined) return 0;
    const peer = this.#corkedFor;
    this.#corkedFor = undefined;
    const message = { buffers: [whole], length: whole.length, flags: 0, address: undefined, control: [] };
    return this.#sendNow(message, peer);
  }

  receive(message: Incoming): number {
    if (message.flags & MSG_OOB && !this.kind.isUdp) return -errno.EOPNOTSUPP;
    if (message.flags & MSG_ERRQUEUE) return this.#receiveError(message);
    const { endpoint, inet, state } = this;
    const error = state.takeError();
    if (error !== 0) return -error;
    const packet = this.#head();
    if (packet === undefined) {
      return this.#receiveEnded && (message.flags & MSG_DONTWAIT) === 0 ? 0 : -errno.EAGAIN;
    }
    const peeks = (message.flags & MSG_PEEK) !== 0;
    readArrival(packet, arrival);
    const start = packet.start + this.#taken;
    const whole = this.#wholeOf(packet);
    const skip = peeks ? Math.min(Math.max(0, state.peekOffset), whole) : 0;
    const length = Math.min(whole - skip, message.length);
    copyOut(packet.bytes, start + skip, length, message.buffers, 0);
    if (length < whole - skip) message.resultFlags |= MSG_TRUNC;
    if (message.wantsAddress) {
      const from = IpAddress.sourceOf(arrival.ip);
      message.address = inet.sockaddr(from, this.kind.isUdp ? arrival.sourcePort : 0, arrival.iface);
    }
    if (message.wantsControl) {
      state.drops = endpoint.queue.dropped;
      message.control.push(...arrivalControl(inet, arrival, packet, endpoint.local));
      if (this.joinsSegments && packet.segmentBytes > 0) {
        message.control.push({ level: IPPROTO_UDP, type: UDP_GRO, value: packet.segmentBytes });
      }
    }
    state.movePeekOffset(peeks ? length : whole, peeks);
    if (!peeks) this.#take(packet, whole);
    return message.flags & MSG_TRUNC ? whole - skip : length;
  }

  /** The oldest datagram that the socket's filter accepts; those before it are dropped. */
  #head(): Packet | undefined {
    const { queue } = this.endpoint;
    const { filter } = this.state;
    for (;;) {
      const packet = queue.first;
      if (packet === undefined || filter === undefined || this.#taken > 0) return packet;
      // A filter sees UDP's header, which stands before what is received.
      const start = this.kind.isUdp ? packet.transport : packet.start;
      const accepted = runFilter(filter, {
        bytes: packet.bytes,
        start,
        end: packet.end,
        protocol: packet.etherType,
        packetType: packet.packetType,
        interfaceIndex: packet.iface,
      });
      if (accepted > 0) {
        packet.end = Math.max(packet.start, Math.min(packet.end, start + accepted));
        return packet;
      }
      queue.take()?.release();
    }
  }

  /** The bytes of the datagram that is next: of several that came in one piece (UDP_SEGMENT), one. */
  #wholeOf(packet: Packet): number {
    const left = packet.end - packet.start - this.#taken;
    return packet.segmentBytes === 0 || this.joinsSegments ? left : Math.min(left, packet.segmentBytes);
  }

  #take(packet: Packet, bytes: number): void {
    this.#taken += bytes;
    if (packet.start + this.#taken < packet.end) return;
    this.#taken = 0;
    this.endpoint.queue.take()?.release();
  }

  /** MSG_ERRQUEUE: the oldest error, with the bytes that it is about. Never waits. */
  #receiveError(message: Incoming): number {
    const { endpoint, inet, state } = this;
    const error = endpoint.errors.take();
    if (error === undefined) return -errno.EAGAIN;
    const length = Math.min(error.payload.length, message.length);
    copyOut(error.payload, 0, length, message.buffers, 0);
    message.resultFlags |= MSG_ERRQUEUE | (length < error.payload.length ? MSG_TRUNC : 0);
    message.address = inet.sockaddr(error.destination, error.port, error.iface);
    if (message.wantsControl) {
      message.control.push(...socketControl(state, error.receivedUs), errorControl(inet, error));
    }
    // The next error of the queue is the one that is pending now.
    if (state.hasError) state.error = endpoint.errors.first?.errno ?? 0;
    return length;
  }

  pathMtu(): number | undefined {
    return this.endpoint.path?.mtu;
  }

  optionsChanged(): void {
    this.#applyOptions();
  }

  /** The options of the socket and of IP, for where it sends to. */
  #applyOptions(destination: IpAddress | undefined = this.endpoint.remote): void {
    const { endpoint, state } = this;
    const { ip } = this.inet;
    const isV4 = destination === undefined ? !this.inet.isV6 : destination.version === 4;
    const isGroup = destination?.isMulticast === true;
    endpoint.boundIface = state.boundInterface || endpoint.boundIface;
    endpoint.mayBroadcast = state.broadcast;
    endpoint.queuesErrors = isV4 ? ip.receiveErrors : ip.receiveErrors6;
    endpoint.queue.limitBytes = state.receiveBufferBytes;
    endpoint.memberships.hearsAll = this.inet.isV6 ? ip.multicastAll6 : ip.multicastAll;
    this.kind.applyOptions(endpoint, this.inet);
    const { options } = endpoint;
    if (isGroup) options.hopLimit = isV4 ? ip.multicastHops : ip.multicastHops6;
    else options.hopLimit = isV4 ? ip.hopLimit : ip.hopLimit6;
    options.trafficClass = isV4 ? ip.trafficClass : ip.trafficClass6;
    options.mtuDiscovery = isV4 ? ip.mtuDiscovery : ip.mtuDiscovery6;
    options.refuseFragments = ip.dontFragment6;
    options.multicastLoop = isV4 ? ip.multicastLoop : ip.multicastLoop6;
    options.ipv4Options = ip.options.length > 0 ? ip.options : undefined;
  }

  query(request: number): number {
    if (request === SIOCOUTQ) return 0;
    if (request !== FIONREAD) return -errno.ENOTTY;
    const packet = this.#head();
    return packet === undefined ? 0 : this.#wholeOf(packet);
  }
}
