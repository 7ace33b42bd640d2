import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { dialtone, echoServer } from "./dialtone.ts";

const folder = mkdtempSync(join(tmpdir(), "dialtone-"));
after(() => rmSync(folder, { recursive: true }));

const ADDRESSES = { "a path": join(folder, "echo"), "an abstract name": `@dialtone-test-${process.pid}` };
const KINDS = { stream: [], datagram: ["--udp"] };

for (const [what, address] of Object.entries(ADDRESSES)) {
  for (const [kind, flags] of Object.entries(KINDS)) {
    test(`a Unix ${kind} socket with ${what}`, async (t) => {
      const { server, line } = await echoServer(t, "--unix", address, ...flags);
      const running = server;
      assert.equal(line, `listening on ${address} (unix ${kind}${kind === "stream" ? ", concurrent" : ""})`);
      assert.equal(existsSync(address), what === "a path");
      assert.deepEqual(await dialtone("echo-client", "--unix", address, "hello", ...flags), {
        code: 0,
        stdout: "hello\n",
        stderr: "",
      });
      const { code, stdout } = await running.end("SIGINT");
      const counted = kind === "stream" ? "1 client" : "1 datagram";
      assert.deepEqual({ code, stdout }, { code: 0, stdout: `${counted}, 5 bytes sent back` });
      assert.ok(!existsSync(address), "the file is removed");
      const reason = what === "a path" ? "ENOENT" : "ECONNREFUSED";
      assert.deepEqual(await dialtone("echo-client", "--unix", address, "hello", ...flags), {
        code: 1,
        stdout: "",
        stderr: `dialtone echo-client: connect ${reason} ${address}\n`,
      });
    });
  }
}

test("a path that is taken stays", async (t) => {
  const path = join(folder, "taken");
  await echoServer(t, "--unix", path);
  const { code, stderr } = await dialtone("echo-server", "--unix", path);
  assert.deepEqual({ code, stderr }, { code: 1, stderr: `dialtone echo-server: bind EADDRINUSE ${path}\n` });
  assert.equal((await dialtone("echo-client", "--unix", path, "hello")).stdout, "hello\n");
});
