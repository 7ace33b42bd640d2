import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET } from "../../src/api/constants.ts";
import { tcpEchoClient } from "../../src/programs/tcp-echo-client.ts";
import { udpEchoClient } from "../../src/programs/udp-echo-client.ts";
import { udpEchoServer } from "../../src/programs/udp-echo-server.ts";
import echo from "../../src/programs/echo-handler.ts";
import { Socket } from "../../src/socket/socket.ts";
import { serve } from "../../src/socket/serve/serve.ts";
import { pair, SERVER } from "./programs.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("serve, unchanged: many clients at once on a bad link, until it is told to stop", async () => {
  const { internet, server, client } = pair({ delayMs: 10, jitterMs: 2, loss: 0.02 }, 3);
  const serving = server.run(async (kernel) => {
    const listener = await serve(kernel, { address: SERVER, handler: echo });
    await new Promise((resolve) => kernel.process.signal.addEventListener("abort", resolve));
    await listener.close();
  });
  const clients = Array.from({ length: 50 }, (_, i) =>
    client.run((kernel) => tcpEchoClient(kernel, SERVER, bytes(`${i} `.repeat(1000)))),
  );
  await internet.run();
  for (const [i, { result }] of clients.entries()) {
    assert.equal(new TextDecoder().decode(result as Uint8Array), `${i} `.repeat(1000));
  }
  serving.stop();
  await internet.run();
  assert.equal(serving.exitCode, 0);
});

test("the datagram programs, unchanged", async () => {
  const { internet, server, client } = pair({ delayMs: 10 });
  const serving = server.run((kernel) => udpEchoServer(kernel, SERVER, { signal: kernel.process.signal }));
  const calling = client.run((kernel) => udpEchoClient(kernel, SERVER, bytes("hello")));
  await internet.run();
  assert.deepEqual(calling.result, bytes("hello"));
  serving.stop();
  await internet.run();
  assert.deepEqual(serving.result, { clients: 1, bytes: 5 });
});

test("Socket, its iteration and its streams, unchanged", async () => {
  const { internet, server, client } = pair({ delayMs: 10 });
  server.run(async (kernel) => {
    await using listener = new Socket(kernel, AF_INET, 1);
    listener.bind(SERVER);
    listener.listen();
    for await (const connection of listener.connections()) {
      const { readable, writable } = connection.toWeb();
      await readable.pipeTo(writable);
    }
  });
  const calling = client.run(async (kernel) => {
    await using socket = new Socket(kernel, AF_INET, 1);
    await socket.connect(SERVER);
    await socket.sendAll(new Uint8Array(100_000));
    socket.shutdown(1);
    let count = 0;
    for await (const chunk of socket.chunks()) count += chunk.length;
    return count;
  });
  await internet.run();
  assert.equal(calling.result, 100_000);
});
