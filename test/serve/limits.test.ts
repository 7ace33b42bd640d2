import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { host, serve, type Kernel, type ServeOptions, type Server } from "../../src/index.ts";
import { expectNoDescriptorLeft } from "../open-descriptors.ts";
import { Client } from "./client.ts";
import { FakeClock, turn, until } from "./fake-clock.ts";
import { LOOPBACK, SHAPES } from "./shapes.ts";

expectNoDescriptorLeft();

/** Long after a connection that could be accepted would have been. */
const MANY_TURNS = 50;

async function manyTurns(): Promise<void> {
  for (let count = 0; count < MANY_TURNS; count += 1) await turn();
}

suite("one client at a time", () => {
  for (const name of ["iterative, by a socket", "iterative, by a flow"]) {
    test(`${name}: the second waits in the backlog until the first has hung up`, async () => {
      await using server = await serve(host, { address: LOOPBACK, ...SHAPES[name] });
      const first = await Client.dial(host, server.address);
      assert.equal(await first.echo("first"), "first");
      const second = await Client.dial(host, server.address);
      await second.say("second");
      await manyTurns();
      assert.deepEqual([server.stats().accepted, server.stats().active], [1, 1]);
      assert.equal(await first.echo("still I"), "still I");
      first.close();
      assert.equal(await second.hear(6), "second");
      assert.equal(server.stats().accepted, 2);
      second.close();
    });
  }
});

suite("maxClients", () => {
  const start = (more: ServeOptions): Promise<Server> =>
    serve(host, { address: LOOPBACK, ...SHAPES["concurrent, by a flow"], maxClients: 2, ...more });

  for (const name of ["concurrent, by a socket", "threads", "processes"]) {
    test(`${name}: beyond it clients wait in the backlog, and are served when one hangs up`, async () => {
      await using server = await start({ flow: undefined, ...SHAPES[name] });
      const clients = await Promise.all([1, 2, 3].map(() => Client.dial(host, server.address)));
      for (const client of clients) await client.say("x");
      const [first, second, third] = clients as [Client, Client, Client];
      assert.deepEqual([await first.hear(1), await second.hear(1)], ["x", "x"]);
      await manyTurns();
      assert.equal(server.stats().accepted, 2);
      first.close();
      assert.equal(await third.hear(1), "x");
      second.close();
      third.close();
    });
  }

  test("with `refuse` it resets them instead", async () => {
    await using server = await start({ refuse: true });
    const [first, second] = await Promise.all([1, 2].map(() => Client.dial(host, server.address)));
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual([await first.echo("x"), await second.echo("x")], ["x", "x"]);
    const third = await Client.dial(host, server.address);
    assert.equal(await third.ending(), "ECONNRESET");
    assert.equal(server.stats().refused, 1);
    for (const client of [first, second, third]) client.close();
  });
});

