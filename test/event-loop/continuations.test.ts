import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { AF_UNIX, host, SOCK_STREAM } from "../../src/index.ts";
import { startProgram } from "../child-program.ts";

const PROGRAMS = new URL("./continuation-programs.js", import.meta.url);
const ROUNDS = 10_000;

/*
 * The event loop calls the engine outside of Node's own callbacks, after which nothing runs promises' continuations
 * at once. That they run in the same turn of the loop all the same is what these programs need: nothing else
 * happens in them.
 */
for (const form of ["pulls", "flows"] as const) {
  test(
    `two idle processes that answer each other by ${form} never wait for a continuation`,
    { timeout: 30_000 },
    async (t) => {
      const server = startProgram(t, PROGRAMS, `${form}Server`);
      const port = await server.told<number>();
      const client = startProgram(t, PROGRAMS, `${form}Client`, { args: [port, ROUNDS] });
      assert.equal(await client.told(), ROUNDS);
      assert.deepEqual(await client.exited, { code: 0, signal: null });
      assert.equal(await server.told(), "EBADF");
      assert.deepEqual(await server.exited, { code: 0, signal: null });
    },
  );
}

test(
  "process.nextTick and promises run in the turn of the event that they come from",
  { timeout: 10_000 },
  async (t) => {
    const child = startProgram(t, PROGRAMS, "turns");
    // One event a turn: its tick and its promise have run when the next event is handled.
    assert.deepEqual(await child.told(), ["event 1", "tick 1", "promise 1", "event 2", "tick 2", "promise 2"]);
    assert.deepEqual(await child.exited, { code: 0, signal: null });
  },
);

test("names resolve one after the other beside an idle wait", { timeout: 10_000 }, async (t) => {
  const child = startProgram(t, PROGRAMS, "resolves", { args: [100] });
  assert.equal(await child.told(), 100);
  assert.equal(await child.told(), "EBADF");
  assert.deepEqual(await child.exited, { code: 0, signal: null });
});

test("an AsyncLocalStorage keeps its store across calls that wait", { timeout: 10_000 }, async () => {
  const storage = new AsyncLocalStorage<number>();
  const pairs = Array.from({ length: 20 }, () => host.socketpair(AF_UNIX, SOCK_STREAM));
  try {
    const seen = pairs.map(([one], index) =>
      storage.run(index, async () => {
        const buffer = new Uint8Array(1);
        await host.recv(one, buffer);
        const afterRecv = storage.getStore();
        await host.poll([{ fd: one, events: 1 }]);
        return [buffer[0], afterRecv, storage.getStore()];
      }),
    );
    // All in one turn, in the reverse order, and from a context of its own.
    await storage.run(-1, async () => {
      for (const [index, [, other]] of [...pairs.entries()].reverse())
        await host.send(other, new Uint8Array([index, 0]));
    });
    assert.deepEqual(
      await Promise.all(seen),
      pairs.map((_pair, index) => [index, index, index]),
    );
    assert.equal(storage.getStore(), undefined);
  } finally {
    for (const fd of pairs.flat()) host.close(fd);
  }
});
