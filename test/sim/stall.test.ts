import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AF_INET, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET } from "../../src/api/constants.ts";
import type { SimKernel } from "../../src/sim.ts";
import { pair, SERVER } from "./programs.ts";

/** Accepts one connection, and does something with it. */
async function serveOne(kernel: SimKernel, talk: (kernel: SimKernel, fd: number) => Promise<unknown>): Promise<void> {
  const listener = kernel.socket(AF_INET, SOCK_STREAM);
  kernel.bind(listener, SERVER);
  kernel.listen(listener);
  const { fd } = await kernel.accept(listener);
  kernel.close(listener);
  await talk(kernel, fd);
}

async function callOne(kernel: SimKernel, talk: (kernel: SimKernel, fd: number) => Promise<unknown>): Promise<void> {
  const fd = kernel.socket(AF_INET, SOCK_STREAM);
  await kernel.connect(fd, SERVER);
  await talk(kernel, fd);
}

const listen = (kernel: SimKernel, fd: number) => kernel.recv(fd, new Uint8Array(8));

async function shout(kernel: SimKernel, fd: number): Promise<void> {
  kernel.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, 4096);
  for (;;) await kernel.send(fd, new Uint8Array(65_536));
}

describe("the lectures' deadlocks are answers", () => {
  test("each waits for the other to speak first", async () => {
    const { internet, server, client } = pair({ delayMs: 5 });
    server.run(serveOne, listen);
    client.run(callOne, listen);
    const { reason, explanation } = await internet.tryRun();
    assert.equal(reason, "stalled");
    assert.match(
      explanation,
      /^server: serveOne\[1\] waits in recv\(\d, buffer\[8\]\) on 10\.0\.0\.1:7 > 10\.0\.0\.2:\d+ ESTAB since \d+/m,
    );
    assert.match(
      explanation,
      /^client: callOne\[1\] waits in recv\(0, buffer\[8\]\) on 10\.0\.0\.2:\d+ > 10\.0\.0\.1:7 ESTAB since \d+/m,
    );
    assert.match(explanation, /^deadlock: server and client each wait for the other to speak first/m);
  });

  test("both send and neither receives: a limit ends what window probes keep alive", async () => {
    const { internet, server, client } = pair({ delayMs: 5 });
    server.run(serveOne, shout);
    client.run(callOne, shout);
    const { reason, explanation } = await internet.tryRun({ timeLimitMs: 60_000 });
    assert.equal(reason, "time limit");
    assert.match(
      explanation,
      /^deadlock: server and client each send and neither receives, so that all buffers are full/m,
    );
  });
});
