import assert from "node:assert/strict";
import { test } from "node:test";
import { startProgram } from "../child-program.ts";

const PROGRAMS = new URL("./exception-programs.js", import.meta.url);

/* What a handler throws is the program's own exception, and must not cost the other descriptors what is theirs. */
for (const [name, what, expected] of [
  ["connection", "a connection's handler", { accepted: 5, uncaught: ["thrown 1", "thrown 2"] }],
  ["acceptClose", "a listener's close handler", { closed: 1, uncaught: ["thrown"] }],
  ["data", "a flow's data handler", { closed: ["thrown", "none"], received: "rest", uncaught: [] }],
  ["end", "a flow's end handler", { closed: ["thrown"], uncaught: [] }],
  ["drain", "a flow's drain handler", { closed: ["thrown"], uncaught: [] }],
  ["close", "a flow's close handler", { received: "rest", uncaught: ["thrown"] }],
  ["datagram", "a datagram handler", { closed: ["thrown"], received: "rest", uncaught: [] }],
  ["datagramError", "a datagram flow's error handler", { received: "rest", uncaught: ["thrown"] }],
] as const) {
  test(`an exception in ${what} hurts nobody else`, { timeout: 10_000 }, async (t) => {
    const child = startProgram(t, PROGRAMS, name);
    assert.deepEqual(await child.told(), expected);
    assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
  });
}

test("an exception that nobody catches ends the program", { timeout: 10_000 }, async (t) => {
  const child = startProgram(t, PROGRAMS, "uncaught");
  assert.deepEqual(await child.exited, { code: 1, signal: null });
  assert.match(child.stderr, /TypeError: thrown/);
});
