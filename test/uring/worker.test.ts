import assert from "node:assert/strict";
import { test } from "node:test";
import { startProgram } from "../child-program.ts";
import { skip } from "./ring.ts";
import type { Ended } from "./worker-programs.ts";

const PROGRAMS = new URL("./worker-programs.js", import.meta.url);
const ROUNDS = 12;

/** Of one worker: 2 MiB of buffers and arena, and the ring's queues. Kept, each would be seen. */
const BYTES_OF_A_RING = 2 << 20;

test(
  "workers that are terminated again and again, with operations in flight, give back their memory and port",
  { skip, timeout: 60_000 },
  async (t) => {
    const child = startProgram(t, PROGRAMS, "terminatesOften", { args: [ROUNDS] });
    const { residentBytes, segments } = await child.told<Ended>();
    assert.equal(residentBytes.length, ROUNDS);
    assert.equal(segments, 0, "memory of rings is still mapped");
    // The first ones grow what the process keeps for threads.
    const [half, last] = [residentBytes[ROUNDS / 2 - 1] as number, residentBytes.at(-1) as number];
    assert.ok(last - half < (ROUNDS / 2) * BYTES_OF_A_RING * 0.5, `${half} bytes, then ${last}`);
    assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
  },
);
