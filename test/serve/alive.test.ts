import assert from "node:assert/strict";
import { test } from "node:test";
import type { Inet4Address } from "../../src/api/address.ts";
import { host } from "../../src/index.ts";
import { startProgram } from "../child-program.ts";
import { Client } from "./client.ts";
import { SHAPES } from "./shapes.ts";

const PROGRAMS = new URL("./server-programs.js", import.meta.url);

for (const name of Object.keys(SHAPES)) {
  test(`${name}: after unref the program ends, and its workers with it`, async (t) => {
    const child = startProgram(t, PROGRAMS, "unreferenced", { args: [name, false] });
    const address = await child.told<Inet4Address>();
    assert.deepEqual(await child.exited, { code: 0, signal: null }, child.stderr);
    await assert.rejects(dialUntilRefused(address), { code: "ECONNREFUSED" });
  });

  test(`${name}: after ref the server keeps it alive`, async (t) => {
    const child = startProgram(t, PROGRAMS, "unreferenced", { args: [name, true] });
    const address = await child.told<Inet4Address>();
    for (let count = 0; count < 3; count += 1) {
      const client = await Client.dial(host, address);
      assert.equal(await client.echo("hello"), "hello");
      client.close();
    }
    assert.deepEqual(await child.kill("SIGKILL"), { code: null, signal: "SIGKILL" });
    await assert.rejects(dialUntilRefused(address), { code: "ECONNREFUSED" });
  });
}

/** Worker processes notice their parent's end a moment later; the port is free when the last has gone. */
async function dialUntilRefused(address: Inet4Address): Promise<never> {
  for (;;) {
    const client = await Client.dial(host, address);
    await client.ending();
    client.close();
  }
}
