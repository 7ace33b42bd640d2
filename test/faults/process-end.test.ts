import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET, host, SOCK_STREAM, type SystemError } from "../../src/index.ts";
import { startProgram } from "../child-program.ts";

const PROGRAMS = new URL("./process-programs.js", import.meta.url);

for (const [name, code] of [
  ["exits", 7],
  ["throws", 1],
  ["rejects", 1],
] as const) {
  test(
    `a process that ${name} with calls in flight ends with code ${code}, and its peers see the end`,
    { timeout: 20_000 },
    async (t) => {
      const listener = host.socket(AF_INET, SOCK_STREAM);
      t.after(() => host.close(listener));
      host.bind(listener, { family: AF_INET, address: "127.0.0.1", port: 0 });
      host.listen(listener);
      const child = startProgram(t, PROGRAMS, name, { args: [host.getsockname(listener)] });
      const { fd } = await host.accept(listener);
      t.after(() => host.close(fd));
      assert.equal(await host.recv(fd, new Uint8Array(8)), 1);
      // Now it ends, with a send of its own that nobody receives.
      await host.send(fd, new Uint8Array(1));
      // The end, or a reset when bytes were left unread there.
      await drain(fd).catch((error: SystemError) => assert.equal(error.code, "ECONNRESET"));
      assert.deepEqual(await child.exited, { code, signal: null }, child.stderr);
      assert.equal(child.stderr.includes("on purpose"), name !== "exits", child.stderr);
    },
  );
}

async function drain(fd: number): Promise<void> {
  const buffer = new Uint8Array(65536);
  while ((await host.recv(fd, buffer)) > 0);
}

test("a process ends while its descriptors become ready", { timeout: 20_000 }, async (t) => {
  const child = startProgram(t, PROGRAMS, "endsWithEvents");
  assert.deepEqual(await child.rest(), ['"exit"']);
  assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
});
