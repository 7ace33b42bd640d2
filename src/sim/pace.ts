import type { Pace } from "../stack/pace.ts";
import type { SimEvent } from "./event-queue.ts";
import type { Host } from "./host.ts";
import type { SimContext } from "./sim-context.ts";

/** Runs the stack of a simulated host: its own clock, the internet's queue. */
export class HostPace implements Pace, SimEvent {
  place = -1;
  readonly #host: Host;
  readonly #context: SimContext;

  constructor(host: Host, context: SimContext) {
    this.#host = host;
    this.#context = context;
  }

  get epochMs(): number {
    return this.#host.clock.epochMs;
  }

  nowUs(): number {
    return this.#host.clock.nowUs;
  }

  wake(): void {
    this.#context.scheduler.wake(this.#host);
  }

  wakeNextTurn(): void {
    this.#context.scheduler.wakeNextTurn(this.#host);
  }

  told(): void {
    this.#context.scheduler.programsTold = true;
  }

  deadlineChanged(): void {
    const { queue, time } = this.#context;
    const deadlineUs = this.#host.clock.internetUs(this.#host.nextDeadlineUs());
    // An event that comes too early is cheaper than one that is moved for each segment.
    if (deadlineUs >= queue.timeOf(this)) return;
    queue.schedule(this, Math.max(deadlineUs, time.nowUs));
  }

  /** The clock's rate has changed, or the stack has: the deadline is another. */
  reschedule(): void {
    this.#context.queue.remove(this);
    this.deadlineChanged();
  }

  /** Nothing will happen by itself. */
  stop(): void {
    this.#context.queue.remove(this);
  }

  hold(): void {
    // The run knows who waits.
  }

  release(): void {
    // As `hold`.
  }

  throwLater(error: unknown): void {
    this.#host.failed(error);
  }

  /** The stack's deadline has come. */
  fire(): void {
    this.wake();
  }
}
