import { PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ip-protocol.ts";
import { BACK, FORTH, TcpFollower } from "../tcp-follower.ts";
import type { Session } from "./session.ts";

/** Sessions that are remembered at most; the oldest goes. */
const MAX_SESSIONS = 65_536;
/** How long: RFC 5382 §5 for TCP, RFC 4787 §4.3 for UDP, RFC 5508 §3.2 for pings. */
const TCP_ESTABLISHED_US = 7_440_000_000;
const TCP_TRANSITORY_US = 240_000_000;
const UDP_US = 300_000_000;
const OTHER_US = 60_000_000;

class Tracked {
  readonly tcp: TcpFollower = new TcpFollower();
  expiresUs = 0;
}

/** Remembers which sessions were accepted, so that their answers are. */
export class ConnectionTracking {
  /** By both ends, in the direction of the first packet. */
  readonly #sessions: Map<string, Tracked> = new Map();

  /** Whether the packet is of a session that was accepted, in either direction; if so, it lives on. */
  knows(session: Session, nowUs: number): boolean {
    return this.#use(forth(session), session, FORTH, nowUs) || this.#use(back(session), session, BACK, nowUs);
  }

  /** Whether the session was accepted; asking lets it live no longer. */
  has(session: Session, nowUs: number): boolean {
    const found = this.#sessions.get(forth(session)) ?? this.#sessions.get(back(session));
    return found !== undefined && found.expiresUs > nowUs;
  }

  /** Accepts a session from now on. */
  accept(session: Session, nowUs: number): void {
    const key = forth(session);
    const tracked = new Tracked();
    this.#sessions.delete(key);
    this.#sessions.set(key, tracked);
    this.#refresh(tracked, session, FORTH, nowUs);
    if (this.#sessions.size <= MAX_SESSIONS) return;
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#sessions.delete(oldest);
  }

  #use(key: string, session: Session, direction: number, nowUs: number): boolean {
    const tracked = this.#sessions.get(key);
    if (tracked === undefined) return false;
    if (tracked.expiresUs <= nowUs) {
      this.#sessions.delete(key);
      return false;
    }
    this.#refresh(tracked, session, direction, nowUs);
    return true;
  }

  #refresh(tracked: Tracked, session: Session, direction: number, nowUs: number): void {
    let lifetimeUs = OTHER_US;
    if (session.protocol === PROTOCOL_UDP) lifetimeUs = UDP_US;
    else if (session.protocol === PROTOCOL_TCP) {
      const isEstablished = tracked.tcp.follow(session.tcpFlags, direction);
      lifetimeUs = isEstablished ? TCP_ESTABLISHED_US : TCP_TRANSITORY_US;
    }
    tracked.expiresUs = nowUs + lifetimeUs;
  }
}

function forth({ protocol, source, sourcePort, destination, destinationPort }: Session): string {
  return `${protocol} ${source.toString()} ${sourcePort} ${destination.toString()} ${destinationPort}`;
}

function back({ protocol, source, sourcePort, destination, destinationPort }: Session): string {
  return `${protocol} ${destination.toString()} ${destinationPort} ${source.toString()} ${sourcePort}`;
}
