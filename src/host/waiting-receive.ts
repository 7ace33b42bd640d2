import { MSG_DONTWAIT } from "../api/constants.ts";
import { errno } from "../api/errno.ts";
import { systemError } from "../api/errors.ts";
import { READ } from "../kernel/call.ts";
import type { Waiter } from "../kernel/wait-queue.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Engine } from "./engine.ts";
import { lastErrno, libc } from "./ffi/libc.ts";
import type { PresumingReceive } from "./uring/later-looks.ts";

type Resolve = (bytes: number) => void;
type Reject = (error: Error) => void;

const NO_MEMORY = new Uint8Array();
const settled = (): void => {};

/** The functions of the promise that is being made: taken from its executor without a closure of its own. */
let newResolve: Resolve = settled;
let newReject: Reject = settled;
function executor(resolve: Resolve, reject: Reject): void {
  newResolve = resolve;
  newReject = reject;
}

/**
 * A plain recv(2) that waits. A descriptor has one of these for all of its receives: what thousands of connections wait
 * with is not made anew for each message, and lies together.
 */
export class WaitingReceive implements Waiter, PresumingReceive {
  readonly #fd: number;
  #buffer: Uint8Array = NO_MEMORY;
  #length = 0;
  #resolve: Resolve = settled;
  #reject: Reject = settled;
  #referenced = false;
  readonly #descriptor: Descriptor;
  readonly #engine: Engine;
  isListed = false;
  round = 0;

  constructor(descriptor: Descriptor, engine: Engine) {
    this.#fd = descriptor.fd;
    this.#descriptor = descriptor;
    this.#engine = engine;
    descriptor.makeQueues();
  }

  /** True when the engine sees to it that this is attempted later, if it need be. */
  looksLater(): boolean {
    return this.#engine.looksLater?.(this) ?? false;
  }

  /** Nothing else waits to receive. */
  wait(buffer: Uint8Array): Promise<number> {
    const descriptor = this.#descriptor;
    this.#engine.want(descriptor, READ);
    const promise = new Promise<number>(executor);
    this.#resolve = newResolve;
    this.#reject = newReject;
    this.#buffer = buffer;
    this.#length = buffer.length;
    this.#referenced = descriptor.referenced;
    if (this.#referenced) this.#engine.hold();
    descriptor.waiting[READ].push(this);
    return promise;
  }

  get isWaiting(): boolean {
    return this.#buffer !== NO_MEMORY;
  }

  attempt(): boolean {
    const bytes = libc.recv(this.#fd, this.#buffer, this.#length, MSG_DONTWAIT);
    if (bytes >= 0) {
      if (bytes < this.#length) this.#descriptor.receivedLess();
      this.#settle()(bytes);
      return true;
    }
    const number = lastErrno();
    if (number === errno.EAGAIN || number === errno.EINTR) return false;
    this.#fail(systemError("recv", number));
    return true;
  }

  closed(): void {
    this.#fail(systemError("recv", "EBADF", undefined, "the descriptor was closed during the call"));
  }

  referenceChanged(): void {
    const { referenced } = this.#descriptor;
    if (referenced === this.#referenced) return;
    this.#referenced = referenced;
    if (referenced) this.#engine.hold();
    else this.#engine.release();
  }

  #fail(error: Error): void {
    const reject = this.#reject;
    this.#settle();
    reject(error);
  }

  #settle(): Resolve {
    const resolve = this.#resolve;
    this.#resolve = settled;
    this.#reject = settled;
    this.#buffer = NO_MEMORY;
    this.#descriptor.waiting[READ].remove(this);
    if (this.#referenced) this.#engine.release();
    return resolve;
  }
}
