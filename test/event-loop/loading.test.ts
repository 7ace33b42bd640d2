import assert from "node:assert/strict";
import { test } from "node:test";
import { startProgram } from "../child-program.ts";

const PROGRAMS = new URL("./loading-programs.js", import.meta.url);

test("importing dialtone loads no native code and opens nothing; the first call does", async (t) => {
  const child = startProgram(t, PROGRAMS, "loads");
  assert.deepEqual(await child.told(), { afterImport: { native: false, opened: [] } });
  assert.deepEqual(await child.told(), { afterSocket: { native: true, opened: ["socket"] } });
  assert.deepEqual(await child.exited, { code: 0, signal: null });
});

test("where there is no Linux, the first call says so and the rest of the package works", async (t) => {
  const child = startProgram(t, PROGRAMS, "elsewhere", { args: ["darwin"] });
  assert.deepEqual(await child.told(), [127, 0, 0, 1]);
  for (const call of ["socket", "recv", "getaddrinfo", "if_nameindex"]) {
    const { name, code, message } = await child.told<{ name: string; code: string; message: string }>();
    assert.equal(name, call);
    assert.equal(code, "ERR_NOT_SUPPORTED", `${call}: ${message}`);
    assert.match(message, /Linux.*darwin/);
  }
  assert.deepEqual(await child.exited, { code: 0, signal: null });
});

test("a process whose callbacks for C are all taken waits all the same", async (t) => {
  const child = startProgram(t, PROGRAMS, "withoutCallbacks");
  assert.equal(await child.told(), true);
  assert.equal(await child.told(), 3);
  assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
});
