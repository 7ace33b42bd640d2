import type { Pace } from "../stack/pace.ts";
import type { RandomSource } from "../stack/random.ts";

/** What is run: a stack with its sockets. */
interface Paced {
  run(): void;
  turn(): void;
  nextDeadlineUs(): number;
}

/** Steps that may be taken without time going by: more is a stack that never comes to rest. */
const MAX_STEPS_AT_ONCE = 100_000;

/** A clock that jumps from one deadline of its stack to the next. */
export class VirtualTime implements Pace {
  readonly epochMs = 0;
  /** Not 0: that some time was never is said so in more than one place. */
  #nowUs = 1_000_000;
  #stack: Paced | undefined;
  #isAwake = false;
  #wantsTurn = false;

  attach(stack: Paced): void {
    this.#stack = stack;
  }

  nowUs(): number {
    return this.#nowUs;
  }

  wake(): void {
    this.#isAwake = true;
  }

  wakeNextTurn(): void {
    this.#wantsTurn = true;
  }

  deadlineChanged(): void {
    // `advance` asks for it anyway.
  }

  hold(): void {
    // The script keeps the program alive.
  }

  release(): void {
    // As `hold`.
  }

  throwLater(error: unknown): void {
    setImmediate(() => {
      throw error;
    });
  }

  /** Lets all that is due happen, and time go by until then, or until `done` is true after some step. */
  async advance(untilUs: number, done: () => boolean): Promise<void> {
    for (let steps = 0; steps < MAX_STEPS_AT_ONCE; steps += 1) {
      await this.#settle();
      if (done()) return;
      const deadlineUs = this.#stack?.nextDeadlineUs() ?? Infinity;
      const nextUs = Math.min(deadlineUs, untilUs);
      if (nextUs > this.#nowUs) {
        this.#nowUs = nextUs;
        steps = 0;
      }
      if (deadlineUs > this.#nowUs) {
        if (this.#nowUs >= untilUs) return;
        continue;
      }
      this.#stack?.run();
    }
  }

  /** Has the stack tell what it has to tell, and the program's promises go on, until nobody has anything to say. */
  async #settle(): Promise<void> {
    do {
      if (this.#isAwake) {
        this.#isAwake = false;
        this.#stack?.run();
      }
      if (this.#wantsTurn) {
        this.#wantsTurn = false;
        this.#stack?.turn();
      }
      // All microtasks that there are run before the next turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#isAwake || this.#wantsTurn);
  }
}

/** A source of randomness that is the same each time: a script's run can be repeated. Marsaglia's xorshift32. */
export class SeededRandom implements RandomSource {
  #state = 0x2545f491;

  uint32(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }

  fill(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = this.uint32() & 0xff;
  }
}
