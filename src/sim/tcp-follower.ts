import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from "../wire/tcp-header.ts";

/** The two directions of a connection that somebody in the middle sees. */
export const FORTH = 1;
export const BACK = 2;
const BOTH = FORTH | BACK;

/** Follows a TCP connection from the middle, as far as it says how long to remember it: RFC 5382 §5. */
export class TcpFollower {
  /** The directions, as bits, that an ACK and a FIN came from. */
  #acknowledged = 0;
  #finished = 0;
  #isReset = false;

  /** Sees a segment, and says whether the connection is established now. */
  follow(flags: number, direction: number): boolean {
    if ((flags & TCP_SYN) !== 0) {
      // A new connection may follow an old one between the same endpoints.
      if (this.#isReset || this.#finished !== 0) this.#acknowledged = 0;
      this.#isReset = false;
      this.#finished = 0;
    }
    if ((flags & TCP_ACK) !== 0) this.#acknowledged |= direction;
    if ((flags & TCP_FIN) !== 0) this.#finished |= direction;
    if ((flags & TCP_RST) !== 0) this.#isReset = true;
    return this.#acknowledged === BOTH && this.#finished !== BOTH && !this.#isReset;
  }
}
