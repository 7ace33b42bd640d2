import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET, host, SOCK_STREAM } from "../../src/index.ts";
import { startProgram } from "../child-program.ts";

const PROGRAMS = new URL("./exit-programs.js", import.meta.url);
const CONNECTIONS = 20;
const BYTES = 2000;

test("what a flow has written leaves, also when the program exits in the same turn", { timeout: 20_000 }, async (t) => {
  const listener = host.socket(AF_INET, SOCK_STREAM);
  t.after(() => host.close(listener));
  host.bind(listener, { family: AF_INET, address: "127.0.0.1", port: 0 });
  host.listen(listener, 64);
  const address = host.getsockname(listener);
  const child = startProgram(t, PROGRAMS, "answersAndExits", { args: [address, CONNECTIONS, BYTES] });
  const fds: number[] = [];
  for (let count = 0; count < 1 + CONNECTIONS; count += 1) fds.push((await host.accept(listener)).fd);
  const [control, ...clients] = fds as [number, ...number[]];
  await host.recv(control, new Uint8Array(1));
  for (const fd of clients) host.sendSync(fd, new Uint8Array(1));
  host.sendSync(control, new Uint8Array(1));
  for (const [index, fd] of clients.entries()) {
    const received: Uint8Array[] = [];
    for (;;) {
      const memory = new Uint8Array(BYTES + 1);
      const count = await host.recv(fd, memory);
      if (count === 0) break;
      received.push(memory.subarray(0, count));
    }
    assert.deepEqual(Buffer.concat(received), Buffer.alloc(BYTES, index));
  }
  assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
  for (const fd of fds) host.close(fd);
});
