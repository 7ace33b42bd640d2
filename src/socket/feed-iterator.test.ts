import assert from "node:assert/strict";
import { test } from "node:test";
import { FeedIterator } from "./feed-iterator.ts";
import type { Feed, Taker } from "./feed.ts";

/** A feed of numbers that is fed by hand. */
class HandFed implements Feed<number> {
  readonly isOver = false;
  isDone = false;
  error: Error | undefined;
  stops = 0;
  /** Holds `stop` back until it is called. */
  release: (() => void) | undefined;
  readonly #taker: Taker<number>;
  readonly #items: number[] = [];
  readonly #slow: boolean;

  constructor(taker: Taker<number>, slow: boolean) {
    this.#taker = taker;
    this.#slow = slow;
  }

  feed(item: number): void {
    if (!this.#taker.offer(item)) this.#items.push(item);
  }

  end(error?: Error): void {
    this.isDone = error === undefined;
    this.error = error;
    this.#taker.look();
  }

  take(): number | undefined {
    if (this.#items.length === 0 && this.error !== undefined) throw this.error;
    return this.#items.shift();
  }

  async stop(): Promise<void> {
    this.stops += 1;
    if (this.#slow) await new Promise<void>((resolve) => (this.release = resolve));
  }

  hangUp(): void {}
}

function iterating({ slow = false } = {}): { iterator: AsyncGenerator<string, void>; feed: () => HandFed } {
  let made: HandFed | undefined;
  const start = (taker: Taker<number>): HandFed => (made = new HandFed(taker, slow));
  const iterator = new FeedIterator(start, String, () => {});
  return {
    iterator,
    feed: () => {
      assert.ok(made !== undefined, "not begun");
      return made;
    },
  };
}

const item = (value: string): IteratorResult<string, void> => ({ value, done: false });
const DONE: IteratorResult<string, void> = { value: undefined, done: true };

test("it begins at the first next, and one that never began has nothing to stop", async () => {
  const { iterator, feed } = iterating();
  assert.throws(feed, /not begun/);
  assert.deepEqual(await iterator.return(), DONE);
  assert.deepEqual(await iterator.next(), DONE);
  assert.throws(feed, /not begun/);
});

test("items are given in order, whether they or the calls come first", async () => {
  const { iterator, feed } = iterating();
  const waiting = [iterator.next(), iterator.next(), iterator.next()];
  feed().feed(1);
  feed().feed(2);
  feed().feed(3);
  feed().feed(4);
  feed().feed(5);
  assert.deepEqual(await Promise.all(waiting), [item("1"), item("2"), item("3")]);
  assert.deepEqual(await iterator.next(), item("4"));
  assert.deepEqual(await iterator.next(), item("5"));
});

test("the end comes after what is here, and stops the feed once", async () => {
  const { iterator, feed } = iterating();
  const first = iterator.next();
  feed().feed(1);
  feed().feed(2);
  feed().end();
  assert.deepEqual(await first, item("1"));
  assert.deepEqual(await iterator.next(), item("2"));
  assert.deepEqual(await Promise.all([iterator.next(), iterator.next(), iterator.return()]), [DONE, DONE, DONE]);
  assert.equal(feed().stops, 1);
});

test("an error ends it: the next that waits rejects, those after it are done", async () => {
  const { iterator, feed } = iterating();
  const [first, second] = [iterator.next(), iterator.next()];
  feed().end(new RangeError("broken"));
  await assert.rejects(first, RangeError);
  assert.deepEqual(await second, DONE);
  assert.equal(feed().stops, 1);
});

test("return waits for the next before it, and is over when the feed has stopped", async () => {
  const { iterator, feed } = iterating({ slow: true });
  const order: string[] = [];
  const next = iterator.next().then(() => order.push("next"));
  const left = iterator.return().then(() => order.push("return"));
  const after = iterator.next().then(({ done }) => order.push(`next ${done}`));
  assert.equal(feed().stops, 0);
  feed().feed(1);
  await next;
  assert.equal(feed().stops, 1);
  assert.deepEqual(order, ["next"]);
  feed().release?.();
  await Promise.all([left, after]);
  assert.deepEqual(order, ["next", "return", "next true"]);
});

test("throw stops the feed, and rejects with what was thrown", async () => {
  const { iterator, feed } = iterating();
  const first = iterator.next();
  feed().feed(1);
  await first;
  await assert.rejects(iterator.throw(new TypeError("enough")), TypeError);
  assert.equal(feed().stops, 1);
  assert.deepEqual(await iterator.next(), DONE);
});

test("a start that fails rejects the first next alone", async () => {
  const start = (): HandFed => {
    throw new RangeError("no feed");
  };
  const iterator = new FeedIterator(start, String, () => assert.fail("nothing was stopped"));
  await assert.rejects(iterator.next(), RangeError);
  assert.deepEqual(await iterator.next(), DONE);
});

test("leaving a loop and `await using` stop the feed", async () => {
  const { iterator, feed } = iterating();
  const looping = (async () => {
    for await (const text of iterator) return text;
    return undefined;
  })();
  feed().feed(7);
  assert.equal(await looping, "7");
  assert.equal(feed().stops, 1);
  const other = iterating();
  {
    await using disposed = other.iterator;
    void disposed.next();
    other.feed().feed(1);
  }
  assert.equal(other.feed().stops, 1);
});
