import type { HostedStack } from "../stack/hosted-stack.ts";
import type { Pace } from "../stack/pace.ts";
import type { SimEvent } from "./event-queue.ts";
import type { HostClock } from "./host-clock.ts";
import type { Deadlined, Settling } from "./scheduler.ts";
import type { SimContext } from "./sim-context.ts";

/** Runs one stack of a simulated host, from its boot to its crash: the host's own clock, the internet's queue. */
export class HostPace implements Pace, SimEvent, Settling, Deadlined {
  place = -1;
  isWoken = false;
  wantsTurn = false;
  isDeadlineStale = false;
  readonly #context: SimContext;
  readonly #clock: HostClock;
  readonly #failed: (error: unknown) => void;
  #stack: HostedStack | undefined;
  #isPaused = false;

  constructor(context: SimContext, clock: HostClock, failed: (error: unknown) => void) {
    this.#context = context;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** From now on this is the stack that is run. */
  attach(stack: HostedStack): void {
    this.#stack = stack;
  }

  /** Nothing is run any more. */
  stop(): void {
    this.#stack = undefined;
    this.#context.queue.remove(this);
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Nothing is run until it is not paused any more; what is due by then is late. */
  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused;
    if (isPaused) this.#context.queue.remove(this);
    else {
      this.wake();
      this.wakeNextTurn();
    }
  }

  get epochMs(): number {
    return this.#clock.epochMs;
  }

  nowUs(): number {
    return this.#clock.nowUs;
  }

  wake(): void {
    this.#context.scheduler.wake(this);
  }

  wakeNextTurn(): void {
    this.#context.scheduler.wakeNextTurn(this);
  }

  told(): void {
    this.#context.scheduler.programsTold = true;
  }

  deadlineChanged(): void {
    this.#context.scheduler.deadlineChanged(this);
  }

  setDeadline(): void {
    if (this.#stack === undefined || this.#isPaused) return;
    const { queue, time } = this.#context;
    const deadlineUs = this.#clock.internetUs(this.#stack.nextDeadlineUs());
    // An event that comes too early is cheaper than one that is moved for each segment.
    if (deadlineUs >= queue.timeOf(this)) return;
    queue.schedule(this, Math.max(deadlineUs, time.nowUs));
  }

  /** The clock goes at another rate: the deadline is another. */
  reschedule(): void {
    this.#context.queue.remove(this);
    this.deadlineChanged();
  }

  hold(): void {
    // The run knows who waits.
  }

  release(): void {
    // As `hold`.
  }

  throwLater(error: unknown): void {
    this.#failed(error);
  }

  /** The stack's deadline has come. */
  fire(): void {
    this.wake();
  }

  settle(): void {
    if (!this.#isPaused) this.#stack?.run();
  }

  turn(): void {
    if (!this.#isPaused) this.#stack?.turn();
  }
}
