import assert from "node:assert/strict";
import { test } from "node:test";
import { startProgram } from "../child-program.ts";
import { skip } from "../uring/ring.ts";
import type { Told } from "./schedule-programs.ts";

const PROGRAMS = new URL("./schedule-programs.js", import.meta.url);

/** The first seed: another at each run, unless it is given. DIALTONE_SEED=n DIALTONE_PROGRAMS=1 runs one again. */
const SEED = Number(process.env["DIALTONE_SEED"] ?? Date.now() % 1_000_000);
/** How many programs, on each engine: more take longer. */
const COUNT = Number(process.env["DIALTONE_PROGRAMS"] ?? 60);

/** What happens in every run, or the programs are not what they should be. */
const EVENTS = ["write", "data", "send", "recv", "detach", "close early", "close ECONNRESET", "send EPIPE", "datagram"];

for (const engine of ["io_uring", "epoll"] as const) {
  test(
    `random programs on ${engine} lose nothing, leave nothing, and end (DIALTONE_SEED=${SEED})`,
    { skip: engine === "io_uring" && skip },
    async (t) => {
      const child = startProgram(t, PROGRAMS, "schedules", { args: [engine, SEED, COUNT] });
      let last = SEED;
      for (;;) {
        const told = JSON.parse(
          await child.line().catch((error: Error) => assert.fail(`DIALTONE_SEED=${last}: ${error.message}`)),
        ) as Told;
        if ("begins" in told) last = told.begins;
        else if ("fails" in told) assert.fail(`DIALTONE_SEED=${told.fails} DIALTONE_PROGRAMS=1: ${told.error}`);
        else {
          for (const event of EVENTS) assert.ok((told.counts[event] ?? 0) > 0 || COUNT < 20, `${event} never happened`);
          break;
        }
      }
      // All that was waited for has gone: nothing keeps the program.
      assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
    },
  );
}
