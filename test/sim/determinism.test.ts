import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Internet, type RunResult } from "../../src/sim.ts";
import { echoServer, pair, SERVER } from "./programs.ts";

const PROGRAM = new URL("./determinism-program.js", import.meta.url).pathname;

/** The hash of a run in a process of its own. */
function runOf(seed: number, ...flags: string[]): string {
  return execFileSync(process.execPath, [...flags, PROGRAM, `${seed}`], { encoding: "utf8" });
}

test("the same seed in two processes gives the same trace, byte for byte, and another seed another", () => {
  const first = runOf(1);
  assert.match(first, /^[0-9a-f]{16} \d+ [\d.]+\n$/);
  assert.equal(runOf(1), first);
  assert.notEqual(runOf(2), first);
});

test("how the program is compiled changes nothing: interpreted alone it gives the same trace", () => {
  assert.equal(runOf(3, "--no-opt", "--max-lazy"), runOf(3));
});

/** What one pair of hosts does, with so many others beside it. */
async function traceBeside(others: number): Promise<string[]> {
  const internet = new Internet({ seed: 5 });
  for (let i = 0; i < others; i += 1) {
    const [one, two] = [internet.host(`one${i}`, "10.1.0.1/24"), internet.host(`two${i}`, "10.1.0.2/24")];
    internet.link(one, two, { loss: 0.5, delayMs: 3 });
    one.run(async (kernel) =>
      kernel.sendto(kernel.socket(2, 2), new Uint8Array(9), 0, { ...SERVER, address: "10.1.0.2" }),
    );
  }
  const server = internet.host("server", "10.0.0.1/24");
  const client = internet.host("client", "10.0.0.2/24");
  internet.link(server, client, { delayMs: 10, jitterMs: 3, loss: 0.05 });
  const seen: string[] = [];
  internet.trace({
    packetSent(timeUs, { name }, { bytes, start, end }) {
      if (name.includes("client")) seen.push(`${timeUs} ${bytes.subarray(start, end).join()}`);
    },
  });
  server.run(echoServer);
  client.run(async (kernel) => {
    const fd = kernel.socket(2, 1);
    await kernel.connect(fd, SERVER);
    const buffer = new Uint8Array(1000);
    for (let i = 0; i < 20; i += 1) {
      await kernel.send(fd, buffer);
      await kernel.recv(fd, buffer);
    }
  });
  await internet.run();
  return seen;
}

test("hosts that are added beside change no bit of what the others do", async () => {
  const alone = await traceBeside(0);
  assert.ok(alone.length > 40);
  assert.deepEqual(await traceBeside(7), alone);
});

test("whoever looks on changes nothing", async () => {
  const runs = [false, true].map(async (isTraced): Promise<RunResult> => {
    const { internet, server, client } = pair({ delayMs: 5, loss: 0.1 }, 9);
    if (isTraced) internet.trace({ packetSent: () => undefined, packetDropped: () => undefined });
    server.run(echoServer);
    client.run(async (kernel) => {
      const fd = kernel.socket(2, 1);
      await kernel.connect(fd, SERVER);
      await kernel.send(fd, new Uint8Array(1e5));
    });
    return internet.run();
  });
  const [alone, seen] = await Promise.all(runs);
  assert.equal(alone?.traceHash, seen?.traceHash);
});
