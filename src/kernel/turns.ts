/** A timer of a kernel's. It keeps the program alive until it is closed, fires, or is unref'd. */
export interface Timer {
  close(): unknown;
  ref(): unknown;
  unref(): unknown;
}

/** Time and turns of the program, as a kernel's surroundings give them: Node's event loop, or a stack's own time. */
export interface Turns {
  /** Calls back in the next turn, after other work had its own. */
  nextTurn(work: () => void): void;
  /** Calls back after `ms` milliseconds. */
  timer(work: () => void, ms: number): Timer;
  /** Throws in a turn of its own: a handler's exception is the program's, and costs nobody else their events. */
  throwLater(error: unknown): void;
}
