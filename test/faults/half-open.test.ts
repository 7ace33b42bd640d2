import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Child } from "../child-program.ts";
import { cabled, Namespace, noNamespaces } from "../namespace.ts";

const PROGRAMS = new URL("./half-open-programs.js", import.meta.url);
const HERE = "10.90.0.1";
const THERE = "10.90.0.2";
const skip = noNamespaces() ?? false;

/**
 * A program in one namespace, connected to one in the other, which then vanishes: its address is taken away, and
 * what comes for it is dropped without a word.
 */
async function vanished(t: { after(work: () => unknown): void }, name: string): Promise<Child> {
  // What is registered first is cleaned up first: the programs end before their namespaces.
  const cleanUp: (() => unknown)[] = [];
  t.after(async () => {
    for (const work of cleanUp.reverse()) await work();
  });
  const later = { after: (work: () => unknown): void => void cleanUp.push(work) };
  const here = new Namespace(later);
  const there = new Namespace(later);
  cabled(here, HERE, there, THERE);
  const peer = there.startProgram(PROGRAMS, "peer", { args: [THERE] });
  const port = await peer.told<number>();
  const child = here.startProgram(PROGRAMS, name, { args: [THERE, port] });
  assert.equal(await child.told(), "connected");
  there.ip("address", "del", `${THERE}/24`, "dev", "cable");
  child.give("vanished\n");
  return child;
}

describe("a peer that vanished without a word", { skip, concurrency: true }, () => {
  for (const [name, what, outcome] of [
    ["sends", "ends a recv after TCP_USER_TIMEOUT, when something was sent", "recv ETIMEDOUT"],
    ["sendsMuch", "ends a send that waits after TCP_USER_TIMEOUT", "send ETIMEDOUT"],
    ["keepsAlive", "ends a recv that waits by keep-alive", "recv ETIMEDOUT"],
    ["pushes", "closes a flow after TCP_USER_TIMEOUT", "flow ETIMEDOUT"],
    ["connects", "ends a connect after TCP_USER_TIMEOUT", "connect ETIMEDOUT"],
  ] as const) {
    test(what, { timeout: 30_000 }, async (t) => {
      const child = await vanished(t, name);
      assert.equal(await child.told(), outcome);
      assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
    });
  }
});
