import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { databaseLines, readSystemFile } from "./database-file.ts";

test("lines of fields, without comments and empty lines", () => {
  const text = "\n# all of it\na  b\tc#d e\r\n  f\v\fg  \n \t \nh\u2028#i";
  assert.deepEqual(databaseLines(text), [["a", "b", "c"], ["f", "g"], ["h\u2028"]]);
});

test("a file that is not there, or is no file, has no text", () => {
  assert.equal(readSystemFile("/no/such/file"), undefined);
  assert.equal(readSystemFile("/"), undefined);
});

test("where there is no Node, the embedded tables answer", () => {
  const [services, protocols] = ["services.js", "protocols.js"].map((name) => {
    return JSON.stringify(new URL(name, import.meta.url).href);
  });
  const program = `
    globalThis.process = undefined;
    const { getservbyname, serviceEntries } = await import(${services});
    const { getprotobyname, protocolEntries } = await import(${protocols});
    const numbers = [getservbyname("echo").port, getprotobyname("udp").number];
    console.log(serviceEntries().source, numbers[0], protocolEntries().source, numbers[1]);
  `;
  const child = spawnSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  assert.equal(child.stderr, "");
  assert.equal(child.stdout.trim(), "embedded 7 embedded 17");
});
