// Long because all that a program can call on a TCP socket meets here: a connection, a listener, and what is neither.
import {
  FIONREAD,
  IPPROTO_TCP,
  MSG_ERRQUEUE,
  MSG_FASTOPEN,
  MSG_MORE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRNORM,
  SHUT_RD,
  SHUT_WR,
  SIOCATMARK,
  SIOCOUTQ,
  SIOCOUTQNSD,
  SOCK_STREAM,
  TCP_SYN_SENT,
} from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import type { IpAddress } from "../../ip/address.ts";
import { CONNECTED, type ConnectionOwner, FAILED } from "../../tcp/connection-owner.ts";
import { FAST_OPEN_CLIENT } from "../../tcp/fast-open.ts";
import {
  type EarlyData,
  READ_DISCARD,
  READ_PEEK,
  type TcpConnection,
  type TcpListener,
  WRITE_MORE,
  WRITE_URGENT,
} from "../../tcp/contract.ts";
import type { TcpSettings } from "../../tcp/settings.ts";
import { copyOut, gather } from "../copy.ts";
import type { Incoming, Outgoing, StackSocket } from "../socket.ts";
import { SocketState } from "../socket-state.ts";
import { isUnspecified } from "./inet-address.ts";
import type { InetFamily } from "./inet-family.ts";
import { InetBinding } from "./inet-socket.ts";
import type { Binding } from "./port-table.ts";

/** What is copied together of several buffers for one write. */
const GATHERED_BYTES = 256 * 1024;
/** No SYN takes more. */
const MOST_EARLY = 65_535;

const NOTHING = new Uint8Array(0);

/** Where a connection is to begin, and to go. */
interface Place {
  readonly address: IpAddress;
  readonly port: number;
  readonly remote: IpAddress;
  readonly remotePort: number;
  /** The program bound the address. */
  readonly wasBound: boolean;
}

/** A TCP socket, tcp(7): a connection, a listener, or what may become one of them. */
export class TcpSocket implements StackSocket, ConnectionOwner {
  readonly state: SocketState;
  readonly inet: InetBinding;
  settings: TcpSettings;
  readonly #family: InetFamily;
  #connection: TcpConnection | undefined;
  #listener: TcpListener | undefined;
  /** `connect` has begun, and nobody has been told its end yet. */
  #isConnecting = false;
  /** `connect` has said yes, and the first `send` takes the SYN along: TCP_FASTOPEN_CONNECT. */
  #deferred: Place | undefined;
  /** A connection was there, and is no more: reads give its end. */
  #isDone = false;
  #receiveEnded = false;
  #sendEnded = false;

  constructor(family: InetFamily, number: number) {
    this.#family = family;
    this.state = new SocketState(family.events, number, SOCK_STREAM, IPPROTO_TCP);
    this.inet = new InetBinding(this.state, family.network, family.tcpPorts);
    this.settings = family.network.tcp.defaults.clone();
    const { settings, state } = this;
    state.newError = () => this.#connection?.takeError() ?? 0;
    state.softError = () => this.#connection?.takeSoftError() ?? 0;
    state.sendBufferBytes = settings.sendBufferBytes;
    state.receiveBufferBytes = settings.receiveBufferBytes;
  }

  /** The connection, for the options of TCP. */
  get connection(): TcpConnection | undefined {
    return this.#connection;
  }

  /** The connection that was: TCP_INFO still tells of it. */
  ended: TcpConnection | undefined;

  get listener(): TcpListener | undefined {
    return this.#listener;
  }

  poll(): number {
    const { state } = this;
    const failed = state.hasError ? POLLERR : 0;
    const listener = this.#listener;
    if (listener !== undefined) return failed | (listener.acceptable > 0 ? POLLIN | POLLRDNORM : 0);
    const connection = this.#connection;
    if (connection === undefined && this.#deferred !== undefined) return POLLOUT | POLLWRNORM;
    if (connection === undefined) {
      const ended = this.#isDone ? POLLIN | POLLRDNORM | POLLRDHUP : 0;
      return failed | POLLHUP | POLLOUT | POLLWRNORM | ended;
    }
    if (connection.isConnecting) return failed;
    return this.#pollConnection(connection) | failed;
  }

  #pollConnection(connection: TcpConnection): number {
    let events = 0;
    const receiveEnded = connection.isReceiveEnded || this.#receiveEnded;
    if (receiveEnded) events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (receiveEnded && connection.isSendEnded) events |= POLLHUP;
    // An urgent byte that is next is not one that a receive gets.
    const urgentNext = connection.hasUrgent && connection.isAtMark && !this.state.urgentInline ? 1 : 0;
    if (connection.readableBytes >= this.state.receiveLowWaterBytes + urgentNext) events |= POLLIN | POLLRDNORM;
    if (connection.isSendEnded || connection.writableBytes > 0) events |= POLLOUT | POLLWRNORM;
    if (connection.hasUrgent) events |= POLLPRI;
    return events;
  }

