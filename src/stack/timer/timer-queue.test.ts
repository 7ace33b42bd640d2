import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Timer } from "./timer.ts";
import { TimerQueue } from "./timer-queue.ts";

/** A timer that notes its name when it goes off. */
function timers(...names: string[]): { queue: TimerQueue; log: string[]; timer: (name: string) => Timer } {
  const log: string[] = [];
  const made = new Map(
    names.map((name) => [name, new Timer({ expired: (_timer, nowUs) => log.push(`${name}@${nowUs}`) })]),
  );
  return { queue: new TimerQueue(), log, timer: (name) => made.get(name) as Timer };
}

test("timers go off by deadline, and by the order of setting where that is equal", () => {
  const { queue, log, timer } = timers("a", "b", "c", "d");
  queue.set(timer("a"), 30);
  queue.set(timer("b"), 10);
  queue.set(timer("c"), 10);
  queue.set(timer("d"), 20);
  assert.equal(queue.nextDeadlineUs(), 10);
  queue.advance(9);
  assert.deepEqual(log, []);
  queue.advance(20);
  assert.deepEqual(log, ["b@20", "c@20", "d@20"]);
  assert.equal(queue.nextDeadlineUs(), 30);
  assert.equal(timer("b").isSet, false);
  assert.equal(queue.size, 1);
});

test("a later deadline and a cancellation wait until the timer comes up", () => {
  const { queue, log, timer } = timers("a", "b");
  queue.set(timer("a"), 10);
  queue.set(timer("b"), 20);
  queue.set(timer("a"), 100);
  queue.cancel(timer("b"));
  assert.equal(queue.size, 2);
  assert.equal(queue.nextDeadlineUs(), 100);
  assert.equal(queue.size, 1);
  queue.set(timer("a"), 50);
  assert.equal(queue.nextDeadlineUs(), 50);
  queue.advance(99);
  assert.deepEqual(log, ["a@99"]);
  assert.equal(queue.nextDeadlineUs(), Infinity);
});

test("a timer that its own expiry sets to now goes off at the next call, behind those that were due", () => {
  const log: string[] = [];
  const queue = new TimerQueue();
  const again = new Timer({
    expired: (timer, nowUs) => {
      log.push("again");
      queue.set(timer, nowUs - 1);
    },
  });
  const other = new Timer({ expired: () => log.push("other") });
  queue.set(again, 5);
  queue.set(other, 7);
  queue.advance(7);
  assert.deepEqual(log, ["again", "other"]);
  assert.equal(queue.nextDeadlineUs(), 7);
  queue.advance(7);
  assert.deepEqual(log, ["again", "other", "again"]);
});

test("a timer that is removed leaves nothing behind", () => {
  const { queue, log, timer } = timers(...timerNames);
  for (const [index, name] of timerNames.entries()) queue.set(timer(name), (index * 5) % 8);
  for (const name of "aceg") queue.remove(timer(name));
  queue.remove(timer("a"));
  assert.equal(queue.size, 4);
  queue.advance(8);
  assert.deepEqual(log, ["f@8", "b@8", "d@8", "h@8"].sort(byDeadline));
});

const timerNames = ["a", "b", "c", "d", "e", "f", "g", "h"];
function byDeadline(a: string, b: string): number {
  const deadline = (line: string): number => (timerNames.indexOf(line[0] as string) * 5) % 8;
  return deadline(a) - deadline(b);
}

test("whatever is set, cancelled and removed, each goes off once, in order, and never early", () => {
  const step = fc.record({
    timer: fc.nat(9),
    action: fc.constantFrom("set", "cancel", "remove", "advance"),
    us: fc.nat(50),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new TimerQueue();
      const expected = new Map<number, { deadlineUs: number; order: number }>();
      const fired: number[] = [];
      const all = Array.from({ length: 10 }, (_, id) => new Timer({ expired: () => fired.push(id) }));
      let nowUs = 0;
      for (const [order, { timer: id, action, us }] of steps.entries()) {
        const timer = all[id] as Timer;
        if (action === "set") {
          queue.set(timer, nowUs + us);
          expected.set(id, { deadlineUs: nowUs + us, order });
        } else if (action === "advance") {
          nowUs += us;
          const due = [...expected].filter(([, { deadlineUs }]) => deadlineUs <= nowUs);
          due.sort(([, a], [, b]) => a.deadlineUs - b.deadlineUs || a.order - b.order);
          fired.length = 0;
          queue.advance(nowUs);
          assert.deepEqual(
            fired,
            due.map(([id]) => id),
          );
          for (const [id] of due) expected.delete(id);
        } else {
          if (action === "cancel") queue.cancel(timer);
          else queue.remove(timer);
          expected.delete(id);
        }
        const next = Math.min(Infinity, ...[...expected.values()].map(({ deadlineUs }) => deadlineUs));
        assert.equal(queue.nextDeadlineUs(), next);
      }
    }),
  );
});
