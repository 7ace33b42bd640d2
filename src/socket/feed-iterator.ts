import type { Feed, Taker } from "./feed.ts";

/** Makes the feed, which gives what it has to the taker. */
export type FeedStart<T> = (taker: Taker<T>) => Feed<T>;

/**
 * Iterates over a feed, as an async generator would: it begins at the first `next`, calls are answered one after the
 * other, and however it ends the feed is stopped. A generator makes four promises an item where this makes one.
 */
export class FeedIterator<T, U> implements AsyncGenerator<U, void, undefined>, Taker<T> {
  // What every item touches comes first.
  /** Settles the `next` that waits for an item. */
  #answer: ((result: IteratorResult<U, void> | Promise<IteratorResult<U, void>>) => void) | undefined;
  /** A call is under way: those that come meanwhile wait in the queue. */
  #busy = false;
  #over = false;
  #feed: Feed<T> | undefined;
  readonly #give: (item: T) => U;
  readonly #wait: (answer: (result: IteratorResult<U, void> | Promise<IteratorResult<U, void>>) => void) => void;
  readonly #queue: (() => void)[] = [];
  readonly #start: FeedStart<T>;
  readonly #stopped: () => void;

  constructor(start: FeedStart<T>, give: (item: T) => U, stopped: () => void) {
    this.#start = start;
    this.#give = give;
    this.#stopped = stopped;
    // One for all waits.
    this.#wait = (answer) => {
      this.#answer = answer;
    };
  }

  next(): Promise<IteratorResult<U, void>> {
    return this.#busy ? this.#afterwards(() => this.#next()) : this.#next();
  }

  return(): Promise<IteratorResult<U, void>> {
    return this.#busy ? this.#afterwards(() => this.#end()) : this.#end();
  }

  throw(error: unknown): Promise<IteratorResult<U, void>> {
    return this.#busy ? this.#afterwards(() => this.#end({ error })) : this.#end({ error });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  get [Symbol.toStringTag](): string {
    return "AsyncGenerator";
  }

  /** For the feed. */
  offer(item: T): boolean {
    const answer = this.#answer;
    if (answer === undefined) return false;
    this.#answer = undefined;
    answer({ value: this.#give(item), done: false });
    this.#goOn();
    return true;
  }

  /** For the feed. */
  look(): void {
    const answer = this.#answer;
    if (answer === undefined) return;
    const result = this.#look();
    if (result === undefined) return;
    this.#answer = undefined;
    answer(result);
    if (!this.#over) this.#goOn();
  }

  #next(): Promise<IteratorResult<U, void>> {
    const result = this.#look();
    if (result !== undefined) return Promise.resolve(result);
    this.#busy = true;
    return new Promise(this.#wait);
  }

  /** What is here now: an item, or the end; undefined when neither. */
  #look(): IteratorResult<U, void> | Promise<IteratorResult<U, void>> | undefined {
    if (this.#over) return this.#end();
    try {
      const feed = (this.#feed ??= this.#start(this));
      const item = feed.take();
      if (item !== undefined) return { value: this.#give(item), done: false };
      return feed.isDone ? this.#end() : undefined;
    } catch (error) {
      return this.#end({ error });
    }
  }

  /** Stops the feed, and says so, or throws. */
  async #end(failure?: { readonly error: unknown }): Promise<IteratorResult<U, void>> {
    this.#over = true;
    this.#busy = true;
    const feed = this.#feed;
    this.#feed = undefined;
    try {
      if (feed !== undefined) await feed.stop();
    } finally {
      if (feed !== undefined) this.#stopped();
      this.#goOn();
    }
    if (failure !== undefined) throw failure.error;
    return { value: undefined, done: true };
  }

  #afterwards(call: () => Promise<IteratorResult<U, void>>): Promise<IteratorResult<U, void>> {
    return new Promise((resolve) => {
      this.#queue.push(() => resolve(call()));
    });
  }

  /** A call is over: the next has its turn. */
  #goOn(): void {
    this.#busy = false;
    while (!this.#busy) {
      const call = this.#queue.shift();
      if (call === undefined) return;
      call();
    }
  }
}
