import assert from "node:assert/strict";
import { test } from "node:test";
import type { SocketAddress } from "../../src/index.ts";
import { startProgram } from "../child-program.ts";
import type { Footprint } from "./idle-connection-programs.ts";

const PROGRAMS = new URL("./idle-connection-programs.js", import.meta.url);
const CONNECTIONS = 10_000;

/**
 * What one connection may cost while it is idle, and all of them together when they are gone: far above what is
 * measured.
 */
const MOST_BYTES_EACH = 8 * 1024;
const MOST_BYTES_LEFT = 16 * 1024 * 1024;

for (const form of ["pulled", "pushed"] as const) {
  test(
    `10,000 idle connections that are ${form} cost little, and nothing when they are closed`,
    { timeout: 60_000 },
    async (t) => {
      const node = ["--expose-gc"];
      const server = startProgram(t, PROGRAMS, "serve", { args: [CONNECTIONS, form], node });
      const address = await server.told<SocketAddress>();
      const client = startProgram(t, PROGRAMS, "call", { args: [CONNECTIONS, address, form], node });
      for (const [who, child] of [
        ["client", client],
        ["server", server],
      ] as const) {
        const { before, open, after, waits, woken } = await child.told<Footprint>();
        assert.equal(waits, CONNECTIONS, `${who}: waits`);
        assert.equal(open.sockets - before.sockets, CONNECTIONS, `${who}: open sockets`);
        const each = (open.bytes - before.bytes) / CONNECTIONS;
        assert.ok(each < MOST_BYTES_EACH, `${who}: ${Math.round(each)} bytes of heap for each idle connection`);
        assert.equal(woken, CONNECTIONS, `${who}: each was told the end`);
        assert.equal(after.sockets, before.sockets, `${who}: open sockets at the end`);
        assert.ok(
          after.bytes - before.bytes < MOST_BYTES_LEFT,
          `${who}: ${after.bytes - before.bytes} bytes of heap are left`,
        );
        assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
      }
    },
  );
}
