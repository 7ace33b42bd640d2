import { TcpFollower } from "../tcp-follower.ts";

/** What one inside endpoint has with one outside endpoint. */
export class Session {
  readonly tcp: TcpFollower = new TcpFollower();
  expiresUs = 0;
}

/** Remote endpoints that one mapping follows at most. */
const MAX_SESSIONS = 4096;

/** An inside endpoint and the outside port that stands for it. */
export class Mapping {
  readonly protocol: number;
  readonly address: number;
  readonly port: number;
  readonly outsidePort: number;
  /** One that was set up by hand, which never expires and lets everybody in. */
  readonly isStatic: boolean;
  /** By remote endpoint. */
  readonly #sessions: Map<number, Session> = new Map();
  /** Until when whom the filter lets in, by as much of the remote endpoint as the filter looks at. */
  readonly #permits: Map<number, number> = new Map();
  /** No earlier than its last session. */
  expiresUs = 0;

  constructor(protocol: number, address: number, port: number, outsidePort: number, isStatic = false) {
    this.protocol = protocol;
    this.address = address;
    this.port = port;
    this.outsidePort = outsidePort;
    this.isStatic = isStatic;
    if (isStatic) this.expiresUs = Infinity;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** The session with a remote endpoint; a new one when there was none. */
  session(remote: number, nowUs: number): Session {
    let session = this.#sessions.get(remote);
    if (session !== undefined) return session;
    if (this.#sessions.size >= MAX_SESSIONS) this.#forget(nowUs);
    session = new Session();
    this.#sessions.set(remote, session);
    return session;
  }

  /** Lets somebody in; of too many, who was let in longest ago stays out. */
  permit(key: number, untilUs: number): void {
    this.#permits.delete(key);
    this.#permits.set(key, untilUs);
    if (this.#permits.size <= MAX_SESSIONS) return;
    const [oldest] = this.#permits.keys();
    if (oldest !== undefined) this.#permits.delete(oldest);
  }

  isPermitted(key: number, nowUs: number): boolean {
    return this.isStatic || (this.#permits.get(key) ?? 0) > nowUs;
  }

  /** A session was used: it lives until `untilUs`, which may be earlier than before, and the mapping with its last. */
  refresh(session: Session, untilUs: number, nowUs: number): void {
    const wasUs = session.expiresUs;
    session.expiresUs = untilUs;
    if (untilUs >= this.expiresUs) this.expiresUs = untilUs;
    else if (wasUs === this.expiresUs && !this.isStatic) this.#forget(nowUs);
  }

  /** Forgets what is over; and the oldest, when that was nothing. */
  #forget(nowUs: number): void {
    let lastUs = 0;
    for (const [remote, { expiresUs }] of this.#sessions) {
      if (expiresUs <= nowUs) this.#sessions.delete(remote);
      else lastUs = Math.max(lastUs, expiresUs);
    }
    for (const [key, untilUs] of this.#permits) if (untilUs <= nowUs) this.#permits.delete(key);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    if (!this.isStatic) this.expiresUs = lastUs;
  }
}
