/** Who runs a stack: real time, or a simulation. It gives the stack its time, and the program its turns. */
export interface Pace {
  /** Microseconds on the stack's clock. It only grows. */
  nowUs(): number;
  /** What the zero of that clock was, in milliseconds since 1970: for the times that packets are stamped with. */
  readonly epochMs: number;
  /** The stack has something to tell the program: `Stack.run` is to be called soon, but not from inside this. */
  wake(): void;
  /** `Stack.turn` is to be called in the program's next turn, after its timers and other work had theirs. */
  wakeNextTurn(): void;
  /** The stack's next deadline may have changed: `Stack.nextDeadlineUs` is to be looked at again. */
  deadlineChanged(): void;
  /** One more wait keeps the program alive … */
  hold(): void;
  /** … one less. */
  release(): void;
  /** A program was told something, and may go on: a call of its has settled, a handler has run, a sleep is over. */
  told?(): void;
  /** Throws where the program's uncaught exceptions go, and not from inside this. */
  throwLater(error: unknown): void;
}
