import assert from "node:assert/strict";
import { test } from "node:test";
import { type Paced, RealTime } from "./real-time.ts";
import { nextTurn } from "./turns.ts";

/** A stack that notes when it is run. */
class NotingStack implements Paced {
  runs = 0;
  turns = 0;
  deadlineUs = Infinity;
  #told: () => void = () => undefined;

  run(): void {
    this.runs += 1;
    this.deadlineUs = Infinity;
    this.#told();
  }

  turn(): void {
    this.turns += 1;
    this.#told();
  }

  nextDeadlineUs(): number {
    return this.deadlineUs;
  }

  /** The next run or turn. */
  next(): Promise<void> {
    return new Promise((resolve) => (this.#told = resolve));
  }
}

function made(): { time: RealTime; stack: NotingStack } {
  const time = new RealTime();
  const stack = new NotingStack();
  time.attach(stack);
  return { time, stack };
}

test("however often it is woken, the stack is run once, and not from inside", async () => {
  const { time, stack } = made();
  for (let i = 0; i < 5; i += 1) time.wake();
  assert.equal(stack.runs, 0);
  await stack.next();
  await new Promise((resolve) => nextTurn(() => resolve(undefined)));
  assert.equal(stack.runs, 1);
});

test("a stack that wakes itself without end leaves the event loop its turns", async () => {
  const { time, stack } = made();
  let isOver = false;
  const run = stack.run.bind(stack);
  stack.run = () => {
    run();
    if (!isOver) time.wake();
  };
  time.wake();
  // Work of another: it would never come up behind microtasks that follow each other.
  await new Promise((resolve) => nextTurn(() => resolve(undefined)));
  isOver = true;
  assert.ok(stack.runs > 0 && stack.runs < 100);
});

test("the program's next turn is a later one", async () => {
  const { time, stack } = made();
  time.wakeNextTurn();
  await Promise.resolve();
  assert.equal(stack.turns, 0);
  await stack.next();
  assert.equal(stack.turns, 1);
});

test("a deadline has the stack run, not before it; an earlier one takes its place", async () => {
  const { time, stack } = made();
  const keepAlive = setInterval(() => undefined, 1000);
  stack.deadlineUs = time.nowUs() + 3_600_000_000;
  time.deadlineChanged();
  const soonUs = time.nowUs() + 5000;
  stack.deadlineUs = soonUs;
  time.deadlineChanged();
  await stack.next();
  assert.ok(time.nowUs() >= soonUs);
  assert.equal(stack.runs, 1);
  // What comes later than any timer can wait is looked at again in time.
  stack.deadlineUs = time.nowUs() + 1e16;
  time.deadlineChanged();
  assert.equal(stack.runs, 1);
  clearInterval(keepAlive);
});

test("the clock goes on, and its beginning is a date", () => {
  const { time } = made();
  const nowUs = time.nowUs();
  assert.ok(time.nowUs() >= nowUs);
  assert.equal(time.epochMs, performance.timeOrigin);
});

test("where there is no setImmediate, in a page, a message is the next turn", async (t) => {
  const { setImmediate } = globalThis;
  t.after(() => (globalThis.setImmediate = setImmediate));
  Reflect.deleteProperty(globalThis, "setImmediate");
  const order: string[] = [];
  const turn = new Promise<void>((resolve) =>
    nextTurn(() => {
      order.push("turn");
      resolve();
    }),
  );
  queueMicrotask(() => order.push("microtask"));
  await turn;
  assert.deepEqual(order, ["microtask", "turn"]);
});
