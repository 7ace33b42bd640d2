import assert from "node:assert/strict";
import { test } from "node:test";
import { startProgram } from "../child-program.ts";

const PROGRAMS = new URL("./signal-programs.js", import.meta.url);

for (const name of ["waitsInCalls", "waitsInFlows"]) {
  test(
    `a handler of SIGINT runs in a program that ${name === "waitsInCalls" ? "waits in calls" : "has flows alone"}`,
    { timeout: 10_000 },
    async (t) => {
      const child = startProgram(t, PROGRAMS, name);
      assert.equal(await child.told(), "waiting");
      child.process.kill("SIGINT");
      assert.equal(await child.told(), "SIGINT");
      assert.equal(await child.told(), "closed");
      assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
    },
  );
}

test("SIGINT without a handler ends a program that waits", { timeout: 10_000 }, async (t) => {
  const child = startProgram(t, PROGRAMS, "waitsWithoutHandler");
  assert.equal(await child.told(), "waiting");
  child.process.kill("SIGINT");
  assert.deepEqual(await child.exited, { code: null, signal: "SIGINT" }, child.stderr);
});

for (const [program, told, title] of [
  ["waitsInBlockingCall", "EINTR", "a blocking call is ended by a signal, with EINTR"],
  ["sendsInBlockingCall", "a part", "a blocking send that a signal ends tells how much has left"],
] as const) {
  test(`${title}, and the handler runs`, { timeout: 10_000 }, async (t) => {
    const child = startProgram(t, PROGRAMS, program);
    assert.equal(await child.told(), "waiting");
    // The program says that it waits before it does: signals come until one has met it there.
    while (!child.stderr.includes("ended") && child.process.exitCode === null) {
      child.process.kill("SIGINT");
      await new Promise((resolve) => setImmediate(resolve));
    }
    child.giveEnd();
    assert.equal(await child.told(), told);
    assert.equal(await child.told(), "SIGINT");
    assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
  });
}

test("the end of a child process does not end a blocking call", { timeout: 10_000 }, async (t) => {
  const child = startProgram(t, PROGRAMS, "waitsWhileChildEnds");
  assert.equal(await child.told(), "1");
  assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
});
