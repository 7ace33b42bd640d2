import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { host, serve, type Server } from "../../src/index.ts";
import { expectNoDescriptorLeft } from "../open-descriptors.ts";
import { Client } from "./client.ts";
import { turn, until } from "./fake-clock.ts";
import { LOOPBACK, SHAPES } from "./shapes.ts";

expectNoDescriptorLeft();

const MANY = 50;

/** What a client can do wrong. It returns the clients that still hang on the line. */
const MISBEHAVIOUR: Readonly<Record<string, (server: Server) => Promise<Client[]>>> = {
  "says nothing": async (server) => [await Client.dial(host, server.address)],
  "hangs up at once": async (server) => {
    (await Client.dial(host, server.address)).close();
    return [];
  },
  "resets at once": async (server) => {
    (await Client.dial(host, server.address)).reset();
    return [];
  },
  "resets after a word": async (server) => {
    const client = await Client.dial(host, server.address);
    await client.say("word");
    client.reset();
    return [];
  },
  "resets while it is answered": async (server) => {
    const client = await Client.dial(host, server.address);
    await client.say("x".repeat(30_000));
    await client.hear(1);
    client.reset();
    return [];
  },
  "ends its half and does not read": async (server) => {
    const client = await Client.dial(host, server.address);
    await client.say("word");
    client.finish();
    return [client];
  },
  "says a byte now and then": async (server) => {
    const client = await Client.dial(host, server.address);
    for (let count = 0; count < 20; count += 1) {
      await client.say("x");
      await turn();
    }
    return [client];
  },
  "sends without end, and never reads": async (server) => {
    const client = await Client.dial(host, server.address);
    const abort = new AbortController();
    const chunk = new Uint8Array(65536);
    // Until the buffers of both sides are full and the server has stopped reading.
    let sent = 0;
    const flood = async (): Promise<void> => {
      for (;;) sent += await host.send(client.fd, chunk, 0, { signal: abort.signal });
    };
    const over = flood().catch(() => undefined);
    for (let seen = -1; seen !== sent;) {
      seen = sent;
      for (let turns = 0; turns < 100; turns += 1) await turn();
    }
    abort.abort();
    await over;
    return [client];
  },
};

const shapes = Object.entries(SHAPES).filter(([, { shape }]) => shape !== "iterative");
for (const [name, options] of shapes) {
  suite(name, () => {
    for (const [what, misbehave] of Object.entries(MISBEHAVIOUR)) {
      test(`a client that ${what} hurts nobody else`, async () => {
        const server = await serve(host, { address: LOOPBACK, ...options });
        const good = await Client.dial(host, server.address);
        assert.equal(await good.echo("before"), "before");
        const hanging = await misbehave(server);
        assert.equal(await good.echo("meanwhile"), "meanwhile");
        const later = await Client.dial(host, server.address);
        assert.equal(await later.echo("later"), "later");
        for (const client of [...hanging, good, later]) client.close();
        await until(() => server.stats().active === 0);
        await server.close();
      });
    }
  });
}

suite("iterative", () => {
  for (const what of ["hangs up at once", "resets at once", "resets after a word", "resets while it is answered"]) {
    test(`a client that ${what} makes place for the next`, async () => {
      await using server = await serve(host, { address: LOOPBACK, ...SHAPES["iterative, by a socket"] });
      await MISBEHAVIOUR[what]?.(server);
      const next = await Client.dial(host, server.address);
      assert.equal(await next.echo("next"), "next");
      next.close();
    });
  }
});

test("a storm of clients that die is counted, and leaves nothing", async () => {
  await using server = await serve(host, { address: LOOPBACK, ...SHAPES["concurrent, by a socket"] });
  for (let round = 0; round < MANY; round += 1) {
    const clients = await Promise.all([1, 2, 3].map(() => Client.dial(host, server.address)));
    await clients[0]?.say("x");
    for (const client of clients) client.reset();
  }
  const good = await Client.dial(host, server.address);
  assert.equal(await good.echo("still there"), "still there");
  good.close();
  await until(() => server.stats().active === 0);
  const { accepted, closed } = server.stats();
  assert.equal(closed, accepted);
});
