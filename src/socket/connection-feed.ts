import type { AcceptFlow } from "../api/flow.ts";
import { Arrival } from "./arrival.ts";
import type { Feed } from "./feed.ts";
import type { OwnedDescriptor } from "./owned-descriptor.ts";

/** Accepted connections that may wait for the consumer; the others wait in the kernel's backlog, as they should. */
const MAX_WAITING = 16;

/**
 * A listener while its connections are iterated over. `waiting` are descriptors that were accepted and belong to
 * nobody yet.
 */
export class ConnectionFeed implements Feed {
  readonly #own: OwnedDescriptor;
  readonly #waiting: number[];
  readonly #flow: AcceptFlow;
  readonly #arrival: Arrival = new Arrival();
  #error: Error | undefined;
  #paused = false;
  #over = false;

  constructor(own: OwnedDescriptor, waiting: number[]) {
    this.#own = own;
    this.#waiting = waiting;
    this.#flow = own.kernel.acceptFlow(own.use("acceptFlow"), {
      connection: (fd, flow) => this.#accepted(fd, flow),
      error: (error) => {
        this.#error = error;
        this.#arrival.tell();
      },
      close: () => {
        this.#over = true;
        this.#own.lost();
        this.#arrival.tell();
      },
    });
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** The next connection's descriptor; undefined when the listener was closed. */
  async next(): Promise<number | undefined> {
    for (;;) {
      const fd = this.#waiting.shift();
      if (fd !== undefined) {
        this.#resumeWhenLow();
        return fd;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#over) {
        if (this.#own.signal?.aborted) throw this.#own.failure("accept");
        return undefined;
      }
      await this.#arrival.wait();
    }
  }

  stop(): Promise<void> {
    if (!this.#over) {
      this.#over = true;
      this.#flow.detach();
    }
    return Promise.resolve();
  }

  close(): void {
    this.#flow.close();
  }

  #accepted(fd: number, flow: AcceptFlow): void {
    this.#waiting.push(fd);
    if (this.#waiting.length >= MAX_WAITING && !this.#paused) {
      this.#paused = true;
      flow.pause();
    }
    this.#arrival.tell();
  }

  #resumeWhenLow(): void {
    if (!this.#paused || this.#waiting.length > MAX_WAITING / 2) return;
    this.#paused = false;
    if (!this.#over) this.#flow.resume();
  }
}
