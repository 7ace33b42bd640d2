import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { once } from "node:events";
import { openFiles } from "../child.ts";

const THREADS = 4;
const ROUNDS = 500;

test("several worker threads wait at once, each in its own event loop", { timeout: 20_000 }, async () => {
  const start = (rounds: number): Worker =>
    new Worker(new URL("./thread-program.js", import.meta.url), { workerData: rounds });
  // The first thread of a process has Node open what it keeps.
  await once(start(1), "exit");
  const before = openFiles().size;
  const threads = Array.from({ length: THREADS }, () => start(ROUNDS));
  // They end by themselves: nothing of theirs waits any more.
  const ended = Promise.all(threads.map((thread) => once(thread, "exit")));
  const told = await Promise.all(threads.map(async (thread) => (await once(thread, "message"))[0] as unknown));
  assert.deepEqual(
    told,
    threads.map(() => ({ pulled: ROUNDS, pushed: ROUNDS })),
  );
  await ended;
  assert.equal(openFiles().size, before, "open descriptors");
});
