/** What a page's bundler makes of the package. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { type Bundle, bundleText } from "../../tools/lab/bundle.ts";

const NODE_IMPORT = /\b(?:from|import|require)\s*\(?\s*["'](?:node:|(?:fs|module|stream|worker_threads|os|net)["'])/g;

/** Imports of Node's own modules; what is asked for at run time, where there is a Node, is none. */
function imports({ text }: Bundle): string[] {
  const found = text.match(NODE_IMPORT);
  return found ?? [];
}

const hostModules = ({ modules }: Bundle): string[] =>
  [...modules].filter(([path, bytes]) => /dist\/(?:host|tap|cli)\//.test(path) && bytes > 0).map(([path]) => path);

const PROGRAM = `
import { AF_INET, SOCK_STREAM, Socket, serve, createConnection, createServer, traceCalls, inet_pton } from "dialtone";
import { createStack } from "dialtone/stack";
export const all = [AF_INET, SOCK_STREAM, Socket, serve, createConnection, createServer, traceCalls, inet_pton];
export { createStack };
`;

test("a page's bundle has the stack, sockets and servers, and nothing of the host", async () => {
  const made = await bundleText(PROGRAM);
  assert.deepEqual(imports(made), []);
  assert.deepEqual(hostModules(made), []);
  // Its size is no accident: 490 kB, 162 kB packed, in 2026.
  const packed = gzipSync(made.text).length;
  assert.ok(packed < 220_000, `${packed} bytes packed`);
});

test("a constant costs no stack", async () => {
  const made = await bundleText('export { AF_INET } from "dialtone";');
  assert.ok(made.text.length < 1000, `${made.text.length} bytes`);
});

test("the simulated internet is for a page, too", async () => {
  const made = await bundleText('export { Internet } from "dialtone/sim";');
  assert.deepEqual(imports(made), []);
  assert.deepEqual(hostModules(made), []);
});

test("the host's calls can be bundled, too, and import nothing of Node", async () => {
  const made = await bundleText('export * from "dialtone";');
  assert.deepEqual(imports(made), []);
  assert.ok(hostModules(made).length > 0);
});

/** As a page: without a bundler, and without `process` and `Buffer`. */
const PAGE = `
  const { log } = console;
  delete globalThis.process;
  delete globalThis.Buffer;
  const { AF_INET, SOCK_STREAM, host } = await import("dialtone");
  try {
    host.socket(AF_INET, SOCK_STREAM);
  } catch (error) {
    log(error.code, error.message);
  }
  const { createStack } = await import("dialtone/stack");
  const { kernel } = createStack();
  const listener = kernel.socket(AF_INET, SOCK_STREAM);
  kernel.listen(listener);
  const client = kernel.socket(AF_INET, SOCK_STREAM);
  const { port } = kernel.getsockname(listener);
  const [{ fd }] = await Promise.all([
    kernel.accept(listener),
    kernel.connect(client, { family: AF_INET, address: "127.0.0.1", port }),
  ]);
  await kernel.send(client, new TextEncoder().encode("hello"));
  const buffer = new Uint8Array(16);
  log(new TextDecoder().decode(buffer.subarray(0, await kernel.recv(fd, buffer))));
`;

test("where there is no Node, the host says so at its first call, and a stack works", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", PAGE]);
  const why = "dialtone's host kernel is Linux's; this is a page. The other kernels run here.";
  assert.equal(stdout, `ERR_NOT_SUPPORTED ${why}\nhello\n`);
});
