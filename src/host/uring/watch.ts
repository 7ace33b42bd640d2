import { POLLERR, POLLIN, POLLPRI } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { IORING_CQE_F_MORE, IORING_OP_POLL_ADD, IORING_POLL_ADD_MULTI } from "../../layout/io-uring.ts";
import type { Descriptor } from "../descriptor.ts";
import { dispatch } from "../readiness.ts";
import type { Taker } from "./taker.ts";
import type { UringEngine } from "./engine.ts";

/**
 * The readiness of one descriptor, by multishot polls: one operation for each set of events that was asked for. Like an
 * edge of epoll, a completion means "try again".
 */
export class Watch implements Taker {
  readonly #engine: UringEngine;
  readonly #descriptor: Descriptor;
  readonly #slot: number;
  /** The polls that are wanted and in flight: the number of each operation, and its events. */
  #polls: { readonly number: number; readonly events: number }[] = [];
  #numbers = 0;
  #inFlight = 0;
  #over = false;

  constructor(engine: UringEngine, descriptor: Descriptor) {
    this.#engine = engine;
    this.#descriptor = descriptor;
    this.#slot = engine.takers.enter(this);
  }

  add(events: number): void {
    this.#descriptor.interest |= events;
    this.#numbers = (this.#numbers + 1) | 0;
    this.#polls.push({ number: this.#numbers, events });
    this.#inFlight += 1;
    const { ring } = this.#engine.prepare();
    const { fd } = this.#descriptor;
    // Urgent data wakes nobody who does not wait for plain data as well: io_uring leaves POLLPRI out when it looks for
    // whom to wake.
    const wakes = events & POLLPRI ? events | POLLIN : events;
    ring.submit(IORING_OP_POLL_ADD, 0, 0, fd, 0, IORING_POLL_ADD_MULTI, wakes, this.#slot, this.#numbers);
  }

  remove(events: number): void {
    for (const poll of this.#polls.filter((one) => (one.events & events) !== 0)) {
      this.#drop(poll.number);
      this.#engine.cancel(this.#slot, poll.number);
      if (poll.events & ~events) this.add(poll.events & ~events);
    }
  }

  /** Ends all polls, at once: one in flight keeps the file open. */
  end(): void {
    this.#over = true;
    this.#descriptor.interest = 0;
    for (const { number } of this.#polls) this.#engine.cancel(this.#slot, number);
    this.#polls = [];
    if (this.#inFlight === 0) this.#engine.takers.leave(this.#slot);
    else this.#engine.exchangeUntil(this.#slot, this, () => this.#inFlight === 0);
  }

  completed(number: number, result: number, flags: number): void {
    let ended: number | undefined;
    if ((flags & IORING_CQE_F_MORE) === 0) {
      this.#inFlight -= 1;
      ended = this.#drop(number);
      if (this.#over && this.#inFlight === 0) this.#engine.takers.leave(this.#slot);
    }
    if (this.#over || result === -errno.ECANCELED) return;
    // It ends by itself when the completion queue is full. A flow asks once for its events, so it goes on from here.
    if (ended !== undefined && result >= 0) this.add(ended);
    if (this.#descriptor.flow === undefined) this.#engine.settled = true;
    // A poll that failed tells nothing more: whoever waits tries again, and meets the error itself.
    if (!dispatch(this.#descriptor, result < 0 ? POLLERR : result)) this.#engine.forget(this.#descriptor);
  }

  /** The poll is not wanted, or over: the events that it was for, unless that was so already. */
  #drop(number: number): number | undefined {
    const index = this.#polls.findIndex((poll) => poll.number === number);
    if (index < 0) return undefined;
    const [poll] = this.#polls.splice(index, 1);
    this.#descriptor.interest &= ~(poll?.events ?? 0);
    return poll?.events;
  }
}
