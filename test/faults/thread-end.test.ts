import assert from "node:assert/strict";
import { test } from "node:test";
import { startProgram } from "../child-program.ts";
import type { ThreadsEnded } from "./thread-programs.ts";

const PROGRAMS = new URL("./thread-programs.js", import.meta.url);

/*
 * The programs' main threads load no FFI, unless the test says so: then the last worker that ends takes it along,
 * as it is in a program whose workers alone use dialtone.
 */
for (const what of ["calls", "flows", "blockingCall", "resolver", "busy"]) {
  test(`threads that are terminated in the middle of ${what} leave nothing behind`, { timeout: 30_000 }, async (t) => {
    const child = startProgram(t, PROGRAMS, "terminates", { args: [what, 3] });
    const { before, after, ended } = await child.told<ThreadsEnded>();
    assert.deepEqual(ended, [1, 1, 1], "exit codes of terminated workers");
    assert.deepEqual(after, before, "open descriptors");
    assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
  });
}

for (const [how, what, code] of [
  ["ends", "ends by itself", 0],
  ["exits", "exits in a handler", 3],
] as const) {
  test(`a thread that ${what} leaves nothing behind`, { timeout: 30_000 }, async (t) => {
    const child = startProgram(t, PROGRAMS, "endByThemselves", { args: [how, 3] });
    const { before, after, ended } = await child.told<ThreadsEnded>();
    assert.deepEqual(ended, [code, code, code]);
    assert.deepEqual(after, before, "open descriptors");
    assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
  });
}

test("a thread is terminated while its descriptors become ready", { timeout: 30_000 }, async (t) => {
  const child = startProgram(t, PROGRAMS, "terminatesWithEvents", { args: [3] });
  assert.equal(await child.told(), "alive");
  assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
});

test("threads are terminated when their programs begin", { timeout: 60_000 }, async (t) => {
  const child = startProgram(t, PROGRAMS, "terminatesAtOnce", { args: [10] });
  // A descriptor that a call opens in the very moment of the end may stay open: no JavaScript can take note of it.
  assert.equal(await child.told(), "alive");
  assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
});
