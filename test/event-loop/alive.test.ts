import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET, host, SOCK_STREAM } from "../../src/index.ts";
import { startProgram } from "../child-program.ts";

const PROGRAMS = new URL("./alive-programs.js", import.meta.url);

/* Each program does the thing and says so; it is then to end by itself, or the test ends by its time limit. */
for (const [name, what] of [
  ["openButIdle", "open descriptors that nobody waits for"],
  ["closedAgain", "waits and flows of which the last descriptor was closed"],
  ["abortedAgain", "waits that were aborted"],
  ["unrefBeforeTheWait", "waits of descriptors that were unref'd before"],
  ["unrefDuringTheWait", "waits of descriptors that were unref'd meanwhile"],
  ["unrefFlows", "flows that were unref'd"],
  ["unrefDescriptorsOfFlows", "flows of descriptors that were unref'd"],
  ["detachedFlows", "flows that gave their descriptors back"],
  ["unrefSleep", "a sleep that was asked not to"],
] as const) {
  test(`a program is not kept alive by ${what}`, { timeout: 10_000 }, async (t) => {
    const child = startProgram(t, PROGRAMS, name);
    assert.equal(await child.told(), "done");
    assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
    assert.deepEqual(await child.rest(), []);
  });
}

for (const [name, what] of [
  ["keptByCall", "a call that waits"],
  ["keptByRefDuringTheWait", "a wait of a descriptor that was ref'd again meanwhile"],
  ["keptByPoll", "a poll of two, one of which was unref'd"],
  ["keptByFlow", "a flow that was ref'd again"],
  ["keptByAcceptFlow", "an accept flow"],
] as const) {
  test(`a program is kept alive by ${what}`, { timeout: 10_000 }, async (t) => {
    const listener = host.socket(AF_INET, SOCK_STREAM);
    t.after(() => host.close(listener));
    host.listen(listener);
    const child = startProgram(t, PROGRAMS, name, { args: [host.getsockname(listener)] });
    const { fd } = await host.accept(listener);
    t.after(() => host.close(fd));
    // It would have ended by now: it has told that its event loop went round with nothing but the wait.
    assert.equal(await child.told(), "waiting");
    await host.send(fd, new Uint8Array(1));
    assert.equal(await child.told(), "event");
    assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
  });
}
