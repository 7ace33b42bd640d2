/* What Node and a page both have of an event loop, and what each has of its own. */

interface Loop {
  readonly setImmediate?: (work: () => void) => unknown;
}

/** Microtasks in a row before a turn of the event loop is taken, so that timers and other work have theirs. */
const MAX_MICROTASKS = 16;

/** Calls back in the next turn of the event loop. */
export function nextTurn(work: () => void): void {
  const { setImmediate } = globalThis as Loop;
  if (setImmediate !== undefined) {
    setImmediate(work);
    return;
  }
  // A page delays timers that follow each other, and messages never.
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", () => {
    port1.close();
    work();
  });
  port1.start();
  port2.postMessage(undefined);
}

/**
 * Calls back when all microtasks have run, those that they queue included: cheaper than a turn of the event loop, where
 * Node is. Where it is not, that is the next turn.
 */
export function afterMicrotasks(work: () => void): void {
  const { process } = globalThis as { readonly process?: { readonly nextTick?: (work: () => void) => void } };
  if (process?.nextTick === undefined) nextTurn(work);
  else process.nextTick(work);
}

/** Has something done soon: as a microtask, and as a turn when there were many of them in a row. */
export class Soon {
  readonly #work: () => void;
  #isAsked = false;
  #inARow = 0;

  constructor(work: () => void) {
    this.#work = work;
  }

  ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    if (this.#inARow === 0) nextTurn(() => void (this.#inARow = 0));
    this.#inARow += 1;
    if (this.#inARow < MAX_MICROTASKS) queueMicrotask(() => this.#do());
    else nextTurn(() => this.#do());
  }

  #do(): void {
    this.#isAsked = false;
    this.#work();
  }
}
