import { type BurstLoss, Internet, SeededRandom, type SimKernel } from "../../src/sim.ts";
import { echoServer, SERVER } from "./programs.ts";

// One run of a busy internet on bad links: prints its hash. A process of its own, so that two runs share nothing.

/** Says as much as it is told, in pieces, and hears as much. */
async function talker(kernel: SimKernel, bytes: number): Promise<number> {
  const fd = kernel.socket(2, 1);
  await kernel.connect(fd, SERVER);
  const piece = new Uint8Array(5000);
  for (let sent = 0; sent < bytes;) sent += await kernel.send(fd, piece.subarray(0, bytes - sent));
  kernel.shutdown(fd, 1);
  let heard = 0;
  for (let got = 1; got > 0;) heard += got = await kernel.recv(fd, piece);
  kernel.close(fd);
  return heard;
}

const seed = Number(process.argv[2]);
const internet = new Internet({ seed, hash: "all" });
const random = new SeededRandom(seed, "the test's own");
const burst: BurstLoss = { fails: 0.02, recovers: 0.3 };
const router = internet.host("router", [], { forwarding: true, interfaces: [{ addresses: ["10.0.0.254/24"] }] });
const server = internet.host("server", "10.0.0.1/24", { gateway: "10.0.0.254" });
internet.link(server, router, { delayMs: 2, bandwidthMbps: 20, queuePackets: 30 });
server.run(echoServer);
for (let i = 1; i <= 5; i += 1) {
  const host = internet.host(`client${i}`, `10.0.${i}.2/24`, { gateway: `10.0.${i}.1`, clockRate: 1 + i / 10_000 });
  internet.link(host, router.addInterface({ addresses: [`10.0.${i}.1/24`] }), {
    delayMs: { distribution: "normal", meanMs: 10 * i, deviationMs: 5 },
    reordering: i % 2 === 0,
    loss: i % 2 === 0 ? 0.03 : burst,
    duplication: 0.02,
    corruption: 0.01,
  });
  host.run(talker, 20_000 + random.below(50_000));
}
const { traceHash, packetHops, timeMs } = await internet.run();
console.log(`${traceHash} ${packetHops} ${timeMs}`);
