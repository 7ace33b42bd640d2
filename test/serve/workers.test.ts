import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { host, serve, type Kernel, type ServeOptions, type Server, type Workers } from "../../src/index.ts";
import { expectNoDescriptorLeft } from "../open-descriptors.ts";
import { Client } from "./client.ts";
import { FakeClock, until } from "./fake-clock.ts";
import { LOOPBACK, SHAPES } from "./shapes.ts";

expectNoDescriptorLeft();

const WORKER_SHAPES = Object.entries(SHAPES).filter(([, { module }]) => module !== undefined);
const [DELIVERED, SHARED] = [undefined, "port"].map((share) =>
  WORKER_SHAPES.filter(([, options]) => options.share === share),
) as [typeof WORKER_SHAPES, typeof WORKER_SHAPES];

interface Started {
  readonly server: Server;
  readonly told: string[];
  readonly clock: FakeClock;
}

async function start(options: ServeOptions): Promise<Started> {
  const told: string[] = [];
  const clock = new FakeClock();
  const onError = (error: unknown): void => void told.push((error as Error).message);
  const server = await serve({ ...host, clock }, { address: LOOPBACK, onError, ...options });
  return { server, told, clock };
}

for (const [name, options] of DELIVERED) {
  suite(name, () => {
    test("each connection goes to the worker with the fewest", async () => {
      const { server } = await start({ ...options, workers: 3 });
      const clients: Client[] = [];
      for (let count = 0; count < 6; count += 1) clients.push(await Client.dial(host, server.address));
      for (const client of clients) assert.equal(await client.echo("x"), "x");
      assert.deepEqual(
        server.stats().perWorker.map(({ active }) => active),
        [2, 2, 2],
      );
      for (const client of clients.slice(0, 2)) client.close();
      await until(() => server.stats().active === 4);
      const two = await Promise.all([1, 2].map(() => Client.dial(host, server.address)));
      for (const client of two) assert.equal(await client.echo("x"), "x");
      assert.deepEqual(
        server.stats().perWorker.map(({ active }) => active),
        [2, 2, 2],
      );
      await server.close();
      for (const client of [...clients.slice(2), ...two]) client.close();
    });

    test("what comes while the only worker is started anew is served by the new one", async () => {
      const { server } = await start({ ...options, workers: 1 });
      const bad = await Client.dial(host, server.address);
      await bad.say("crash");
      await bad.ending();
      bad.close();
      // Until it is noticed, a connection that is sent to the dying process is lost with it.
      await until(() => server.stats().lost === 1);
      const next = await Client.dial(host, server.address);
      assert.equal(await next.echo("hello"), "hello");
      assert.deepEqual([server.stats().restarts, server.stats().lost], [1, 1]);
      next.close();
      await server.close();
    });

    test("after so many crashes in a minute the server closes, and tells", async () => {
      const { server, told, clock } = await start({ ...options, workers: 1, restartsPerMinute: 2 });
      const crash = async (): Promise<void> => {
        const client = await Client.dial(host, server.address);
        assert.equal(await client.echo("x"), "x");
        await client.say("crash");
        await client.ending();
        client.close();
        crashes += 1;
        await until(() => server.stats().lost === crashes);
      };
      let crashes = 0;
      await crash();
      await crash();
      await clock.advance(61_000);
      await crash();
      await crash();
      assert.equal(server.stats().restarts, 4);
      await crash();
      await server.closed;
      assert.deepEqual(told, Array(5).fill("crashed"));
      assert.equal(server.stats().lost, 5);
      await assert.rejects(Client.dial(host, server.address), { code: "ECONNREFUSED" });
    });
  });
}

for (const [name, options] of WORKER_SHAPES) {
  suite(name, () => {
    test("a crash loses the connections of one worker, which is started anew", async () => {
      const { server, told } = await start({ ...options, workers: 2 });
      const clients: Client[] = [];
      // With a shared port the kernel chooses the worker: until both have a client.
      while (!server.stats().perWorker.every(({ active }) => active > 0)) {
        const client = await Client.dial(host, server.address);
        assert.equal(await client.echo("x"), "x");
        clients.push(client);
      }
      const [bad, ...others] = clients as [Client, ...Client[]];
      await bad.say("crash");
      await bad.ending();
      await until(() => server.stats().restarts === 1 && server.stats().perWorker.length === 2);
      const { lost, active } = server.stats();
      assert.ok(lost > 0 && active > 0 && lost + active === clients.length, `${lost} lost, ${active} active`);
      const spared: Client[] = [];
      for (const client of others) if ((await answer(client)) === "x") spared.push(client);
      assert.equal(spared.length, active);
      assert.deepEqual(told, ["crashed"]);
      const later = await Client.dial(host, server.address);
      assert.equal(await later.echo("hello"), "hello");
      await server.close();
      for (const client of [...clients, later]) client.close();
    });

    test("a worker that does not end is terminated", async () => {
      const { server, clock } = await start({ ...options, workers: 1 });
      const client = await Client.dial(host, server.address);
      await client.say("spin");
      assert.equal(await client.hear(8), "spinning");
      const closed = server.close();
      await until(() => clock.sleeping > 0);
      await clock.advance(2000);
      await closed;
      await client.ending();
      client.close();
    });

    test("a worker that crashes while the server stops is not started anew", async () => {
      const { server } = await start({ ...options, workers: 1 });
      const client = await Client.dial(host, server.address);
      assert.equal(await client.echo("x"), "x");
      const stopped = server.stop({ deadlineMs: Infinity });
      await client.say("crash");
      await stopped;
      await client.ending();
      client.close();
      assert.deepEqual([server.stats().restarts, server.stats().lost], [0, 1]);
      await assert.rejects(Client.dial(host, server.address), { code: "ECONNREFUSED" });
    });

    test("a module that cannot be loaded is the error of serve", async () => {
      const missing = new URL("./no-such-handlers.js", import.meta.url);
      await assert.rejects(start({ ...options, module: missing }), /no-such-handlers/);
      const empty = new URL("./fake-clock.js", import.meta.url);
      await assert.rejects(start({ ...options, module: empty }), /exports `handler`, `flow` or a default/);
    });
  });
}

