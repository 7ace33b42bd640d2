import type { Pace } from "../stack/pace.ts";
import { nextTurn, Soon } from "./turns.ts";

/** What is run. */
export interface Paced {
  /** Brings the stack's time up to now, does what is due, and tells the program what came of it. */
  run(): void;
  /** The program's next turn has come. */
  turn(): void;
  nextDeadlineUs(): number;
}

/** setTimeout takes no more. */
const MAX_TIMEOUT_MS = 0x7fffffff;

/** A timer of Node's, which can be told whether it keeps the program alive; a page's is a number. */
interface NodeTimer {
  ref?(): unknown;
  unref?(): unknown;
}
type AnyTimer = ReturnType<typeof setTimeout>;

/**
 * Runs a stack on the machine's own time, in Node and in a page. It keeps the program alive while somebody waits, and
 * not for the stack's own timers.
 */
export class RealTime implements Pace {
  #stack: Paced | undefined;
  readonly #soon: Soon = new Soon(() => this.#stack?.run());
  #timer: AnyTimer | undefined;
  #armedUs = Infinity;
  #holds = 0;
  #keepAlive: AnyTimer | undefined;

  /** From now on this is the stack that is run. */
  attach(stack: Paced): void {
    this.#stack = stack;
  }

  readonly epochMs: number = performance.timeOrigin;

  nowUs(): number {
    return performance.now() * 1000;
  }

  wake(): void {
    this.#soon.ask();
  }

  wakeNextTurn(): void {
    nextTurn(() => this.#stack?.turn());
  }

  deadlineChanged(): void {
    const deadlineUs = this.#stack?.nextDeadlineUs() ?? Infinity;
    // A timer that goes off too early is cheaper than one that is set anew for each segment.
    if (deadlineUs >= this.#armedUs) return;
    clearTimeout(this.#timer);
    this.#armedUs = deadlineUs;
    const ms = Math.min(MAX_TIMEOUT_MS, Math.max(0, Math.ceil((deadlineUs - this.nowUs()) / 1000)));
    this.#timer = setTimeout(() => this.#expired(), ms);
    (this.#timer as NodeTimer).unref?.();
  }

  hold(): void {
    this.#holds += 1;
    if (this.#holds > 1) return;
    // What keeps Node alive is a timer; one that is there already is told so again.
    this.#keepAlive ??= setInterval(() => undefined, MAX_TIMEOUT_MS);
    (this.#keepAlive as NodeTimer).ref?.();
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) (this.#keepAlive as NodeTimer).unref?.();
  }

  throwLater(error: unknown): void {
    nextTurn(() => {
      throw error;
    });
  }

  /**
   * What has arrived comes first: when the thread was busy, the acknowledgement that a timer waits for may be there.
   * The event loop takes packets between its timers and the next turn.
   */
  #expired(): void {
    this.#timer = undefined;
    nextTurn(() => {
      this.#armedUs = Infinity;
      this.#stack?.run();
      this.deadlineChanged();
    });
  }
}
