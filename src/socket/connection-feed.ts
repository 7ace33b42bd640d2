import type { AcceptFlow } from "../api/flow.ts";
import type { Feed, Taker } from "./feed.ts";
import type { OwnedDescriptor } from "./owned-descriptor.ts";

/** Accepted connections that may wait for the consumer; the others wait in the kernel's backlog, as they should. */
const MAX_WAITING = 16;

/**
 * A listener while its connections are iterated over. `waiting` are descriptors that were accepted and belong to
 * nobody yet.
 */
export class ConnectionFeed implements Feed<number> {
  readonly #own: OwnedDescriptor;
  readonly #waiting: number[];
  readonly #flow: AcceptFlow;
  #error: Error | undefined;
  #paused = false;
  #over = false;

  constructor(own: OwnedDescriptor, waiting: number[], taker: Taker<number>) {
    this.#own = own;
    this.#waiting = waiting;
    this.#flow = own.kernel.acceptFlow(own.use("acceptFlow"), {
      connection: (fd, flow) => {
        if (!taker.offer(fd)) this.#keep(fd, flow);
      },
      error: (error) => {
        this.#error = error;
        taker.look();
      },
      close: () => {
        this.#over = true;
        this.#own.lost();
        taker.look();
      },
    });
  }

  get isOver(): boolean {
    return this.#over;
  }

  get isDone(): boolean {
    return this.#over;
  }

  /** The next connection's descriptor. */
  take(): number | undefined {
    const fd = this.#waiting.shift();
    if (fd !== undefined) this.#resumeWhenLow();
    else if (this.#error !== undefined) throw this.#error;
    else if (this.#over && this.#own.signal?.aborted) throw this.#own.failure("accept");
    return fd;
  }

  stop(): Promise<void> {
    if (!this.#over) {
      this.#over = true;
      this.#flow.detach();
    }
    return Promise.resolve();
  }

  hangUp(): void {
    this.#flow.close();
  }

  #keep(fd: number, flow: AcceptFlow): void {
    this.#waiting.push(fd);
    if (this.#waiting.length >= MAX_WAITING && !this.#paused) {
      this.#paused = true;
      flow.pause();
    }
  }

  #resumeWhenLow(): void {
    if (!this.#paused || this.#waiting.length > MAX_WAITING / 2) return;
    this.#paused = false;
    if (!this.#over) this.#flow.resume();
  }
}
