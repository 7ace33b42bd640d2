/** The lower layers against Linux's own, over a TAP interface in a network namespace. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { Namespace, noNamespaces } from "../namespace.ts";

const program = new URL("linux-program.js", import.meta.url);
const missing = noNamespaces() ?? (existsSync("/dev/net/tun") ? undefined : "needs /dev/net/tun");
const skip = missing ?? false;
const SIZES = [0, 1, 1472, 1473, 9000, 60_000];

async function lines(t: TestContext, name: string, count: number): Promise<string[]> {
  const child = new Namespace(t).startProgram(program, name);
  const told: string[] = [];
  while (told.length < count) told.push(await child.told<string>());
  return told;
}

test("Linux answers the stack's pings, whole and in fragments", { skip }, async (t) => {
  const expected = ["10.7.0.1", "fd00:7::1"].flatMap((to) => SIZES.map((size) => `${to} ${size} came back`));
  assert.deepEqual(await lines(t, "pings", expected.length), expected);
});

test(
  "Linux's datagrams come back, a closed port refuses them, and a member of a group answers",
  { skip },
  async (t) => {
    const expected = ["10.7.0.2", "fd00:7::2"].flatMap((to) => [
      ...SIZES.map((size) => `${to} ${size} came back`),
      `${to} port 9: ECONNREFUSED`,
    ]);
    expected.push("239.7.7.7 answered by 10.7.0.2");
    assert.deepEqual(await lines(t, "datagrams", expected.length), expected);
  },
);

test("the stack does not use an address that Linux has, and hears of a closed port of its", { skip }, async (t) => {
  const expected = ["10.7.0.1/24 DUPLICATE", "fd00:7::1/64 DUPLICATE", "10.7.0.1 port 9: ECONNREFUSED"];
  assert.deepEqual(await lines(t, "duplicates", expected.length), expected);
});
