import { Timer } from "./timer.ts";

/**
 * The timers of a stack: a heap by (deadline, order of setting), with lazy deadlines. A timer that is set later than
 * the queue has it, or cancelled, is only moved when it comes up: the usual life of a retransmission timer costs
 * nothing.
 */
export class TimerQueue {
  readonly #heap: Timer[] = [];
  #sequence = 0;
  /** While timers go off: now. Nothing is set to before it, so that what is set anew comes after what was due. */
  #floorUs = -Infinity;

  /** Timers in the queue, cancelled ones that have not come up included. */
  get size(): number {
    return this.#heap.length;
  }

  /** Sets the timer to go off at `deadlineUs`, whatever it was set to before. */
  set(timer: Timer, deadlineUs: number): void {
    timer.deadlineUs = Math.max(deadlineUs, this.#floorUs);
    timer.sequence = this.#sequence++;
    if (timer.place < 0) {
      this.#place(timer);
      this.#heap.push(timer);
      this.#up(timer, this.#heap.length - 1);
    } else if (timer.deadlineUs < timer.queuedUs) {
      this.#place(timer);
      this.#up(timer, timer.place);
    }
  }

  /** The timer will not go off. It may stay in the queue until its time: `remove` one whose owner ends. */
  cancel(timer: Timer): void {
    timer.deadlineUs = Infinity;
  }

  /** Cancels the timer and takes it out of the queue, so that nothing holds its owner. */
  remove(timer: Timer): void {
    timer.deadlineUs = Infinity;
    const place = timer.place;
    if (place < 0) return;
    timer.place = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === timer) return;
    this.#up(last, place);
    this.#down(last, last.place);
  }

  /** When the next timer goes off; Infinity when there is none. */
  nextDeadlineUs(): number {
    return this.#settledTop()?.deadlineUs ?? Infinity;
  }

  /**
   * Lets every timer go off whose time has come, in order. One that is set to now, or before, while they do goes off at
   * the next call, so that this one ends.
   */
  advance(nowUs: number): void {
    const firstNew = this.#sequence;
    this.#floorUs = nowUs;
    for (;;) {
      const top = this.#settledTop();
      if (top === undefined || top.deadlineUs > nowUs || top.sequence >= firstNew) break;
      this.remove(top);
      top.owner.expired(top, nowUs);
    }
    this.#floorUs = -Infinity;
  }

  /** The first timer with its true deadline; cancelled ones before it leave the queue. */
  #settledTop(): Timer | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined) return undefined;
      if (top.deadlineUs === Infinity) this.remove(top);
      else if (top.queuedSequence !== top.sequence) {
        this.#place(top);
        this.#down(top, 0);
      } else return top;
    }
  }

  #place(timer: Timer): void {
    timer.queuedUs = timer.deadlineUs;
    timer.queuedSequence = timer.sequence;
  }

  #up(timer: Timer, from: number): void {
    const heap = this.#heap;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above] as Timer;
      if (!isBefore(timer, parent)) break;
      heap[place] = parent;
      parent.place = place;
      place = above;
    }
    heap[place] = timer;
    timer.place = place;
  }

  #down(timer: Timer, from: number): void {
    const heap = this.#heap;
    const length = heap.length;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= length) break;
      if (below + 1 < length && isBefore(heap[below + 1] as Timer, heap[below] as Timer)) below++;
      const child = heap[below] as Timer;
      if (!isBefore(child, timer)) break;
      heap[place] = child;
      child.place = place;
      place = below;
    }
    heap[place] = timer;
    timer.place = place;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.queuedUs < b.queuedUs || (a.queuedUs === b.queuedUs && a.queuedSequence < b.queuedSequence);
}