for (const [name, options] of SHARED) {
  test(`${name}: maxClients is shared, too`, async () => {
    const { server } = await start({ ...options, workers: 1, maxClients: 1 });
    const [first, second] = [await Client.dial(host, server.address), await Client.dial(host, server.address)];
    await first.say("x");
    await second.say("y");
    assert.equal(await first.hear(1), "x");
    first.close();
    assert.equal(await second.hear(1), "y");
    second.close();
    await server.close();
  });
}

/** "" from a connection that was lost. */
async function answer(client: Client): Promise<string> {
  try {
    return await client.echo("x");
  } catch {
    return "";
  }
}

test("descriptors that a thread never took go to another", async () => {
  const posted: unknown[] = [];
  const { workers } = host as Kernel & { workers: Workers };
  let count = 0;
  const kernel: Kernel = {
    ...host,
    workers: {
      ...workers,
      thread(module, data) {
        const worker = workers.thread(module, data);
        count += 1;
        if (count > 1) return worker;
        // The first never hears of its connections, as when it ends at the wrong moment.
        return {
          ...worker,
          post(message) {
            if ((message as { kind: string }).kind !== "connection") return worker.post(message);
            posted.push(message);
            if (posted.length === 2) worker.terminate();
          },
        };
      },
    },
  };
  const options = SHAPES["threads"] as ServeOptions;
  await using server = await serve(kernel, { address: LOOPBACK, ...options, workers: 1 });
  const clients = await Promise.all([1, 2].map(() => Client.dial(host, server.address)));
  for (const client of clients) assert.equal(await client.echo("hello"), "hello");
  assert.deepEqual([server.stats().accepted, server.stats().lost, posted.length], [2, 0, 2]);
  for (const client of clients) client.close();
});

/** The host, but sending a descriptor fails so often. */
function failingToPass(code: string, times: number): Kernel {
  let failures = 0;
  return {
    ...host,
    sendmsg(fd, message, flags, options) {
      if (failures === times) return host.sendmsg(fd, message, flags, options);
      failures += 1;
      return Promise.reject(Object.assign(new Error(`sendmsg ${code}`), { code, syscall: "sendmsg" }));
    },
  };
}

for (const times of [1, 2]) {
  test(`a descriptor goes to another process when ${times} of 2 cannot be reached`, async () => {
    await using server = await serve(failingToPass("EPIPE", times), { address: LOOPBACK, ...SHAPES["processes"] });
    const client = await Client.dial(host, server.address);
    assert.equal(await client.echo("hello"), "hello");
    await until(() => server.stats().restarts === times && server.stats().perWorker.length === 2);
    assert.deepEqual([server.stats().accepted, server.stats().active, server.stats().lost], [1, 1, 0]);
    client.close();
  });
}

test("a descriptor that cannot be passed at all is lost, and the next is served", async () => {
  const told: unknown[] = [];
  await using server = await serve(failingToPass("ETOOMANYREFS", 1), {
    address: LOOPBACK,
    ...SHAPES["processes"],
    onError: (error) => told.push(error),
  });
  const client = await Client.dial(host, server.address);
  assert.match(await client.ending(), /^(|ECONNRESET)$/);
  client.close();
  const next = await Client.dial(host, server.address);
  assert.equal(await next.echo("hello"), "hello");
  assert.deepEqual([server.stats().accepted, server.stats().lost, server.stats().restarts], [2, 1, 0]);
  assert.match(String(told[0]), /ETOOMANYREFS/);
  next.close();
});

test("a kernel without workers says so", async () => {
  const { workers, ...without } = host;
  assert.ok(workers !== undefined);
  const options = SHAPES["threads"] as ServeOptions;
  await assert.rejects(serve(without, { address: LOOPBACK, ...options }), { code: "ERR_NOT_SUPPORTED" });
});
