import type { Credentials, FilterInstruction, Linger } from "../../api/options.ts";
import type { Description } from "./description.ts";
import type { SocketEvents } from "./events.ts";

/** net.core.rmem_default and wmem_default. */
export const DEFAULT_BUFFER_BYTES = 212_992;
// What most sockets never change is one value for all of them.
const NOTHING_STORED: ReadonlyMap<string, unknown> = new Map();
const NO_LINGER: Linger = Object.freeze({ onoff: false, linger: 0 });
const NO_CREDENTIALS: Credentials = Object.freeze({ pid: 0, uid: 0xffffffff, gid: 0xffffffff });

/** What every socket has, whatever its family: Linux's `struct sock`, and the options of SOL_SOCKET. */
export class SocketState {
  readonly events: SocketEvents;
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  /** Undefined until the socket has a descriptor. */
  description: Description | undefined = undefined;
  /** SO_COOKIE. */
  readonly cookie: bigint;
  /** Why something failed that no call was waiting for: SO_ERROR, a positive errno. */
  error = 0;
  /** An error that the protocol has and has not told yet, once; 0 for none. */
  newError: () => number = () => 0;
  /** An error that ended nothing, which SO_ERROR tells when there is no other, once: sk_err_soft of Linux. */
  softError: () => number = () => 0;

  reuseAddress = false;
  reusePort = false;
  broadcast = false;
  dontRoute = false;
  keepAlive = false;
  urgentInline = false;
  passCredentials = false;
  passRights = true;
  linger: Linger = NO_LINGER;
  receiveTimeoutMs = 0;
  sendTimeoutMs = 0;
  sendBufferBytes: number = DEFAULT_BUFFER_BYTES;
  receiveBufferBytes: number = DEFAULT_BUFFER_BYTES;
  /** SOCK_SNDBUF_LOCK, SOCK_RCVBUF_LOCK: buffers that the program has set. */
  bufferLocks = 0;
  receiveLowWaterBytes = 1;
  priority = 0;
  mark = 0;
  /** SO_BINDTODEVICE, SO_BINDTOIFINDEX; 0 is any interface. */
  boundInterface = 0;
  peekOffset = -1;
  /** SO_RXQ_OVFL: how many were dropped is told. */
  tellDrops = false;
  drops = 0;
  /** SO_TIMESTAMP, SO_TIMESTAMPNS: times come with what is received. */
  timestamps: "none" | "us" | "ns" = "none";
  /** SO_TIMESTAMPING: SOF_TIMESTAMPING_… */
  timestamping = 0;
  filter: readonly FilterInstruction[] | undefined = undefined;
  filterLocked = false;
  acceptsConnections = false;
  peerCredentials: Credentials = NO_CREDENTIALS;
  /** Options that are kept and have no effect: what was set, by level and name. */
  stored: ReadonlyMap<string, unknown> = NOTHING_STORED;

  constructor(events: SocketEvents, family: number, type: number, protocol: number) {
    this.events = events;
    this.family = family;
    this.type = type;
    this.protocol = protocol;
    this.cookie = events.nextCookie();
  }

  /** Something has changed that one who waits may wait for. */
  changed(): void {
    if (this.description !== undefined) this.events.changed(this.description);
  }

  /** Keeps an error for whoever asks next. */
  fail(number: number): void {
    this.error = number;
    this.changed();
  }

  /** SO_PEEK_OFF: the next look begins behind the last one, and a receive moves all of it. */
  movePeekOffset(received: number, peeks: boolean): void {
    if (this.peekOffset < 0) return;
    this.peekOffset = peeks ? this.peekOffset + received : Math.max(0, this.peekOffset - received);
  }

  /** Whether an error waits. */
  get hasError(): boolean {
    this.error ||= this.newError();
    return this.error !== 0;
  }

  /** The error that waits, which this clears: sock_error() of Linux. 0 for none. */
  takeError(): number {
    const error = this.error || this.newError();
    this.error = 0;
    return error;
  }

  /** Keeps an option that has no effect. What others share is not changed. */
  store(name: string, value: unknown): void {
    this.stored = new Map(this.stored).set(name, value);
  }

  /** Takes the options of the listener that accepted it, as Linux clones a socket. */
  inherit(listener: SocketState): void {
    this.reuseAddress = listener.reuseAddress;
    this.reusePort = listener.reusePort;
    this.keepAlive = listener.keepAlive;
    this.urgentInline = listener.urgentInline;
    this.linger = listener.linger;
    this.receiveTimeoutMs = listener.receiveTimeoutMs;
    this.sendTimeoutMs = listener.sendTimeoutMs;
    this.sendBufferBytes = listener.sendBufferBytes;
    this.receiveBufferBytes = listener.receiveBufferBytes;
    this.bufferLocks = listener.bufferLocks;
    this.receiveLowWaterBytes = listener.receiveLowWaterBytes;
    this.priority = listener.priority;
    this.mark = listener.mark;
    this.boundInterface = listener.boundInterface;
    this.stored = listener.stored;
  }
}