  /** TCP says what has happened since the last time. */
  changed(_: TcpConnection | TcpListener, events: number): void {
    if (events & FAILED) this.#failed();
    if (events & CONNECTED) this.#isDone = false;
    this.state.changed();
  }

  #failed(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.state.error ||= connection.takeError();
    // What was received before the end can still be read.
    if (connection.readableBytes > 0) return;
    this.#connection = undefined;
    this.ended = connection;
    this.#isDone = true;
    connection.owner = undefined;
    connection.close();
  }

  bind(address: Uint8Array): number {
    if (this.#connection !== undefined || this.#listener !== undefined) return -errno.EINVAL;
    return this.inet.bind(address);
  }

  connect(address: Uint8Array): number {
    if (address.length < 2) return -errno.EINVAL;
    if (isUnspecified(address)) return this.#disconnect();
    if (this.#listener !== undefined) return -errno.EISCONN;
    if (this.#isConnecting) return this.connecting();
    if (this.#connection !== undefined || this.#deferred !== undefined) return -errno.EISCONN;
    return this.#begin(address, undefined);
  }

  /** Begins a connection: with data (RFC 7413), or without; one that may have some waits for the first `send`. */
  #begin(address: Uint8Array, early: EarlyData | undefined): number {
    const peer = this.inet.readPeer(address);
    if (typeof peer === "number") return peer;
    const bound = this.#place(peer.address, peer.port, peer.scopeId);
    if (typeof bound === "number") return bound;
    this.#applySettings();
    this.settings.interfaceIndex = this.state.boundInterface || peer.scopeId;
    this.state.error = 0;
    this.#isDone = false;
    this.#receiveEnded = false;
    this.#sendEnded = false;
    const place = { ...bound, remotePort: peer.port };
    const isFast = early === undefined && this.settings.fastOpenConnect;
    if (isFast && this.#family.network.tcp.mayCarryData(this.settings, bound.remote)) {
      this.#deferred = place;
      return 0;
    }
    return this.#call(place, isFast ? { bytes: NOTHING, taken: 0 } : early);
  }

  #call(place: Place, early: EarlyData | undefined): number {
    const { tcp } = this.#family.network;
    this.#deferred = undefined;
    const made = tcp.connect(this, this.settings, place, place.remote, place.remotePort, early);
    if (typeof made === "number") {
      if (!place.wasBound) this.inet.release();
      return made;
    }
    this.#connection = made;
    this.ended = undefined;
    this.#isConnecting = true;
    return -errno.EINPROGRESS;
  }

  /** Where the connection begins: the bound address and port, or the route's address and a free port. */
  #place(destination: IpAddress, port: number, scopeId: number): Omit<Place, "remotePort"> | number {
    const { inet } = this;
    const { network } = this.#family;
    if (destination.isMulticast || destination.isLimitedBroadcast) return -errno.ENETUNREACH;
    if (inet.address !== undefined && inet.address.version !== destination.version && !destination.isUnspecified) {
      return -errno.ENETUNREACH;
    }
    const path = network.route({
      destination,
      protocol: IPPROTO_TCP,
      source: inet.address,
      iface: this.state.boundInterface || scopeId,
    });
    if (typeof path === "number") return path;
    if (path.isBroadcast) return -errno.ENETUNREACH;
    const { source, destination: remote } = path;
    if (inet.isBound) {
      if (network.tcp.isPairInUse(source, inet.port, remote, port)) return -errno.EADDRINUSE;
      return { address: source, port: inet.port, remote, wasBound: true };
    }
    // IP_BIND_ADDRESS_NO_PORT has bound an address alone; a port is chosen for the peer, so that many share it.
    const isFree = (candidate: number): boolean => {
      if (network.tcp.isPairInUse(source, candidate, remote, port)) return false;
      return !inet.ports.conflicts(this.#ephemeral(source, candidate));
    };
    const chosen = inet.choose(isFree);
    if (chosen === 0) return -errno.EADDRNOTAVAIL;
    inet.enter(this.#ephemeral(source, chosen));
    inet.wasChosen = true;
    return { address: source, port: chosen, remote, wasBound: false };
  }

  /** An ephemeral port is shared with other connections, whose peers are others, and not with those that were bound. */
  #ephemeral(address: IpAddress, port: number): Binding {
    return {
      port,
      address,
      families: this.inet.families,
      interfaceIndex: this.state.boundInterface,
      reuseAddress: this.state.reuseAddress,
      reusePort: false,
      isListening: false,
      isEphemeral: true,
    };
  }

  connecting(): number {
    const connection = this.#connection;
    if (connection !== undefined && connection.isConnecting) return -errno.EALREADY;
    this.#isConnecting = false;
    const error = this.state.takeError();
    if (error !== 0 || connection === undefined) {
      this.#forget();
      return -(error || errno.ECONNABORTED);
    }
    return 0;
  }

  cancelConnect(): void {
    this.#disconnect();
  }

  /** Takes a connection back, and a port that the system chose. */
  #disconnect(): number {
    const connection = this.#connection;
    if (connection !== undefined) {
      connection.owner = undefined;
      connection.abort();
    }
    this.#stopListening();
    this.#forget();
    this.#isDone = false;
    return 0;
  }

  #forget(): void {
    this.#connection = undefined;
    this.#deferred = undefined;
    this.#isConnecting = false;
    if (!this.inet.wasChosen) return;
    this.inet.release();
  }

  listen(backlog: number): number {
    if (this.#connection !== undefined) return -errno.EINVAL;
    if (this.#listener !== undefined) {
      this.#listener.backlog = backlog;
      return 0;
    }
    const { inet, state } = this;
    const placed = inet.isBound ? inet.listens(true) : inet.take(undefined, 0, 0, true);
    if (placed !== 0) return placed;
    this.#applySettings();
    const made = this.#family.network.tcp.listen(
      this,
      this.settings,
      { address: inet.address, port: inet.port },
      { backlog, families: inet.families, reusePort: state.reusePort },
    );
    if (typeof made === "number") {
      inet.listens(false);
      return made;
    }
    this.#listener = made;
    state.acceptsConnections = true;
    return 0;
  }

  accept(): StackSocket | number {
    const listener = this.#listener;
    if (listener === undefined) return -errno.EINVAL;
    const connection = listener.accept();
    if (connection === undefined) return -errno.EAGAIN;
    const accepted = new TcpSocket(this.#family, this.state.family);
    accepted.#inherit(this, connection);
    return accepted;
  }

  #inherit(listener: TcpSocket, connection: TcpConnection): void {
    this.state.inherit(listener.state);
    this.inet.ip = listener.inet.ip.clone();
    this.settings = connection.settings;
    this.inet.share(connection.local, connection.localPort);
    this.#connection = connection;
    connection.owner = this;
  }

  shutdown(how: number): number {
    if (this.#listener !== undefined) {
      if (how === SHUT_WR) return 0;
      this.#stopListening();
      this.state.changed();
      return 0;
    }
    const connection = this.#connection;
    if (connection === undefined && this.#deferred === undefined) return -errno.ENOTCONN;
    if (connection === undefined || connection.state === TCP_SYN_SENT) {
      this.#disconnect();
      this.state.fail(errno.ECONNRESET);
      return 0;
    }
    if (how !== SHUT_WR) {
      this.#receiveEnded = true;
      connection.shutdownReceive();
    }
    if (how !== SHUT_RD) {
      this.#sendEnded = true;
      connection.shutdownSend();
    }
    this.state.changed();
    return 0;
  }

  #stopListening(): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    this.state.acceptsConnections = false;
    listener.owner = undefined;
    listener.close();
    this.inet.listens(false);
  }

  close(): void {
    this.#stopListening();
    const connection = this.#connection;
    this.#connection = undefined;
    this.inet.release();
    if (connection === undefined) return;
    connection.owner = undefined;
    const { onoff, linger } = this.state.linger;
    if (onoff && linger === 0) connection.abort();
    else connection.close();
  }

  localAddress(): Uint8Array {
    const connection = this.#connection;
    if (connection !== undefined) {
      return this.inet.sockaddr(connection.local, connection.localPort, connection.interfaceIndex);
    }
    if (this.#deferred !== undefined) return this.inet.sockaddr(this.#deferred.address, this.#deferred.port);
    return this.inet.sockaddr(this.inet.address, this.inet.isBound ? this.inet.port : 0);
  }

  remoteAddress(): Uint8Array | number {
    const connection = this.#connection;
    if (connection === undefined || connection.state === TCP_SYN_SENT) return -errno.ENOTCONN;
    return this.inet.sockaddr(connection.remote, connection.remotePort, connection.interfaceIndex);
  }

  send(message: Outgoing): number {
    if (this.#deferred !== undefined || (message.flags & MSG_FASTOPEN) !== 0) {
      const taken = this.#sendEarly(message);
      if (taken !== 0) return taken;
    }
    const connection = this.#connection;
    if (connection === undefined || this.#sendEnded) return -(this.state.takeError() || errno.EPIPE);
    if (connection.isConnecting) return -errno.EAGAIN;
    const error = this.state.takeError();
    if (error !== 0) return -error;
    const flags = (message.flags & MSG_OOB ? WRITE_URGENT : 0) | (message.flags & MSG_MORE ? WRITE_MORE : 0);
    const [only] = message.buffers;
    // Several buffers are one write, so that the first of them is not a segment of its own.
    const length = Math.min(message.length, GATHERED_BYTES);
    const data = message.buffers.length === 1 && only !== undefined ? only : gather(message.buffers, 0, length);
    const taken = connection.write(data, 0, data.length, data.length < message.length ? WRITE_MORE : flags);
    if (taken < 0) return -(this.state.takeError() || -taken);
    return taken === 0 && message.length > 0 ? -errno.EAGAIN : taken;
  }

  /** MSG_FASTOPEN, and the first bytes after TCP_FASTOPEN_CONNECT. 0: it is connected, and they go as any others. */
  #sendEarly(message: Outgoing): number {
    if ((this.settings.fastOpen & FAST_OPEN_CLIENT) === 0) return -errno.EOPNOTSUPP;
    if (this.#listener !== undefined) return -errno.EISCONN;
    if (this.#connection !== undefined) return this.#isConnecting ? this.connecting() : -errno.EISCONN;
    const early: EarlyData = { bytes: gather(message.buffers, 0, Math.min(message.length, MOST_EARLY)), taken: 0 };
    const deferred = this.#deferred;
    if (deferred === undefined && message.address === undefined) return -errno.EINVAL;
    const begun =
      deferred === undefined ? this.#begin(message.address as Uint8Array, early) : this.#call(deferred, early);
    return begun === -errno.EINPROGRESS && early.taken > 0 ? early.taken : begun;
  }

  receive(message: Incoming): number {
    // No error is queued for a connection: IP_RECVERR only has them end its calls at once.
    if (message.flags & MSG_ERRQUEUE) return -errno.EAGAIN;
    if (this.#listener !== undefined) return -errno.ENOTCONN;
    const connection = this.#connection;
    if (connection === undefined) return this.#receiveWithout();
    if (message.flags & MSG_OOB) return this.#receiveUrgent(connection, message);
    const flags = (message.flags & MSG_PEEK ? READ_PEEK : 0) | (message.flags & MSG_TRUNC ? READ_DISCARD : 0);
    let received = 0;
    if ((flags & READ_PEEK) === 0) {
      for (const buffer of message.buffers) {
        if (buffer.length === 0) continue;
        const bytes = connection.read(buffer, 0, buffer.length, flags);
        if (bytes <= 0) break;
        received += bytes;
        if (bytes < buffer.length) break;
      }
    } else received = this.#peekInto(connection, message);
    if (received > 0) {
      this.state.movePeekOffset(received, (flags & READ_PEEK) !== 0);
      return received;
    }
    return this.#receivedNothing(connection, message);
  }

  /** A look, into several buffers or from an offset on (SO_PEEK_OFF), goes through memory of its own. */
  #peekInto(connection: TcpConnection, message: Incoming): number {
    const skip = Math.max(0, this.state.peekOffset);
    const [only] = message.buffers;
    if (message.buffers.length === 1 && only !== undefined && skip === 0) {
      return only.length === 0 ? 0 : connection.read(only, 0, only.length, READ_PEEK);
    }
    const whole = new Uint8Array(Math.min(skip + message.length, connection.readableBytes));
    const bytes = connection.read(whole, 0, whole.length, READ_PEEK) - skip;
    if (bytes > 0) copyOut(whole, skip, bytes, message.buffers, 0);
    return bytes;
  }

  #receivedNothing(connection: TcpConnection, message: Incoming): number {
    if (message.length === 0 && connection.readableBytes > 0) return 0;
    const error = this.state.takeError();
    if (error !== 0) return -error;
    if (connection.isReceiveEnded || this.#receiveEnded) return 0;
    return -errno.EAGAIN;
  }

  #receiveWithout(): number {
    if (this.#deferred !== undefined) return -errno.EAGAIN;
    const error = this.state.takeError();
    if (error !== 0) return -error;
    return this.#isDone ? 0 : -errno.ENOTCONN;
  }

  #receiveUrgent(connection: TcpConnection, message: Incoming): number {
    const byte = connection.readUrgent((message.flags & MSG_PEEK) !== 0);
    if (byte < 0) return byte;
    message.resultFlags |= MSG_OOB;
    const buffer = message.buffers.find(({ length }) => length > 0);
    if (buffer === undefined) {
      message.resultFlags |= MSG_TRUNC;
      return 0;
    }
    if ((message.flags & MSG_TRUNC) === 0) buffer[0] = byte;
    return 1;
  }

  /** TCP_FASTOPEN_KEY. */
  get fastOpenKey(): Uint8Array {
    return this.settings.fastOpenKey ?? this.#family.network.tcp.fastOpenKey;
  }

  /** Neither connected nor about to be, and no listener. */
  get isClosed(): boolean {
    return this.#connection === undefined && this.#deferred === undefined && this.#listener === undefined;
  }

  pathMtu(): number | undefined {
    return this.#connection?.mtuBytes;
  }

  optionsChanged(): void {
    this.#applySettings();
    this.#connection?.settingsChanged();
    this.state.changed();
  }

  /** The options of the socket and of IP that TCP looks at. */
  #applySettings(): void {
    const { settings, state } = this;
    const { ip } = this.inet;
    settings.keepAlive = state.keepAlive;
    settings.urgentInline = state.urgentInline;
    settings.receiveLowWaterBytes = state.receiveLowWaterBytes;
    if (settings.interfaceIndex === 0) settings.interfaceIndex = state.boundInterface;
    if (state.bufferLocks !== 0) this.#applyBuffers();
    const isV4 = (this.#connection?.remote.version ?? (this.inet.isV6 ? 6 : 4)) === 4;
    settings.hopLimit = isV4 ? ip.hopLimit : ip.hopLimit6;
    settings.leastHopLimit = isV4 ? ip.leastHopLimit : ip.leastHopLimit6;
    settings.trafficClass = isV4 ? ip.trafficClass : ip.trafficClass6;
    settings.mtuDiscovery = isV4 ? ip.mtuDiscovery : ip.mtuDiscovery6;
    settings.receiveErrors = isV4 ? ip.receiveErrors : ip.receiveErrors6;
  }

  #applyBuffers(): void {
    const { settings, state } = this;
    if (settings.sendBufferBytes !== state.sendBufferBytes) {
      settings.sendBufferBytes = state.sendBufferBytes;
      settings.sendBufferFixed = true;
    }
    if (settings.receiveBufferBytes !== state.receiveBufferBytes) {
      settings.receiveBufferBytes = state.receiveBufferBytes;
      settings.receiveBufferFixed = true;
    }
  }

  query(request: number): number {
    if (request === SIOCATMARK) return this.#connection?.isAtMark === true ? 1 : 0;
    if (this.#listener !== undefined) return -errno.EINVAL;
    const connection = this.#connection;
    if (request === FIONREAD) return connection?.readableBytes ?? 0;
    if (request === SIOCOUTQ) return connection?.unacknowledgedBytes ?? 0;
    if (request === SIOCOUTQNSD) return connection?.unsentBytes ?? 0;
    return -errno.ENOTTY;
  }
}
