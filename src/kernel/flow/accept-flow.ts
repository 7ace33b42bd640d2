import { POLLIN } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { systemError } from "../../api/errors.ts";
import type { AcceptFlow, AcceptHandler } from "../../api/flow.ts";
import type { Turns } from "../turns.ts";
import type { AcceptPort, FlowKernel } from "./port.ts";
import { Possession } from "./possession.ts";

/** Connections accepted in a row before the others have their turn. */
const ACCEPT_BUDGET = 64;

/** A lack of something that will be free again: the connection stays in the backlog. */
const SHORTAGES: readonly number[] = [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM];

/** The listener itself is no good (accept(2)); every other error is that of one connection, which is gone. */
const FATAL: readonly number[] = [errno.EBADF, errno.EINVAL, errno.ENOTSOCK, errno.EOPNOTSUPP, errno.EFAULT];

/** A listener served by an accept loop. */
export class AcceptPushFlow implements AcceptFlow {
  accepted = 0;
  readonly interest: number = POLLIN;
  readonly #port: AcceptPort;
  readonly #own: Possession;
  readonly #turns: Turns;
  readonly #handler: AcceptHandler;
  #paused = false;

  constructor(kernel: FlowKernel, port: AcceptPort, handler: AcceptHandler) {
    this.#port = port;
    this.#own = new Possession(kernel);
    this.#turns = kernel.turns;
    this.#handler = handler;
  }

  get fd(): number {
    return this.#own.fd;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#own.continueLater(() => this.#accept());
  }

  close(): void {
    if (this.fd < 0) return;
    this.#own.close();
    this.#handler.close?.(this);
  }

  detach(): number {
    return this.#own.detach();
  }

  ref(): void {
    this.#own.ref();
  }

  unref(): void {
    this.#own.unref();
  }

  happened(): boolean {
    this.#accept();
    return false;
  }

  closedUnderneath(): void {
    this.#own.lost();
    this.#handler.close?.(this);
  }

  #accept(): void {
    for (let budget = ACCEPT_BUDGET; !this.#paused && this.fd >= 0; budget -= 1) {
      if (budget === 0) return this.#own.continueLater(() => this.#accept());
      const fd = this.#port.accept();
      if (fd >= 0) {
        this.accepted += 1;
        try {
          this.#handler.connection(fd, this);
        } catch (error) {
          this.#turns.throwLater(error);
        }
        continue;
      }
      const number = -fd;
      if (number === errno.EAGAIN) return;
      if (SHORTAGES.includes(number)) this.#paused = true;
      else if (!FATAL.includes(number)) continue;
      this.#handler.error?.(systemError("accept", number), this);
      return;
    }
  }
}
