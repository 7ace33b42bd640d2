import assert from "node:assert/strict";
import { test } from "node:test";
import type { SocketAddress } from "../../src/api/address.ts";
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM } from "../../src/api/constants.ts";
import { Internet, type SimKernel } from "../../src/sim.ts";
import { codeOf, echoServer, pair, SERVER } from "./programs.ts";

/** Connects, and says when. */
async function connected(kernel: SimKernel, address: SocketAddress = SERVER): Promise<number> {
  const fd = kernel.socket(AF_INET, SOCK_STREAM);
  await kernel.connect(fd, address);
  return fd;
}

test("a machine that crashes says nothing: who waits for it hears no FIN", async () => {
  const { internet, server, client } = pair({ delayMs: 1 });
  const serving = server.run(echoServer);
  const calling = client.run(async (kernel) => kernel.recv(await connected(kernel), new Uint8Array(1)));
  internet.at(100, () => server.crash());
  const { reason } = await internet.tryRun({ forMs: 10_000 });
  assert.equal(reason, "until");
  assert.deepEqual([serving.state, calling.state], ["crashed", "running"]);
  assert.equal(server.state, "off");
  assert.equal([...calling.waits].map(({ name }) => name).join(), "recv");
});

test("a machine that restarted answers old connections with RST, and serves anew", async () => {
  const { internet, server, client } = pair({ delayMs: 1 });
  server.run(echoServer);
  const calling = client.run(async (kernel) => {
    const fd = await connected(kernel);
    await kernel.clock.sleep(1000);
    await kernel.send(fd, new Uint8Array(10));
    const old = await codeOf(kernel.recv(fd, new Uint8Array(10)));
    const again = await connected(kernel);
    await kernel.send(again, new Uint8Array(10));
    return [old, await kernel.recv(again, new Uint8Array(10))];
  });
  internet.at(500, () => server.crash());
  internet.at(600, () => server.restart());
  await internet.run();
  assert.deepEqual(calling.result, ["ECONNRESET", 10]);
  assert.equal(server.boots, 2);
  assert.deepEqual(
    server.processes.map(({ state }) => state),
    ["crashed", "running"],
  );
});

test("none of a crashed machine's programs ever goes on, and none of its packets is left", async () => {
  const { internet, server, client } = pair({ delayMs: 1 });
  let steps = 0;
  client.run(async (kernel) => {
    const fd = kernel.socket(AF_INET, SOCK_DGRAM);
    // Nobody has that address: packets wait for their neighbour.
    for (;;) {
      await kernel.sendto(fd, new Uint8Array(100), 0, { ...SERVER, address: "10.0.0.77" });
      await kernel.clock.sleep(10);
      steps += 1;
    }
  });
  server.run(async (kernel) => kernel.clock.sleep(2000));
  internet.at(505, () => client.crash());
  await internet.run();
  assert.equal(steps, 50);
  assert.equal(internet.context.pool.inUse, 0);
});

test("a paused machine stands still, and goes on with what came in meanwhile", async () => {
  const { internet, server, client } = pair({ delayMs: 1 });
  server.run(echoServer);
  const calling = client.run(async (kernel) => {
    const fd = await connected(kernel);
    await kernel.clock.sleep(100);
    const began = kernel.clock.now();
    await kernel.send(fd, new Uint8Array(10));
    await kernel.recv(fd, new Uint8Array(10));
    return Math.round(kernel.clock.now() - began);
  });
  internet.at(50, () => server.pause());
  internet.at(600, () => server.resume());
  await internet.run();
  // The question was sent at 104 ms, and answered when the server went on.
  assert.equal(calling.result, 600 + 1 - 104);
});

test("a machine that is paused runs none of its programs' timers until it goes on", async () => {
  const { internet, client } = pair();
  const woke: number[] = [];
  client.run(async (kernel) => {
    for (const ms of [100, 100, 100]) {
      await kernel.clock.sleep(ms);
      woke.push(internet.nowMs);
    }
  });
  internet.at(150, () => client.pause());
  internet.at(1000, () => client.resume());
  await internet.run();
  assert.deepEqual(woke, [100, 1000, 1100]);
});

test("a machine that loses its interface has no way, and has it again when the interface is back", async () => {
  const { internet, server, client } = pair({ delayMs: 1 });
  server.run(echoServer);
  const calling = client.run(async (kernel) => {
    client.interface("eth0").down();
    const lost = await codeOf(connected(kernel));
    client.interface("eth0").up();
    return [lost, await codeOf(connected(kernel))];
  });
  await internet.run();
  assert.deepEqual(calling.result, ["ENETUNREACH", "none"]);
});

