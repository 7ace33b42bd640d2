import { TCP_ACK, TCP_RST, TCP_SYN, type TcpHeader } from "../../wire/tcp-header.ts";
import type { IpAddress } from "../ip/address.ts";
import type { Path } from "../ip/path.ts";
import { Timer, type TimerOwner } from "../timer/timer.ts";
import type { Connection } from "./connection.ts";
import { TIME_WAIT, type PairHolder } from "./demultiplexer.ts";
import { isAfter, isBefore } from "./sequence.ts";
import type { Tcp } from "./tcp.ts";

/** Twice the maximum segment lifetime of RFC 9293 §3.4.2, as Linux takes it: TCP_TIMEWAIT_LEN. */
export const TIME_WAIT_US = 60_000_000;
/** Connections that may be in TIME-WAIT; the next one is forgotten at once: tcp_max_tw_buckets. */
const MOST_TIME_WAIT = 262_144;
/** After so long a new connection may take the pair, since its timestamps are larger: RFC 6191 §2, tcp_tw_reuse. */
const REUSE_US = 1_000_000;
/** Between two answers to segments that are out of order. */
const LEAST_ANSWER_US = 500_000;

/** What is left of a connection in TIME-WAIT. */
export class TimeWait implements PairHolder {
  readonly kind: number = TIME_WAIT;
  readonly local: IpAddress;
  readonly localPort: number;
  readonly remote: IpAddress;
  readonly remotePort: number;
  pairHash = 0;
  pairIndex = -1;
  readonly path: Path;
  readonly sndNxt: number;
  readonly rcvNxt: number;
  readonly window: number;
  readonly hasTimestamps: boolean;
  readonly timestampOffset: number;
  recentTimestamp: number;
  sinceUs: number;
  lastAnswerUs: number = -Infinity;
  /** Its neighbours in the order of their ends. */
  before: TimeWait | undefined = undefined;
  after: TimeWait | undefined = undefined;

  constructor(c: Connection, nowUs: number) {
    this.local = c.local;
    this.localPort = c.localPort;
    this.remote = c.remote;
    this.remotePort = c.remotePort;
    this.path = c.path;
    this.sndNxt = c.sndNxt;
    this.rcvNxt = c.rcvNxt;
    this.window = Math.min(0xffff, c.receiveWindow.left(c.rcvNxt) >> c.receiveWindow.scale);
    this.hasTimestamps = c.timestampsOn;
    this.timestampOffset = c.timestampOffset;
    this.recentTimestamp = c.recentTimestamp;
    this.sinceUs = nowUs;
  }
}

/** All connections in TIME-WAIT, in the order in which they end: each stays equally long. */
export class TimeWaits implements TimerOwner {
  readonly #tcp: Tcp;
  readonly #timer: Timer;
  #first: TimeWait | undefined;
  #last: TimeWait | undefined;
  #count = 0;

  constructor(tcp: Tcp) {
    this.#tcp = tcp;
    this.#timer = new Timer(this);
  }

  get size(): number {
    return this.#count;
  }

  /** The connection's place is taken over. */
  add(c: Connection): void {
    if (this.#count >= MOST_TIME_WAIT) return;
    const waiting = new TimeWait(c, this.#tcp.nowUs);
    this.#tcp.pairs.add(waiting);
    this.#tcp.ports.addTimeWait(waiting.localPort);
    this.#append(waiting);
  }

  remove(waiting: TimeWait): void {
    this.#unlink(waiting);
    this.#tcp.pairs.remove(waiting);
    this.#tcp.ports.removeTimeWait(waiting.localPort);
  }

  /** Whether a new connection may take the pair: RFC 6191 §2. */
  mayReuse(waiting: TimeWait): boolean {
    return waiting.hasTimestamps && this.#tcp.nowUs - waiting.sinceUs > REUSE_US;
  }

  /** RFC 9293 §3.10.7.4 in TIME-WAIT. Returns true when the segment is a SYN for a new connection. */
  arrives(waiting: TimeWait, header: TcpHeader): boolean {
    const length = header.payloadEnd - header.payloadStart;
    const { flags } = header;
    const isOld =
      waiting.hasTimestamps && header.hasTimestamps && ((header.timestampValue - waiting.recentTimestamp) | 0) < 0;
    if ((flags & TCP_RST) !== 0) {
      // RFC 1337: a reset must not cut the wait short. Nothing is answered.
      return false;
    }
    if ((flags & (TCP_SYN | TCP_ACK)) === TCP_SYN && !isOld) {
      // RFC 6191 §2 and RFC 9293 §3.10.7.4: larger in timestamp, or in sequence.
      const isNewer =
        isAfter(header.sequence, waiting.rcvNxt) ||
        (waiting.hasTimestamps && header.hasTimestamps && ((header.timestampValue - waiting.recentTimestamp) | 0) > 0);
      if (isNewer) {
        this.remove(waiting);
        return true;
      }
    }
    const isEmptyAck = length === 0 && header.sequence === waiting.rcvNxt && (flags & TCP_SYN) === 0;
    if (isEmptyAck && !isOld) {
      if (header.hasTimestamps) waiting.recentTimestamp = header.timestampValue;
      return false;
    }
    // The peer's FIN again: its acknowledgement was lost, and the wait begins anew.
    if (!isOld && isBefore(header.sequence, waiting.rcvNxt)) {
      this.#unlink(waiting);
      waiting.sinceUs = this.#tcp.nowUs;
      this.#append(waiting);
    }
    this.#answer(waiting);
    return false;
  }

  expired(): void {
    const { nowUs } = this.#tcp;
    while (this.#first !== undefined && this.#first.sinceUs + TIME_WAIT_US <= nowUs) this.remove(this.#first);
    this.#arm();
  }

  /** Forgets all. */
  clear(): void {
    while (this.#first !== undefined) this.remove(this.#first);
    this.#tcp.timers.remove(this.#timer);
  }

  #answer(waiting: TimeWait): void {
    const { nowUs } = this.#tcp;
    if (nowUs - waiting.lastAnswerUs < LEAST_ANSWER_US) return;
    waiting.lastAnswerUs = nowUs;
    this.#tcp.sendBare(
      waiting.path,
      waiting.localPort,
      waiting.remotePort,
      waiting.sndNxt,
      waiting.rcvNxt,
      TCP_ACK,
      waiting.window,
      waiting.hasTimestamps,
      waiting.timestampOffset,
      waiting.recentTimestamp,
    );
  }

  #append(waiting: TimeWait): void {
    waiting.before = this.#last;
    waiting.after = undefined;
    if (this.#last === undefined) this.#first = waiting;
    else this.#last.after = waiting;
    this.#last = waiting;
    this.#count++;
    this.#arm();
  }

  #unlink(waiting: TimeWait): void {
    if (waiting.before === undefined) this.#first = waiting.after;
    else waiting.before.after = waiting.after;
    if (waiting.after === undefined) this.#last = waiting.before;
    else waiting.after.before = waiting.before;
    waiting.before = waiting.after = undefined;
    this.#count--;
  }

  #arm(): void {
    if (this.#first === undefined) this.#tcp.timers.remove(this.#timer);
    else if (!this.#timer.isSet) this.#tcp.timers.set(this.#timer, this.#first.sinceUs + TIME_WAIT_US);
  }
}
