import { nextTurn } from "../realtime/turns.ts";

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

/**
 * What is to be done at this very instant: stacks that were woken, and the turns of the programs. Programs run in
 * microtasks; before time goes on they must have come to rest, or a run would depend on how many promises they have.
 */
export class Scheduler {
  #woken: Settling[] = [];
  #settling: Settling[] = [];
  #turning: Settling[] = [];
  /** A program was told something, and may go on. */
  programsTold = false;
  /** Turns that the programs were given. */
  turns = 0;

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
    woken.length = 0;
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

  /** Resolves when every promise that could go on has gone on: microtasks run to their end before the next turn. */
  drain(): Promise<void> {
    this.programsTold = false;
    this.turns += 1;
    return new Promise(nextTurn);
  }
}
