import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET } from "../../src/api/constants.ts";
import { tcpEchoClient } from "../../src/programs/tcp-echo-client.ts";
import { tcpEchoServer } from "../../src/programs/tcp-echo-server.ts";
import { Internet, type LinkSettings, type RunResult, type SimKernel } from "../../src/sim.ts";

const ADDRESS = { family: AF_INET, address: "10.0.0.1", port: 7 } as const;

const echoServer = (kernel: SimKernel) => tcpEchoServer(kernel, ADDRESS, { signal: kernel.process.signal });

const echoClient = async (kernel: SimKernel, text: string) =>
  new TextDecoder().decode(await tcpEchoClient(kernel, ADDRESS, new TextEncoder().encode(text)));

async function echo(seed: number, link: LinkSettings, text: string): Promise<RunResult> {
  const internet = new Internet({ seed });
  const server = internet.host("server", "10.0.0.1/24");
  const client = internet.host("client", "10.0.0.2/24");
  internet.link(server, client, link);
  server.run(echoServer);
  const calling = client.run(echoClient, text);
  const result = await internet.run();
  assert.equal(calling.result, text);
  return result;
}

test("the textbook's echo server and client, unchanged, on two hosts", async () => {
  const { reason, timeMs } = await echo(1, { delayMs: 20 }, "hello");
  assert.equal(reason, "ended");
  // ARP, the handshake, the question and its answer, and the closing from both ends: four round trips and a half.
  assert.equal(timeMs, 180);
});

test("time is the link's: what a bandwidth of 8 Mbit/s carries in a second is a megabyte", async () => {
  const { timeMs } = await echo(1, { bandwidthMbps: 8 }, "x".repeat(1_000_000));
  assert.ok(timeMs > 1000 && timeMs < 2500, `${timeMs} ms`);
});

test("one seed gives one trace, another seed another", async () => {
  const link = { delayMs: 20, bandwidthMbps: 10, loss: 0.05 };
  const text = "hello".repeat(10_000);
  const [first, again, other] = [await echo(7, link, text), await echo(7, link, text), await echo(8, link, text)];
  assert.equal(first.traceHash, again.traceHash);
  assert.equal(first.events, again.events);
  assert.notEqual(first.traceHash, other.traceHash);
});

test("a run that can go no further says who waits in which call", async () => {
  const internet = new Internet();
  const server = internet.host("server", "10.0.0.1/24");
  const client = internet.host("client", "10.0.0.2/24");
  internet.link(server, client);
  server.run(echoServer);
  client.run(async function waiter(kernel) {
    const fd = kernel.socket(AF_INET, 1);
    await kernel.connect(fd, ADDRESS);
    await kernel.recv(fd, new Uint8Array(1));
  });
  const waiting =
    /stalled[^]*client: waiter\[1\] waits in recv\(0, buffer\[1\]\) on 10\.0\.0\.2:\d+ > 10\.0\.0\.1:7 ESTAB/;
  await assert.rejects(internet.run(), waiting);
});