test("a clock that is fast ends its sleeps early, and one that jumps tells another date", async () => {
  const internet = new Internet();
  const right = internet.host("right", "10.0.0.1/24");
  const fast = internet.host("fast", "10.0.0.2/24", { clockRate: 1.25 });
  const ends: string[] = [];
  const sleeper = async (kernel: SimKernel): Promise<void> => {
    const began = kernel.clock.now();
    await kernel.clock.sleep(1000);
    ends.push(`${kernel.process.host} ${internet.nowMs} ${kernel.clock.now() - began}`);
  };
  right.run(sleeper);
  fast.run(sleeper);
  const before = right.clock.wallMs;
  right.clock.jump(-3_600_000);
  assert.equal(right.clock.wallMs - before, -3_600_000);
  await internet.run();
  assert.deepEqual(ends, ["fast 800 1000", "right 1000 1000"]);
  assert.equal(right.clock.wallMs - before, 1000 - 3_600_000);
});

test("a clock that is set right while somebody sleeps ends the sleep by its new rate", async () => {
  const internet = new Internet();
  const slow = internet.host("slow", "10.0.0.1/24", { clockRate: 0.5 });
  const sleeping = slow.run((kernel) => kernel.clock.sleep(1000));
  internet.at(1000, () => void (slow.clock.rate = 1));
  const { timeMs } = await internet.run();
  assert.equal(timeMs, 1500);
  assert.equal(sleeping.exitCode, 0);
});

test("hosts have several interfaces and both versions of IP, and a router forwards between them", async () => {
  const internet = new Internet();
  const near = internet.host("near", ["10.0.1.2/24", "2001:db8:1::2/64"], { gateway: ["10.0.1.1", "2001:db8:1::1"] });
  const far = internet.host("far", ["10.0.2.2/24", "2001:db8:2::2/64"], { gateway: ["10.0.2.1", "2001:db8:2::1"] });
  const router = internet.host("router", [], {
    forwarding: true,
    interfaces: [
      { addresses: ["10.0.1.1/24", "2001:db8:1::1/64"] },
      { name: "wan0", addresses: ["10.0.2.1/24", "2001:db8:2::1/64"] },
    ],
  });
  internet.link(near, router.interface("eth0"), { delayMs: 1 });
  internet.link(router.interface("wan0"), far, { delayMs: 1 });
  const addresses = [
    { family: AF_INET, address: "10.0.2.2", port: 7 },
    { family: AF_INET6, address: "2001:db8:2::2", port: 7 },
  ] as const;
  for (const address of addresses) {
    far.run(echoServer, address);
    near.run(async (kernel) => {
      const fd = kernel.socket(address.family, SOCK_STREAM);
      await kernel.connect(fd, address);
      await kernel.send(fd, new Uint8Array(10));
      return kernel.recv(fd, new Uint8Array(10));
    });
  }
  await internet.run();
  assert.deepEqual(
    near.processes.map(({ result }) => result),
    [10, 10],
  );
});

test("hosts know each other by name", async () => {
  const { internet, client } = pair();
  const asking = client.run(async (kernel) => (await kernel.getaddrinfo("server", "7"))[0]?.address);
  await internet.run();
  assert.deepEqual(asking.result, SERVER);
});

test("each process has descriptors of its own, and they are closed when it ends", async () => {
  const { internet, server, client } = pair({ delayMs: 1 });
  const open = async (kernel: SimKernel): Promise<number> => kernel.socket(AF_INET, SOCK_STREAM);
  const [one, other] = [server.run(open), server.run(open)];
  server.run(async (kernel) => {
    const fd = kernel.socket(AF_INET, SOCK_STREAM);
    kernel.bind(fd, SERVER);
    kernel.listen(fd);
    // It ends with the connection open, and hangs up by that.
    await kernel.accept(fd);
  });
  const calling = client.run(async (kernel) => kernel.recv(await connected(kernel), new Uint8Array(1)));
  await internet.run();
  assert.equal(one.result, other.result);
  assert.equal(calling.result, 0);
  assert.equal(server.stack.inspect()["descriptors"], 0);
});

test("a program that fails fails the run, which tells its error and the seed", async () => {
  const { internet, client } = pair({}, 42);
  const failing = client.run(async function caller(kernel) {
    await connected(kernel);
  });
  await assert.rejects(internet.run(), /client: caller failed: .*ECONNREFUSED.*\(seed 42, at /);
  assert.equal(failing.exitCode, 1);
});

test("what a handler throws ends its process with that error", async () => {
  const { internet, server, client } = pair();
  const serving = server.run(async (kernel) => {
    const listener = kernel.socket(AF_INET, SOCK_STREAM);
    kernel.bind(listener, SERVER);
    kernel.listen(listener);
    kernel.acceptFlow(listener, {
      connection() {
        throw new RangeError("on purpose");
      },
    });
    await kernel.clock.sleep(60_000);
  });
  client.run(connected);
  const { failures, timeMs } = await internet.tryRun();
  assert.deepEqual(failures, [serving]);
  assert.match(String(serving.error), /on purpose/);
  assert.ok(timeMs < 60_000);
});
