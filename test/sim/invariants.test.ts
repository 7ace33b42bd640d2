import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET, SHUT_WR, SOCK_DGRAM, SOCK_STREAM } from "../../src/api/constants.ts";
import { Internet, type LinkSettings, SeededRandom, type SimKernel } from "../../src/sim.ts";
import { SERVER } from "./programs.ts";

const SEEDS = 300;
const FIRST_SEED = Number(process.env["SIM_SEED"] ?? 1);

/** A link as bad as its seed says. Of those of a way one corrupts: two bits that are turned over may add up to none. */
function badLink(random: SeededRandom, corrupts: boolean): LinkSettings {
  const some = (most: number): number => (random.chance(0.4) ? 0 : random.fraction() * most);
  const settings: LinkSettings = {
    delayMs: { distribution: "uniform", fromMs: 0, toMs: some(60) },
    jitterMs: some(20),
    reordering: random.chance(0.5),
    loss: random.chance(0.5) ? some(0.15) : { fails: some(0.05), recovers: 0.3 },
    duplication: some(0.1),
    corruption: corrupts ? some(0.05) : 0,
    mtu: random.chance(0.3) ? 576 + random.below(900) : 1500,
  };
  if (random.chance(0.5)) return settings;
  return { ...settings, bandwidthMbps: 0.5 + random.fraction() * 50, queuePackets: 5 + random.below(50) };
}

const byteAt = (at: number): number => (Math.imul(at, 0x9e3779b1) >>> 23) & 0xff;

/** Sends so many bytes that tell where they belong, and stays on the line until the other hangs up. */
async function sender(kernel: SimKernel, count: number): Promise<void> {
  const fd = kernel.socket(AF_INET, SOCK_STREAM);
  await kernel.connect(fd, SERVER);
  for (let sent = 0; sent < count;) {
    const chunk = Uint8Array.from({ length: Math.min(8192, count - sent) }, (_, i) => byteAt(sent + i));
    sent += await kernel.send(fd, chunk);
  }
  kernel.shutdown(fd, SHUT_WR);
  assert.equal(await kernel.recv(fd, new Uint8Array(1)), 0);
  kernel.close(fd);
}

/** Takes so many connections, and counts the bytes of each, which must come once and in order. */
async function receiver(kernel: SimKernel, connections: number): Promise<number[]> {
  const listener = kernel.socket(AF_INET, SOCK_STREAM);
  kernel.bind(listener, SERVER);
  kernel.listen(listener);
  const counts: Promise<number>[] = [];
  while (counts.length < connections) counts.push(receiveAll(kernel, (await kernel.accept(listener)).fd));
  return (await Promise.all(counts)).sort((a, b) => a - b);
}

async function receiveAll(kernel: SimKernel, fd: number): Promise<number> {
  const buffer = new Uint8Array(65536);
  let count = 0;
  for (;;) {
    const bytes = await kernel.recv(fd, buffer);
    if (bytes === 0) break;
    for (let i = 0; i < bytes; i += 1) assert.equal(buffer[i], byteAt(count + i), `byte ${count + i}`);
    count += bytes;
  }
  kernel.close(fd);
  return count;
}

/** Sends datagrams with numbers, which may be lost or come twice, but not changed. */
async function datagrams(kernel: SimKernel): Promise<void> {
  const fd = kernel.socket(AF_INET, SOCK_DGRAM);
  for (let i = 0; i < 20; i += 1) {
    await kernel.sendto(fd, new Uint8Array(50).fill(i), 0, { ...SERVER, port: 9 });
    await kernel.clock.sleep(5);
  }
}

async function check(seed: number): Promise<void> {
  const random = new SeededRandom(seed, "the test's own");
  const internet = new Internet({ seed });
  const server = internet.host("server", "10.0.0.1/24", { gateway: "10.0.0.254" });
  const router = internet.host("router", "10.0.0.254/24", { forwarding: true });
  internet.link(server, router, badLink(random, true));
  const sizes = Array.from({ length: 1 + random.below(3) }, () => random.below(60_000));
  const receiving = server.run(receiver, sizes.length);
  server.run((kernel) => {
    const fd = kernel.socket(AF_INET, SOCK_DGRAM);
    kernel.bind(fd, { ...SERVER, port: 9 });
    kernel.datagramFlow(fd, { datagram: (data) => assert.ok(data.every((byte) => byte === data[0])) });
    return new Promise(() => undefined);
  });
  for (const [i, size] of sizes.entries()) {
    const client = internet.host(`client${i}`, `10.1.${i}.2/24`, { gateway: `10.1.${i}.1` });
    internet.link(client, router.addInterface({ addresses: [`10.1.${i}.1/24`] }), badLink(random, false));
    client.run(sender, size);
    client.run(datagrams);
  }
  const began = internet.context.pool.inUse;
  const { reason, failures } = await internet.tryRun({ timeLimitMs: 7 * 24 * 3_600_000 });
  const failed = failures.map(({ error }) => (error as { code?: string }).code ?? String(error));
  // On the worst links a SYN, or a neighbour, may be given up for lost. Nothing else may happen.
  const isGivenUp = failed.some((code) => code === "ETIMEDOUT" || code === "EHOSTUNREACH");
  if (isGivenUp) return;
  assert.deepEqual(failed, []);
  assert.equal(reason, "ended");
  assert.deepEqual(
    receiving.result,
    sizes.sort((a, b) => a - b),
  );
  // What is left is in nobody's hands once the connections have said farewell.
  await internet.tryRun({ forMs: 600_000 });
  assert.equal(internet.context.pool.inUse, began);
  assert.equal(internet.context.census.packetsInFlight, 0);
}

test(`on ${SEEDS} bad networks each byte comes once and in order, nothing leaks, and every run ends`, async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
    try {
      await check(seed);
    } catch (error) {
      throw new Error(`seed ${seed} (SIM_SEED=${seed}): ${String(error)}`, { cause: error });
    }
  }
});
