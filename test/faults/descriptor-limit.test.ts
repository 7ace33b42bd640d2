import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET, host, SOCK_STREAM, type SocketAddress } from "../../src/index.ts";
import { startProgram } from "../child-program.ts";
import type { Exhausted } from "./descriptor-limit-programs.ts";

const PROGRAMS = new URL("./descriptor-limit-programs.js", import.meta.url);
const CLIENTS = 250;
/** Descriptors that the program may have: enough to load its modules, not enough for all clients. */
const LIMIT = 200;

for (const [name, how] of [
  ["accepts", "accept rejects with EMFILE, and works again after a close"],
  ["acceptFlows", "an accept flow pauses at EMFILE, and resumes"],
] as const) {
  test(`${how}: no connection is lost`, { timeout: 20_000 }, async (t) => {
    // Node raises its soft limit to the hard one, so that both are set.
    const child = startProgram(t, PROGRAMS, name, {
      args: [CLIENTS],
      under: ["sh", "-c", `ulimit -n ${LIMIT} && exec "$0" "$@"`],
    });
    const address = await child.told<SocketAddress>();
    const clients = Array.from({ length: CLIENTS }, () => host.socket(AF_INET, SOCK_STREAM));
    t.after(() => clients.forEach((fd) => host.close(fd)));
    for (const [index, fd] of clients.entries()) {
      await host.connect(fd, address);
      await host.send(fd, new Uint8Array([index]));
    }
    const { shortages, seen, socket } = await child.told<Exhausted>();
    assert.ok(shortages > 0, "the limit was met");
    assert.equal(socket, "EMFILE", "the limit stops socket, too");
    assert.deepEqual(
      seen,
      clients.map((_fd, index) => index),
      "each connection was accepted, with its byte, in its order",
    );
    assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
  });
}
