import assert from "node:assert/strict";
import { test } from "node:test";
import { startProgram } from "../child-program.ts";
import type { ManyWaits } from "./idle-programs.ts";

const PROGRAMS = new URL("./idle-programs.js", import.meta.url);
const OF_EACH = 60;

test(
  "hundreds of waits go through one handle, and use no processor time until an event",
  { timeout: 20_000 },
  async (t) => {
    const child = startProgram(t, PROGRAMS, "manyWaits", { args: [OF_EACH] });
    const { waits, resources, own, ticks, ended } = await child.told<ManyWaits>();
    // Of calls, polls, accept flows, stream flows and datagram flows; the one more is that with the timeout.
    assert.equal(waits, 5 * OF_EACH + 1);
    assert.ok(resources.length < 10, `Node's own handles and requests: ${resources.join()}`);
    // What the engine has, besides the sockets and the event loop's own.
    const engines = ["anon_inode:[eventpoll]", "anon_inode:[eventfd],anon_inode:[io_uring]"];
    assert.ok(engines.includes(own.join()), own.join());
    assert.equal(ended, "EAGAIN");
    // The wait took 100 ticks of the clock. A loop that goes round without cause uses nearly all of them.
    assert.ok(ticks <= 20, `${ticks} clock ticks of processor time in a wait of 100`);
    assert.deepEqual(await child.told(), { waits: 0, waitingCalls: 0 });
    assert.deepEqual(await child.exited, { code: 0, signal: null });
  },
);
