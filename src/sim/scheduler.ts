import { afterMicrotasks, nextTurn } from "../realtime/turns.ts";

/** A stack that has something to do before time goes on. */
export interface Settling {
  /** Whether it is in the list of those that were woken, or of those that want a turn; only the scheduler writes it. */
  isWoken: boolean;
  wantsTurn: boolean;
  /** Does what is due, and tells its programs. */
  settle(): void;
  /** The programs' next turn. */
  turn(): void;
}

/** A stack whose next deadline may have changed. */
export interface Deadlined {
  /** Whether it is in the list of those; only the scheduler writes it. */
  isDeadlineStale: boolean;
  setDeadline(): void;
}

/** How long, in the internet's time, and how often programs go on before the event loop has a turn. */
const TURN_OWED_US = 100;
const DRAINS_OF_A_TURN = 64;

/**
 * What is to be done at this very instant: stacks that were woken, and the turns of the programs. Programs run in
 * microtasks; before time goes on they must have come to rest, or a run would depend on how many promises they have.
 */
export class Scheduler {
  #woken: Settling[] = [];
  #settling: Settling[] = [];
  #turning: Settling[] = [];
  readonly #stale: Deadlined[] = [];
  /** A program was told something, and may go on. */
  programsTold = false;
  /** Turns that the programs were given. */
  turns = 0;
  /** Since when the event loop has had no turn, though a program was told something. */
  #owedSinceUs = Infinity;
  #drains = 0;

  get isAtRest(): boolean {
    return this.#woken.length === 0 && this.#turning.length === 0 && !this.programsTold;
  }

  wake(one: Settling): void {
    if (one.isWoken) return;
    one.isWoken = true;
    this.#woken.push(one);
  }

  wakeNextTurn(one: Settling): void {
    if (one.wantsTurn) return;
    one.wantsTurn = true;
    this.#turning.push(one);
  }

  /** Has the deadline of a stack looked at, once, before the time goes on. */
  deadlineChanged(one: Deadlined): void {
    if (one.isDeadlineStale) return;
    one.isDeadlineStale = true;
    this.#stale.push(one);
  }

  setDeadlines(): void {
    const stale = this.#stale;
    for (const one of stale) {
      one.isDeadlineStale = false;
      one.setDeadline();
    }
    // To set the length would give the memory back each time.
    while (stale.length > 0) stale.pop();
  }

  /** Has the woken stacks do what they have to do. Returns how many did. */
  settle(): number {
    const woken = this.#woken;
    this.#woken = this.#settling;
    this.#settling = woken;
    for (const one of woken) {
      one.isWoken = false;
      one.settle();
    }
    const { length } = woken;
    while (woken.length > 0) woken.pop();
    return length;
  }

  /** Gives the stacks that asked for it their programs' next turn. */
  turn(): void {
    const turning = this.#turning;
    this.#turning = [];
    this.programsTold = true;
    for (const one of turning) {
      one.wantsTurn = false;
      one.turn();
    }
  }

  /**
   * Resolves when every promise that could go on has gone on: microtasks run to their end. What programs put off to a
   * turn of the event loop (timers and streams of Node's) waits for `turnOver`.
   */
  drain(nowUs: number): Promise<void> {
    this.programsTold = false;
    this.turns += 1;
    this.#drains += 1;
    if (this.#owedSinceUs === Infinity) this.#owedSinceUs = nowUs;
    return new Promise(afterMicrotasks);
  }

  /** Whether the event loop is to have a turn before the time goes on to `nextUs`. */
  owesTurn(nextUs: number): boolean {
    return nextUs - this.#owedSinceUs > TURN_OWED_US || this.#drains > DRAINS_OF_A_TURN;
  }

  /** Resolves after a turn of the event loop. */
  turnOver(): Promise<void> {
    this.programsTold = false;
    this.#owedSinceUs = Infinity;
    this.#drains = 0;
    return new Promise(nextTurn);
  }
}
