import type { SocketAddress } from "../../api/address.ts";
import { POLLIN, SO_LINGER, SOL_SOCKET } from "../../api/constants.ts";
import { isSystemError } from "../../api/errors.ts";
import type { Accepted, Kernel } from "../../api/kernel.ts";
import type { ErrorListener } from "./connections.ts";

/** After a shortage accepting is tried again when a connection ends, or after this time. */
const SHORTAGE_RETRY_MS = 100;

/** Errors of single connections in a row, after which it looks like a shortage. */
const MOST_FAILURES_IN_A_ROW = 64;

/** A lack of something that will be free again: the connection stays in the backlog. */
const SHORTAGES: readonly string[] = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"];

/** The listener itself is no good, accept(2). Every other error is that of one connection, which is gone. */
const FATAL: readonly string[] = ["EBADF", "EINVAL", "ENOTSOCK", "EOPNOTSUPP", "EFAULT", "EBUSY"];

export interface AcceptorOptions {
  /** Takes a connection: the descriptor is its own. */
  readonly take: (fd: number, address: SocketAddress) => void;
  /** False while as many clients as allowed are being served. */
  readonly hasRoom: () => boolean;
  /** False while nobody can serve: every worker is being started anew. */
  readonly isReady?: () => boolean;
  /** Reset what there is no room for, rather than leave it in the backlog. */
  readonly refuse: boolean;
  readonly onError: ErrorListener | undefined;
  /** The listener failed: no connection will come any more. */
  readonly failed: (error: unknown) => void;
}

/** Picks up: takes connections from a listener while there is room for them. It owns the listening descriptor. */
export class Acceptor {
  refused = 0;
  shortages = 0;
  errors = 0;
  readonly #kernel: Kernel;
  readonly #options: AcceptorOptions;
  #fd: number;
  #failuresInARow = 0;
  #referenced = true;
  #wake: (() => void) | undefined;

  constructor(kernel: Kernel, fd: number, options: AcceptorOptions) {
    this.#kernel = kernel;
    this.#fd = fd;
    this.#options = options;
  }

  /** -1 after `close`. */
  get fd(): number {
    return this.#fd;
  }

  /** Accepts until `close`. */
  start(): void {
    void this.#run();
  }

  /** A connection has ended. */
  roomMade(): void {
    this.#wake?.();
  }

  ref(): void {
    this.#referenced = true;
    if (this.#fd >= 0) this.#kernel.ref(this.#fd);
  }

  unref(): void {
    this.#referenced = false;
    if (this.#fd >= 0) this.#kernel.unref(this.#fd);
  }

  /** Closes the listener: whoever dials from now on is refused by the kernel, as are those in the backlog. */
  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    this.#kernel.close(fd);
    this.#wake?.();
  }

  async #run(): Promise<void> {
    const { hasRoom, refuse, isReady = () => true } = this.#options;
    while (this.#fd >= 0) {
      if (isReady() && (refuse || hasRoom())) await this.#acceptOne();
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async #acceptOne(): Promise<void> {
    let accepted: Accepted;
    try {
      accepted = await this.#kernel.accept(this.#fd);
    } catch (error) {
      return this.#failed(error);
    }
    this.#failuresInARow = 0;
    const { refuse, hasRoom, take } = this.#options;
    // Without `refuse` there was room when the wait began.
    if (this.#fd < 0 || (refuse && !hasRoom())) this.#refuse(accepted.fd);
    else take(accepted.fd, accepted.address);
  }

  #refuse(fd: number): void {
    this.refused += 1;
    try {
      this.#kernel.setsockopt(fd, SOL_SOCKET, SO_LINGER, { onoff: true, linger: 0 });
    } finally {
      this.#kernel.close(fd);
    }
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#fd < 0) return;
    if (isSystemError(error, "EAGAIN")) {
      // The listener was given, and whoever made it asked for O_NONBLOCK.
      await this.#kernel.poll([{ fd: this.#fd, events: POLLIN }]);
      return;
    }
    if (isSystemError(error, ...SHORTAGES)) {
      this.shortages += 1;
      return this.#pause();
    }
    this.errors += 1;
    this.#options.onError?.(error);
    if (isSystemError(error, ...FATAL)) {
      this.close();
      this.#options.failed(error);
      return;
    }
    this.#failuresInARow += 1;
    if (this.#failuresInARow >= MOST_FAILURES_IN_A_ROW) return this.#pause();
  }

  /** Until a connection ends, or a while has passed. */
  async #pause(): Promise<void> {
    const sleep = new AbortController();
    const woken = new Promise<void>((resolve) => (this.#wake = resolve));
    const { signal } = sleep;
    const slept = this.#kernel.clock.sleep(SHORTAGE_RETRY_MS, { signal, ref: this.#referenced });
    await Promise.race([woken, slept.catch(() => undefined)]);
    sleep.abort();
  }
}
