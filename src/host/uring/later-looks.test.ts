import assert from "node:assert/strict";
import { test } from "node:test";
import { LaterLooks, type PresumingReceive } from "./later-looks.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function receive(): PresumingReceive & { isWaiting: boolean; attempts: number } {
  return {
    isWaiting: true,
    isListed: false,
    round: 0,
    attempts: 0,
    attempt() {
      this.attempts += 1;
      return false;
    },
  };
}

test("a receive that waits is attempted when the thread has nothing else to do", async () => {
  const looks = new LaterLooks(
    () => 0,
    () => 0,
  );
  const [waits, served] = [receive(), receive()];
  looks.add(waits);
  looks.add(served);
  served.isWaiting = false;
  await turn();
  assert.deepEqual([waits.attempts, served.attempts], [1, 0]);
  assert.deepEqual([waits.isListed, served.isListed], [false, false]);
});

test("on a thread that is busy, a receive is attempted after a round, and not one that waits since then", async () => {
  let turns = 0;
  let nowMs = 1000;
  const looks = new LaterLooks(
    () => (turns += 1),
    () => nowMs,
  );
  const old = receive();
  const renewed = receive();
  looks.add(old);
  looks.add(renewed);
  await turn();
  await turn();
  assert.deepEqual([old.attempts, renewed.attempts], [0, 0]);
  looks.add(renewed);
  nowMs += 1000;
  await turn();
  assert.deepEqual([old.attempts, renewed.attempts], [1, 0]);
  renewed.isWaiting = false;
  nowMs += 1000;
  await turn();
  assert.equal(renewed.isListed, false);
});
