/** The kind of an operation that sends: its completion is told before all others, see UringEngine.exchange. */
export const SEND = -1;

/** Whom a completion is for, by the slot in its user data. */
export interface Taker {
  /**
   * An operation has made progress or is over. `kind` is what it was submitted with: SEND, or the taker's own; `place`
   * is where its bytes begin in the buffer that `flags` name.
   */
  completed(kind: number, result: number, flags: number, place: number): void;
}

const nobody: Taker = { completed() {} };

/**
 * The takers of a ring, by slot. A slot is given away again only when nothing in flight names it any more, so that a
 * late completion never meets a new owner. Slot 0 is nobody's.
 */
export class Takers {
  readonly #takers: Taker[] = [nobody];
  readonly #free: number[] = [];

  enter(taker: Taker): number {
    const slot = this.#free.pop() ?? this.#takers.length;
    this.#takers[slot] = taker;
    return slot;
  }

  at(slot: number): Taker {
    return this.#takers[slot] as Taker;
  }

  leave(slot: number): void {
    this.#takers[slot] = nobody;
    this.#free.push(slot);
  }

  /** How many there are. */
  get size(): number {
    return this.#takers.length - 1 - this.#free.length;
  }
}
