import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

/** What a page would do, in a process whose globals are as a page's: it has no `process` and no `Buffer`. */
const PAGE = `
  const { log } = console;
  delete globalThis.process;
  delete globalThis.Buffer;
  const { Socket } = await import(${JSON.stringify(new URL("socket.js", import.meta.url).href)});
  await import(${JSON.stringify(new URL("create-connection.js", import.meta.url).href)});
  await import(${JSON.stringify(new URL("create-server.js", import.meta.url).href)});
  let handler;
  const kernel = {
    socket: () => 3,
    close: () => log("closed"),
    getsockopt: () => false,
    flow: (fd, given) => {
      handler = given;
      return { fd, bytesQueued: 0, resume() {}, pause() {}, write: () => true, close: () => handler.close() };
    },
  };
  const socket = new Socket(kernel, 2, 1);
  try {
    socket.toDuplex();
  } catch (error) {
    log(error.code);
  }
  const { readable } = socket.toWeb();
  handler.data(new TextEncoder().encode("hello"));
  handler.end({ bytesQueued: 0 });
  for await (const chunk of readable) log(new TextDecoder().decode(chunk));
`;

test("without Node all but toDuplex works", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", PAGE]);
  assert.equal(stdout, "ERR_NOT_SUPPORTED\nhello\n");
});
