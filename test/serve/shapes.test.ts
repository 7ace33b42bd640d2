import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { AF_INET6, AF_UNIX, SOCK_NONBLOCK, SOCK_STREAM } from "../../src/api/constants.ts";
import { host, serve, Socket, type ServeOptions, type Server } from "../../src/index.ts";
import { Client } from "./client.ts";
import { until } from "./fake-clock.ts";
import { LOOPBACK, SHAPES } from "./shapes.ts";

const openDescriptors = (): number => readdirSync("/proc/self/fd").length;

for (const [name, options] of Object.entries(SHAPES)) {
  suite(name, () => {
    const start = (more: ServeOptions = {}): Promise<Server> => serve(host, { address: LOOPBACK, ...options, ...more });

    test("serves several clients, and counts", async () => {
      const server = await start();
      const clients = await Promise.all([1, 2, 3, 4].map(() => Client.dial(host, server.address)));
      for (const [index, client] of clients.entries()) {
        assert.equal(await client.echo(`hello ${index}`), `hello ${index}`);
        // One at a time: the next is picked up when this one has hung up.
        client.finish();
        assert.equal(await client.ending(), "");
        client.close();
      }
      await until(() => server.stats().closed === 4);
      const { accepted, active, bytesRead, bytesWritten, errors } = server.stats();
      assert.deepEqual([accepted, active, bytesRead, bytesWritten, errors], [4, 0, 28, 28, 0]);
      await server.stop();
      await server.closed;
    });

    test("refuses the new and finishes the old when it is stopped", async () => {
      const server = await start();
      const client = await Client.dial(host, server.address);
      assert.equal(await client.echo("one"), "one");
      const stopped = server.stop({ deadlineMs: Infinity });
      await until(() => !isListening(server));
      await assert.rejects(Client.dial(host, server.address), { code: "ECONNREFUSED" });
      assert.equal(await client.echo("two"), "two");
      client.close();
      await stopped;
      assert.equal(server.stats().active, 0);
      assert.equal(server.inspect()["state"], "closed");
    });

    test("closes every connection at once when it is closed", async () => {
      const server = await start();
      const client = await Client.dial(host, server.address);
      assert.equal(await client.echo("one"), "one");
      await client.say("hang");
      await server.close();
      await client.ending();
      client.close();
      assert.equal(server.stats().active, 0);
    });

    test("a handler that throws ends its own connection alone, and is told", async () => {
      const told: unknown[] = [];
      const server = await start({ onError: (error) => told.push(error) });
      const bad = await Client.dial(host, server.address);
      await bad.say("throw");
      await bad.ending();
      bad.close();
      const good = await Client.dial(host, server.address);
      assert.equal(await good.echo("still there"), "still there");
      good.close();
      await until(() => told.length === 1);
      assert.match(String(told[0]), /as told/);
      await server.stop();
      assert.deepEqual([server.stats().errors, server.stats().closed], [1, 2]);
    });

    test("leaves no descriptor behind", async () => {
      await (await start()).stop();
      const before = openDescriptors();
      const server = await start();
      const clients = await Promise.all([1, 2, 3].map(() => Client.dial(host, server.address)));
      assert.equal(await (clients[0] as Client).echo("x"), "x");
      await server.close();
      for (const client of clients) client.close();
      assert.equal(openDescriptors(), before);
    });
  });
}

/** As the kernel sees it: the address is in the table of listeners. */
function isListening({ address }: Server): boolean {
  assert.ok("port" in address);
  const port = address.port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync("/proc/net/tcp", "utf8").includes(`:${port} 00000000:0000 0A`);
}

suite("where a server listens", () => {
  const echoThere = async (options: ServeOptions, family?: number): Promise<void> => {
    await using server = await serve(host, { ...SHAPES["concurrent, by a socket"], ...options });
    assert.equal(server.address.family, family ?? server.address.family);
    const client = await Client.dial(host, server.address);
    assert.equal(await client.echo("hello"), "hello");
    client.close();
  };

  test("on every address of the machine, IPv4 too, when it is told none", async () => {
    await using server = await serve(host, { flow: () => ({ data: (chunk, flow) => void flow.write(chunk) }) });
    assert.ok("port" in server.address);
    const client = await Client.dial(host, { family: 2, address: LOOPBACK, port: server.address.port });
    assert.equal(await client.echo("hello"), "hello");
    client.close();
  });
  test("on an IPv6 address", () => echoThere({ address: "::1" }, AF_INET6));
  test("on a name", () => echoThere({ address: "localhost" }));
  test("on an abstract Unix name", () => echoThere({ path: `\0dt-serve-${process.pid}` }, AF_UNIX));
  test("on a descriptor that listens, non-blocking too", async () => {
    for (const flags of [0, SOCK_NONBLOCK]) {
      const fd = host.socket(2, SOCK_STREAM | flags);
      host.bind(fd, { family: 2, address: LOOPBACK, port: 0 });
      host.listen(fd);
      await echoThere({ fd }, 2);
    }
  });
  test("on a socket that listens", async () => {
    const listener = new Socket(host, 2, SOCK_STREAM);
    listener.bind({ family: 2, address: LOOPBACK, port: 0 });
    await assert.rejects(serve(host, { handler: () => undefined, listener }), { code: "ERR_INVALID_ARG_VALUE" });
    listener.listen();
    await echoThere({ listener }, 2);
    assert.equal(listener.closed, true);
  });
  test("not where another listens", async () => {
    await using server = await serve(host, { address: LOOPBACK, handler: () => undefined });
    assert.ok("port" in server.address);
    const { port } = server.address;
    await assert.rejects(serve(host, { address: LOOPBACK, port, handler: () => undefined }), { code: "EADDRINUSE" });
  });
});

test("wrong options are refused before anything is opened", async () => {
  const before = openDescriptors();
  const handler = (): undefined => undefined;
  const wrong: ServeOptions[] = [
    {},
    { handler, flow: () => ({ data: handler }) },
    { handler: 1 as never },
    { handler, shape: "parallel" as never },
    { handler, maxClients: 0 },
    { handler, idleTimeoutMs: -1 },
    { handler, idleTimeoutMs: "1" as never },
    { handler, proxy: "v3" as never },
    { handler, proxy: "any", proxyFrom: ["10.0.0.0/33"] },
    { handler, address: LOOPBACK, path: "/x" },
    { shape: "threads", handler },
    { shape: "threads", module: "./relative.js" },
    { shape: "processes", module: "file:///x.js", share: "port", path: "/x" },
    { shape: "threads", module: "file:///x.js", workers: 0 },
  ];
  for (const options of wrong) {
    await assert.rejects(serve(host, options), { code: /^ERR_(INVALID_ARG|OUT_OF_RANGE)/ }, JSON.stringify(options));
  }
  const aborted = { address: LOOPBACK, handler, signal: AbortSignal.abort() };
  await assert.rejects(serve(host, aborted), { name: "AbortError" });
  assert.equal(openDescriptors(), before);
});

test("aborting the signal closes the server", async () => {
  const abort = new AbortController();
  const server = await serve(host, { address: LOOPBACK, handler: () => undefined, signal: abort.signal });
  abort.abort();
  await server.closed;
  await assert.rejects(Client.dial(host, server.address), { code: "ECONNREFUSED" });
});
