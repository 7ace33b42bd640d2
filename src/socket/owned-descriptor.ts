import { abortError, systemError } from "../api/errors.ts";
import type { Kernel } from "../api/kernel.ts";

/**
 * A descriptor with exactly one owner. Once it is closed or given away its number is never used again here, whoever
 * has it then.
 */
export class OwnedDescriptor {
  readonly kernel: Kernel;
  #fd: number;
  /** Why there is no descriptor any more. */
  #gone = "the socket is closed";
  #aborted: Error | undefined;
  #waiting = 0;
  #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;

  constructor(kernel: Kernel, fd: number) {
    this.kernel = kernel;
    this.#fd = fd;
  }

  /** The number, or -1. */
  get number(): number {
    return this.#fd;
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  get signal(): AbortSignal | undefined {
    return this.#signal;
  }

  /** Aborting the signal calls `close`; what waits, and every later call, then fails with an AbortError. */
  closeOnAbort(signal: AbortSignal, close: () => void): void {
    this.#signal = signal;
    this.#onAbort = () => {
      this.#aborted = abortError(signal);
      close();
    };
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** The number for a call; EBADF, or the AbortError, when there is none any more. */
  use(syscall: string): number {
    if (this.#fd < 0) throw this.failure(syscall);
    return this.#fd;
  }

  /** The error of a call on a descriptor that is gone. */
  failure(syscall: string): Error {
    return this.#aborted ?? systemError(syscall, "EBADF", undefined, this.#gone);
  }

  /** Makes a call that may wait. */
  async wait<T>(syscall: string, call: (fd: number) => Promise<T>): Promise<T> {
    const fd = this.use(syscall);
    this.#waiting += 1;
    try {
      return await call(fd);
    } catch (error) {
      throw this.#aborted ?? error;
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Closes it; the second time nothing happens. */
  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.lost();
    this.kernel.close(fd);
  }

  /** Gives the number away. EBUSY while calls wait: they would go on with what is another's. */
  giveAway(syscall: string, why: string): number {
    const fd = this.use(syscall);
    this.refuseWhileWaiting(syscall);
    this.lost();
    this.#gone = why;
    return fd;
  }

  refuseWhileWaiting(syscall: string): void {
    if (this.#waiting > 0) throw systemError(syscall, "EBUSY", undefined, "calls wait on the socket");
  }

  /** Somebody else has closed it: the flow that had it. */
  lost(): void {
    this.#fd = -1;
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}
