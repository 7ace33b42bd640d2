/** Linux's iperf3 and ours, both ways, also with loss and at a rate. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { TapOptions } from "../../src/tap.ts";
import type { Iperf3Test } from "../../src/programs/iperf3-server.ts";
import { Child } from "../child-program.ts";
import { missing, TapNamespace } from "./tap-namespace.ts";
import { STACK4, STACK6 } from "./tap-program.ts";

const timeout = 120_000;
const skip = missing("iperf3");
const MIB = 1 << 20;

/** What `iperf3 -J` says, as far as it is looked at. */
interface Report {
  readonly error?: string;
  readonly end: {
    readonly sum_sent: { readonly bytes: number; readonly bits_per_second: number };
    readonly sum_received: { readonly bytes: number; readonly bits_per_second: number };
  };
}

/** Linux's client against our server: so many bytes. */
async function client(
  tap: TapNamespace,
  bytes: number,
  ...args: string[]
): Promise<{ theirs: Report; ours: Iperf3Test }> {
  const theirs = JSON.parse(await tap.run("iperf3", "-J", "-n", String(bytes), ...args)) as Report;
  assert.equal(theirs.error, undefined);
  return { theirs, ours: await tap.child.told<Iperf3Test>() };
}

/** One way and the other, as both ends saw it. */
async function bothWays(tap: TapNamespace, bytes: number, ...args: string[]): Promise<void> {
  const there = await client(tap, bytes, ...args);
  assert.ok(there.theirs.end.sum_sent.bytes >= bytes);
  // What the client has sent last may be on its way when it says that the test is over.
  assert.ok(there.ours.bytes > 0 && there.ours.bytes <= there.theirs.end.sum_sent.bytes);
  assert.equal(there.theirs.end.sum_received.bytes, there.ours.bytes);
  const back = await client(tap, bytes, "-R", ...args);
  assert.ok(back.theirs.end.sum_received.bytes >= bytes);
  assert.equal(back.theirs.end.sum_sent.bytes, back.ours.bytes);
}

const KINDS: readonly TapOptions[] = [{}, { offload: false }, { kind: "tun", name: "tun0" }, { mtu: 9000 }];

for (const options of KINDS) {
  test(`iperf3 both ways ${JSON.stringify(options)}`, { skip, timeout }, async (t) => {
    const tap = await TapNamespace.services(t, options);
    await bothWays(tap, 64 * MIB, "-c", STACK4);
    await bothWays(tap, 64 * MIB, "-c", STACK6);
    await bothWays(tap, 64 * MIB, "-c", STACK4, "-P", "4");
    await tap.end();
  });
}

/** Linux's server, which serves one test. */
async function server(t: TestContext, tap: TapNamespace): Promise<void> {
  const [command, ...args] = tap.namespace.wrap("iperf3", "-s", "-1", "--forceflush");
  const iperf3 = new Child(t, command, args);
  for (let line = ""; !line.startsWith("Server listening");) line = await iperf3.line();
}

for (const reverse of [false, true]) {
  const way = reverse ? "Linux sends" : "the stack sends";
  test(`our client measures Linux's iperf3 server: ${way}`, { skip, timeout }, async (t) => {
    const bytes = 64 * MIB;
    const tap = await TapNamespace.start(t, "measure", {}, { bytes, reverse, parallel: 2 });
    await server(t, tap);
    tap.child.giveEnd();
    const seen = await tap.child.told<Iperf3Test>();
    assert.ok(seen.bytes >= bytes);
    assert.equal(seen.reverse, reverse);
  });
}

/** nftables: of what comes from the stack, and of what goes to it, so many in a thousand are lost. */
const lossy = (perMille: number): string => `
table inet test {
  chain from-stack { type filter hook prerouting priority 0; iif tap0 numgen random mod 1000 < ${perMille} drop; }
}
table netdev test {
  chain to-stack { type filter hook egress device tap0 priority 0; numgen random mod 1000 < ${perMille} drop; }
}`;

for (const [perMille, bytes] of [
  [1, 64],
  [10, 16],
  [50, 4],
] as const) {
  for (const options of [{}, { offload: false }] as const) {
    const title = `iperf3 with ${perMille / 10} % loss each way ${JSON.stringify(options)}`;
    test(title, { skip: missing("iperf3", "nft"), timeout }, async (t) => {
      const tap = await TapNamespace.services(t, options);
      await tap.sh(`nft -f - <<'END'\n${lossy(perMille)}\nEND`);
      await bothWays(tap, bytes * MIB, "-c", STACK4);
      await bothWays(tap, bytes * MIB, "-c", STACK6, "-P", "2");
      const counted = await tap.run("nft", "list", "ruleset");
      assert.match(counted, /numgen random/);
      await tap.end();
    });
  }
}

test(
  "iperf3 at a rate: tbf lets through what it says, and the stack fills it",
  { skip: missing("iperf3", "tc"), timeout },
  async (t) => {
    const tap = await TapNamespace.services(t);
    await tap.run(
      "tc",
      "qdisc",
      "add",
      "dev",
      "tap0",
      "root",
      "tbf",
      "rate",
      "200mbit",
      "burst",
      "64kb",
      "latency",
      "20ms",
    );
    const { theirs } = await client(tap, 16 * MIB, "-c", STACK4);
    // A burst and what the queue holds are let through besides.
    assert.ok(theirs.end.sum_received.bits_per_second < 220e6, `${theirs.end.sum_received.bits_per_second} bit/s`);
    const { ours } = await client(tap, 16 * MIB, "-c", STACK4, "-R");
    assert.ok(ours.bytes >= 16 * MIB);
    await tap.end();
  },
);