suite("time", () => {
  const start = async (options: ServeOptions): Promise<{ server: Server; clock: FakeClock; told: string[] }> => {
    const clock = new FakeClock();
    const kernel: Kernel = { ...host, clock };
    const told: string[] = [];
    const onError = (error: unknown): void => void told.push(String(error));
    const server = await serve(kernel, { address: LOOPBACK, onError, ...options });
    return { server, clock, told };
  };
  const dialTwo = async (server: Server): Promise<[Client, Client]> => {
    const clients = [await Client.dial(host, server.address), await Client.dial(host, server.address)] as const;
    await until(() => server.stats().active === 2);
    return [...clients];
  };

  for (const name of ["concurrent, by a socket", "concurrent, by a flow"]) {
    test(`${name}: idleTimeoutMs closes the client that is silent, and no other`, async () => {
      const { server, clock, told } = await start({ ...SHAPES[name], idleTimeoutMs: 1000 });
      const [talker, silent] = await dialTwo(server);
      for (let word = 0; word < 5; word += 1) {
        assert.equal(await talker.echo("word"), "word");
        await clock.advance(300);
      }
      assert.equal(await silent.ending(), "");
      assert.deepEqual([server.stats().timedOut, server.stats().active], [1, 1]);
      assert.equal(await talker.echo("still here"), "still here");
      assert.deepEqual(told, []);
      await server.close();
      talker.close();
      silent.close();
    });

    test(`${name}: handshakeTimeoutMs closes the client whose first byte does not come`, async () => {
      const { server, clock } = await start({ ...SHAPES[name], handshakeTimeoutMs: 1000 });
      const [talker, silent] = await dialTwo(server);
      assert.equal(await talker.echo("word"), "word");
      await clock.advance(5000);
      assert.equal(await silent.ending(), "");
      assert.deepEqual([server.stats().timedOut, server.stats().active], [1, 1]);
      assert.equal(await talker.echo("I said all in time"), "I said all in time");
      await server.close();
      talker.close();
      silent.close();
    });
  }

  test("the handler's signal is aborted with the reason", async () => {
    const reasons: unknown[] = [];
    const { server, clock } = await start({
      idleTimeoutMs: 100,
      handler: (_, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve(reasons.push(signal.reason)));
        }),
    });
    const client = await Client.dial(host, server.address);
    await until(() => server.stats().active === 1);
    await clock.advance(200);
    assert.equal(await client.ending(), "");
    assert.equal((reasons[0] as { code: string }).code, "ETIMEDOUT");
    assert.equal(server.stats().errors, 0);
    client.close();
    await server.close();
  });

  test("a reader that reads nothing is idle, and what waits for it is bounded", async () => {
    let queued = 0;
    const { server, clock } = await start({
      idleTimeoutMs: 1000,
      flow: () => ({
        data(chunk, flow) {
          while (flow.write(chunk));
          queued = flow.bytesQueued;
        },
      }),
    });
    const slow = await Client.dial(host, server.address);
    await slow.say("x".repeat(1000));
    await until(() => queued > 0);
    assert.ok(queued < 2 * 64 * 1024, `${queued} bytes`);
    await clock.advance(1500);
    assert.deepEqual([server.stats().timedOut, server.stats().active], [1, 0]);
    slow.close();
    await server.close();
  });

  test("there is no timer without clients, and none without limits", async () => {
    const limited = await start({ ...SHAPES["concurrent, by a flow"], idleTimeoutMs: 1000 });
    assert.equal(limited.clock.sleeping, 0);
    const [first, second] = await dialTwo(limited.server);
    assert.equal(limited.clock.sleeping, 1);
    first.close();
    second.close();
    await until(() => limited.server.stats().active === 0);
    assert.equal(limited.clock.sleeping, 0);
    await limited.server.close();
    const unlimited = await start({ ...SHAPES["concurrent, by a flow"] });
    const clients = await dialTwo(unlimited.server);
    assert.equal(unlimited.clock.sleeping, 0);
    for (const client of clients) client.close();
    await unlimited.server.close();
  });

  test("in a thread the limits hold, too", async () => {
    // waits for: the worker's own clock, which is the machine's
    await using server = await serve(host, { address: LOOPBACK, ...SHAPES["threads"], handshakeTimeoutMs: 20 });
    const silent = await Client.dial(host, server.address);
    assert.equal(await silent.ending(), "");
    await until(() => server.stats().timedOut === 1);
    silent.close();
  });
});

suite("stop", () => {
  const start = async (options: ServeOptions): Promise<{ server: Server; clock: FakeClock; client: Client }> => {
    const clock = new FakeClock();
    const server = await serve({ ...host, clock }, { address: LOOPBACK, ...options });
    const client = await Client.dial(host, server.address);
    assert.equal(await client.echo("x"), "x");
    return { server, clock, client };
  };

  for (const [name, options] of Object.entries(SHAPES)) {
    test(`${name}: what is left is closed at the deadline, not before`, async () => {
      const { server, clock, client } = await start(options);
      const stopped = server.stop({ deadlineMs: 5000 });
      await until(() => clock.sleeping > 0);
      await clock.advance(4999);
      assert.equal(await client.echo("still served"), "still served");
      assert.equal(server.inspect()["state"], "stopping");
      await clock.advance(1);
      await stopped;
      assert.equal(await client.ending(), "");
      assert.deepEqual([server.stats().active, server.stats().closed], [0, 1]);
      client.close();
    });
  }

  test("handlers hear of it", async () => {
    const clock = new FakeClock();
    const server = await serve(
      { ...host, clock },
      {
        address: LOOPBACK,
        handler: async (socket, { stopping }) => {
          await new Promise((resolve) => stopping.addEventListener("abort", resolve));
          await socket.sendAll(Buffer.from("goodbye"));
        },
      },
    );
    const client = await Client.dial(host, server.address);
    await until(() => server.stats().active === 1);
    const stopped = server.stop();
    assert.equal(await client.hear(8), "goodbye");
    await stopped;
    client.close();
  });

  test("a second stop waits for the first, and close cuts it short", async () => {
    const { server, client } = await start(SHAPES["concurrent, by a flow"] as ServeOptions);
    const both = Promise.all([server.stop({ deadlineMs: 1e9 }), server.stop()]);
    await server.close();
    await both;
    assert.equal(await client.ending(), "");
    client.close();
  });
});
