import { hostTurns } from "./turns.ts";

/** Work that goes on in the next turn of the event loop, after timers and other work had theirs. */
export class Continuations {
  #works: (() => void)[] = [];

  later(work: () => void): void {
    if (this.#works.length === 0) setImmediate(() => this.#run());
    this.#works.push(work);
  }

  #run(): void {
    const works = this.#works;
    this.#works = [];
    for (const work of works) {
      try {
        work();
      } catch (error) {
        hostTurns.throwLater(error);
      }
    }
  }
}
