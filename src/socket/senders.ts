import { abortError } from "../api/errors.ts";

interface Sender {
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/** Sends whose data waits in the queue of a flow. */
export class Senders {
  readonly #senders = new Set<Sender>();
  #idle: (() => void) | undefined;

  /** Resolves when the queue has drained. Aborting ends the wait; what is queued leaves all the same. */
  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = (): void => {
        signal?.removeEventListener("abort", aborted);
        this.#senders.delete(sender);
      };
      const sender: Sender = {
        done: () => {
          settled();
          resolve();
        },
        failed: (error) => {
          settled();
          reject(error);
        },
      };
      const aborted = (): void => sender.failed(abortError(signal as AbortSignal));
      signal?.addEventListener("abort", aborted, { once: true });
      this.#senders.add(sender);
    });
  }

  /** The first of them has failed. */
  failFirst(error: Error): void {
    for (const sender of this.#senders) return sender.failed(error);
  }

  /** All of them have failed. */
  fail(error: Error): void {
    for (const sender of [...this.#senders]) sender.failed(error);
    this.#idle?.();
  }

  drained(): void {
    for (const sender of [...this.#senders]) sender.done();
    this.#idle?.();
  }

  /** Resolves when the queue has drained, or the flow is closed. */
  async untilIdle(isIdle: () => boolean): Promise<void> {
    while (!isIdle()) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
  }
}
