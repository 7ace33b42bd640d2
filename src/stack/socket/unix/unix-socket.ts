import {
  AF_UNIX,
  FIONREAD,
  MSG_DONTWAIT,
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
  SCM_CREDENTIALS,
  SHUT_RD,
  SHUT_WR,
  SIOCOUTQ,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import type { Credentials } from "../../../api/options.ts";
import { copyOut, gather } from "../copy.ts";
import type { Incoming, Outgoing, StackSocket } from "../socket.ts";
import { SocketState } from "../socket-state.ts";
import type { UnixFamily } from "./unix-family.ts";
import { UnixMessage, type Passed } from "./unix-message.ts";
import { nameOf } from "./unix-names.ts";
import { passed } from "./unix-control.ts";

/** The address of a socket that has no name: the family alone. */
const UNNAMED: Uint8Array = Uint8Array.of(AF_UNIX, 0);
/** net.unix.max_dgram_qlen: datagrams that wait in a socket whose sender is not its own peer. */
const MAX_QUEUED_DATAGRAMS = 10;
/** What one part of a stream holds at most. */
const STREAM_PART_BYTES = 32_768;
/** What a datagram leaves free of the send buffer, af_unix.c. */
const DATAGRAM_RESERVE_BYTES = 32;

const CLOSED = 0;
const LISTENING = 1;
const CONNECTED = 2;

/** A Unix socket, unix(7): a stream, a sequence of packets, or datagrams. */
export class UnixSocket implements StackSocket {
  readonly state: SocketState;
  readonly #family: UnixFamily;
  #phase: typeof CLOSED | typeof LISTENING | typeof CONNECTED = CLOSED;
  #name: string | undefined;
  #address: Uint8Array | undefined;
  #peer: UnixSocket | undefined;
  #isDead = false;
  #receiveEnded = false;
  #sendEnded = false;
  #backlog = 0;
  /** Connections that wait to be accepted. */
  #waiting: UnixSocket[] = [];
  #queue: UnixMessage[] = [];
  /** Bytes of the send buffer that are in others' queues. */
  #charged = 0;
  /** Sockets that found this one's queue or backlog full, in the order in which they did. */
  readonly #turnedAway: Set<UnixSocket> = new Set();

  constructor(family: UnixFamily, type: number) {
    this.#family = family;
    this.state = new SocketState(family.events, AF_UNIX, type, 0);
    this.state.peekOffset = -1;
  }

  get #isDatagram(): boolean {
    return this.state.type === SOCK_DGRAM;
  }

  /** Connects two sockets with each other. */
  static pair(one: UnixSocket, other: UnixSocket): void {
    for (const [socket, peer] of [
      [one, other],
      [other, one],
    ] as const) {
      socket.#peer = peer;
      socket.#phase = CONNECTED;
      socket.state.peerCredentials = peer.#family.credentials;
    }
  }

  poll(): number {
    let events = 0;
    const { state } = this;
    if (state.hasError) events |= POLLERR;
    if (this.#phase === LISTENING) return events | (this.#waiting.length > 0 ? POLLIN | POLLRDNORM : 0);
    if (this.#receiveEnded && this.#sendEnded) events |= POLLHUP;
    if (this.#receiveEnded) events |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (this.#queue.length > 0) events |= POLLIN | POLLRDNORM;
    if (!this.#isDatagram && this.#phase === CLOSED) events |= POLLHUP;
    if (this.#isWritable()) events |= POLLOUT | POLLWRNORM | POLLWRBAND;
    return events;
  }

  #isWritable(): boolean {
    if (this.#charged * 4 > this.state.sendBufferBytes) return false;
    return !this.#isDatagram || this.#peer === undefined || !this.#peer.#isFullFor(this);
  }

  bind(address: Uint8Array): number {
    if (address[0] !== AF_UNIX || address[1] !== 0) return -errno.EINVAL;
    if (address.length <= UNNAMED.length) return this.#autobind();
    if (this.#name !== undefined) return -errno.EINVAL;
    const name = nameOf(address);
    const { names } = this.#family;
    if (names.has(name)) return -errno.EADDRINUSE;
    this.#take(name);
    return 0;
  }

  #take(name: string): void {
    this.#name = name;
    const isPath = !name.startsWith("\0");
    const bytes = Uint8Array.from(name, (character) => character.charCodeAt(0));
    // sun_path has room for 108 bytes, the NUL of a shorter path counted.
    const address = new Uint8Array(UNNAMED.length + bytes.length + (isPath && bytes.length < 108 ? 1 : 0));
    address.set(UNNAMED);
    address.set(bytes, UNNAMED.length);
    this.#address = address;
    this.#family.names.add(name, this);
  }

  #autobind(): number {
    if (this.#name !== undefined) return 0;
    const name = this.#family.names.autobind();
    if (name === undefined) return -errno.ENOSPC;
    this.#take(name);
    return 0;
  }

  /** The socket that an address names; an errno when there is none for this type. */
  #lookUp(address: Uint8Array): UnixSocket | number {
    if (address[0] !== AF_UNIX || address.length <= UNNAMED.length) return -errno.EINVAL;
    const name = nameOf(address);
    const { names } = this.#family;
    const found = names.find(name);
    if (found === undefined) return names.has(name) || name.startsWith("\0") ? -errno.ECONNREFUSED : -errno.ENOENT;
    return found.state.type === this.state.type ? found : -errno.EPROTOTYPE;
  }

  connect(address: Uint8Array): number {
    if (this.#isDatagram) return this.#connectDatagram(address);
    if (address[0] !== AF_UNIX) return -errno.EINVAL;
    const found = this.#lookUp(address);
    if (typeof found === "number") return found;
    if (found.#phase !== LISTENING || found.#receiveEnded) return -errno.ECONNREFUSED;
    if (this.#phase === CONNECTED) return -errno.EISCONN;
    if (this.#phase === LISTENING) return -errno.EINVAL;
    if (found.#waiting.length > found.#backlog) {
      found.#turnedAway.add(this);
      return -errno.EAGAIN;
    }
    const accepted = new UnixSocket(this.#family, this.state.type);
    UnixSocket.pair(this, accepted);
    accepted.#name = undefined;
    accepted.#address = found.#address;
    accepted.state.passCredentials = found.state.passCredentials;
    this.state.peerCredentials = found.#family.credentials;
    found.#waiting.push(accepted);
    found.state.changed();
    this.state.changed();
    return 0;
  }

  #connectDatagram(address: Uint8Array): number {
    if (address[0] === 0 && address[1] === 0) {
      this.#setDatagramPeer(undefined);
      return 0;
    }
    const found = this.#lookUp(address);
    if (typeof found === "number") return found;
    if (found.#peer !== undefined && found.#peer !== this) return -errno.EPERM;
    this.#setDatagramPeer(found);
    return 0;
  }

  #setDatagramPeer(peer: UnixSocket | undefined): void {
    if (this.#peer !== undefined) this.#peer.#turnedAway.delete(this);
    this.#peer = peer;
    this.#phase = peer === undefined ? CLOSED : CONNECTED;
  }

  /** A Unix connection is made at once, or not begun. */
  connecting(): number {
    return this.#phase === CONNECTED ? 0 : -errno.ENOTCONN;
  }

  cancelConnect(): void {}

  listen(backlog: number): number {
    if (this.#isDatagram) return -errno.EOPNOTSUPP;
    if (this.#name === undefined || this.#phase === CONNECTED) return -errno.EINVAL;
    this.#phase = LISTENING;
    const grew = backlog > this.#backlog;
    this.#backlog = backlog;
    this.state.acceptsConnections = true;
    this.state.peerCredentials = this.#family.credentials;
    if (grew) this.#callBack();
    return 0;
  }

  accept(): StackSocket | number {
    if (this.#isDatagram) return -errno.EOPNOTSUPP;
    if (this.#phase !== LISTENING) return -errno.EINVAL;
    const accepted = this.#waiting.shift();
    if (accepted === undefined) return this.#receiveEnded ? -errno.EINVAL : -errno.EAGAIN;
    this.#callBack();
    return accepted;
  }

  /** Those who were turned away may try again. */
  #callBack(): void {
    for (const socket of [...this.#turnedAway]) {
      this.#turnedAway.delete(socket);
      socket.state.changed();
    }
  }

  shutdown(how: number): number {
    if (how !== SHUT_WR) this.#receiveEnded = true;
    if (how !== SHUT_RD) this.#sendEnded = true;
    const peer = this.#peer;
    if (!this.#isDatagram && peer !== undefined) {
      if (how !== SHUT_RD) peer.#receiveEnded = true;
      if (how !== SHUT_WR) peer.#sendEnded = true;
      peer.state.changed();
    } else if (this.#isDatagram) this.#callBack();
    this.state.changed();
    return 0;
  }

  close(): void {
    this.#isDead = true;
    if (this.#name !== undefined) this.#family.names.closed(this.#name);
    const lost = this.#queue;
    this.#queue = [];
    const peer = this.#peer;
    if (!this.#isDatagram && peer !== undefined && !peer.#isDead) {
      peer.#receiveEnded = true;
      peer.#sendEnded = true;
      if (lost.length > 0) peer.state.error = errno.ECONNRESET;
      peer.state.changed();
    }
    // Datagrams of this one that nobody has read yet stay where they are.
    for (const message of lost) {
      message.drop();
      message.sender.#discharge(message);
    }
    for (const embryo of this.#waiting) {
      const caller = embryo.#peer;
      if (caller !== undefined) caller.state.error = errno.ECONNRESET;
      embryo.close();
    }
    this.#waiting = [];
    if (peer !== undefined) peer.#turnedAway.delete(this);
    this.#callBack();
  }

  localAddress(): Uint8Array {
    return this.#address ?? UNNAMED;
  }

  remoteAddress(): Uint8Array | number {
    return this.#peer === undefined ? -errno.ENOTCONN : this.#peer.localAddress();
  }

  send(message: Outgoing): number {
    if (message.flags & MSG_OOB) return -errno.EOPNOTSUPP;
    const beside = passed(message, this.#family);
    if (typeof beside === "number") return beside;
    if (this.state.passCredentials) this.#autobind();
    const result =
      this.state.type === SOCK_STREAM ? this.#sendStream(message, beside) : this.#sendWhole(message, beside);
    // What was not queued is nobody's; what was is held by its message.
    if (result < 0) beside.rights?.drop();
    return result;
  }

  #sendStream(message: Outgoing, beside: Passed): number {
    if (message.address !== undefined) return this.#phase === CONNECTED ? -errno.EISCONN : -errno.EOPNOTSUPP;
    const peer = this.#peer;
    if (peer === undefined) return -errno.ENOTCONN;
    if (this.#sendEnded) return -errno.EPIPE;
    let sent = 0;
    do {
      if (peer.#isDead || peer.#receiveEnded) return sent > 0 ? sent : -errno.EPIPE;
      const error = this.state.takeError();
      if (error !== 0) return sent > 0 ? sent : -error;
      if (this.#charged >= this.state.sendBufferBytes) return sent > 0 ? sent : this.#turnedAwayBy(peer);
      const length = Math.min(STREAM_PART_BYTES, message.length - sent, Math.max(1, this.state.sendBufferBytes >> 1));
      if (length === 0) {
        beside.rights?.drop();
        return 0;
      }
      this.#deliver(
        peer,
        gather(message.buffers, sent, length),
        sent === 0 ? beside : { ...beside, rights: undefined },
      );
      sent += length;
    } while (sent < message.length);
    return sent;
  }

  /** A datagram, or a packet of a sequence: all of it or nothing. */
  #sendWhole(message: Outgoing, beside: Passed): number {
    const peer = this.#receiver(message);
    if (typeof peer === "number") return peer;
    if (message.length > this.state.sendBufferBytes - DATAGRAM_RESERVE_BYTES) return -errno.EMSGSIZE;
    const error = this.state.takeError();
    if (error !== 0) return -error;
    if (this.#sendEnded) return -errno.EPIPE;
    if (peer.#isDead) {
      if (this.#peer !== peer || !this.#isDatagram) return this.#isDatagram ? -errno.ECONNREFUSED : -errno.EPIPE;
      this.#setDatagramPeer(undefined);
      return -errno.ECONNREFUSED;
    }
    if (peer.#receiveEnded) return -errno.EPIPE;
    if (this.#isDatagram && peer.#peer !== undefined && peer.#peer !== this) return -errno.EPERM;
    if (this.#charged >= this.state.sendBufferBytes || peer.#isFullFor(this)) return this.#turnedAwayBy(peer);
    this.#deliver(peer, gather(message.buffers, 0, message.length), beside);
    return message.length;
  }

  #receiver(message: Outgoing): UnixSocket | number {
    if (message.address !== undefined && this.#isDatagram) return this.#lookUp(message.address);
    if (!this.#isDatagram && this.#phase !== CONNECTED) return -errno.ENOTCONN;
    return this.#peer ?? -errno.ENOTCONN;
  }

  /** Datagrams of one that is not the peer wait until there are few. */
  #isFullFor(sender: UnixSocket): boolean {
    return this.#isDatagram && this.#peer !== sender && this.#queue.length > MAX_QUEUED_DATAGRAMS;
  }

  #turnedAwayBy(peer: UnixSocket): number {
    peer.#turnedAway.add(this);
    return -errno.EAGAIN;
  }

  #deliver(peer: UnixSocket, data: Uint8Array, beside: Passed): void {
    const credentials = beside.credentials ?? this.#family.credentials;
    const message = new UnixMessage(this, data, credentials, beside.rights, this.#address);
    this.#charged += message.chargedBytes;
    peer.#queue.push(message);
    peer.state.changed();
  }

  /** One of this socket's messages was received, or dropped. */
  #discharge(message: UnixMessage): void {
    this.#charged -= message.chargedBytes;
    if (this.#isWritable()) this.state.changed();
  }

  receive(message: Incoming): number {
    if (message.flags & MSG_OOB) return this.state.type === SOCK_STREAM ? -errno.EINVAL : -errno.EOPNOTSUPP;
    if (this.state.type === SOCK_STREAM) return this.#receiveStream(message);
    if (this.state.type === SOCK_SEQPACKET && this.#phase !== CONNECTED) return -errno.ENOTCONN;
    return this.#receiveWhole(message);
  }

  #receiveStream(message: Incoming): number {
    if (this.#phase !== CONNECTED) return -errno.EINVAL;
    const peeks = (message.flags & MSG_PEEK) !== 0;
    const from = peeks ? Math.max(0, this.state.peekOffset) : 0;
    let skip = from;
    let received = 0;
    let last: UnixMessage | undefined;
    for (const part of [...this.#queue]) {
      if (skip >= part.unread) {
        skip -= part.unread;
        if (part.data.length > 0) continue;
      }
      if (last !== undefined && !last.isFollowedBy(part, this.state.passCredentials)) break;
      last = part;
      const length = Math.min(part.unread - skip, message.length - received);
      copyOut(part.data, part.offset + skip, length, message.buffers, received);
      received += length;
      skip = 0;
      if (!peeks) this.#consume(part, length);
      if (received === message.length) break;
    }
    if (last === undefined) return this.#nothing(message);
    this.#tellBeside(last, message, peeks);
    this.state.movePeekOffset(received, peeks);
    return received;
  }

  #consume(part: UnixMessage, length: number): void {
    part.offset += length;
    if (part.unread > 0) return;
    this.#queue.shift();
    part.sender.#discharge(part);
  }

  #receiveWhole(message: Incoming): number {
    const peeks = (message.flags & MSG_PEEK) !== 0;
    let skip = peeks ? Math.max(0, this.state.peekOffset) : 0;
    const found = this.#queue.find(({ data }) => {
      if (skip < data.length || skip === 0) return true;
      skip -= data.length;
      return false;
    });
    if (found === undefined) return this.#nothing(message);
    const whole = found.data.length - skip;
    const length = Math.min(whole, message.length);
    copyOut(found.data, skip, length, message.buffers, 0);
    if (length < whole) message.resultFlags |= MSG_TRUNC;
    if (message.wantsAddress && this.#isDatagram) message.address = found.address;
    this.#tellBeside(found, message, peeks);
    this.state.movePeekOffset(peeks ? length : found.data.length, peeks);
    if (!peeks) {
      this.#queue.shift();
      found.sender.#discharge(found);
      this.#callBack();
    }
    return message.flags & MSG_TRUNC ? whole : length;
  }

  /** What a receive gives that finds no message. */
  #nothing(message: Incoming): number {
    const error = this.state.takeError();
    if (error !== 0) return -error;
    if (!this.#receiveEnded) return -errno.EAGAIN;
    // A datagram socket that was shut down ends a receive that would wait, and none that may not.
    return this.#isDatagram && (message.flags & MSG_DONTWAIT) !== 0 ? -errno.EAGAIN : 0;
  }

  #tellBeside(found: UnixMessage, message: Incoming, peeks: boolean): void {
    if (this.state.passCredentials && message.wantsControl) {
      message.control.push({
        level: SOL_SOCKET,
        type: SCM_CREDENTIALS,
        value: found.credentials satisfies Credentials,
      });
    }
    const rights = found.takeRights(peeks);
    if (rights === undefined) return;
    if (message.wantsControl) message.control.push(rights);
    else rights.drop();
  }

  optionsChanged(): void {}

  query(request: number): number {
    if (request === SIOCOUTQ) return this.#charged;
    if (request !== FIONREAD) return -errno.ENOTTY;
    if (this.#phase === LISTENING) return -errno.EINVAL;
    if (this.#isDatagram) return this.#queue[0]?.unread ?? 0;
    return this.#queue.reduce((sum, { unread }) => sum + unread, 0);
  }
}
