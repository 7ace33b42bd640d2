/** A stack with its sockets: time comes from its pace, and what was asked of it at its making is so. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AF_INET,
  SO_KEEPALIVE,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  SOL_TCP,
  TCP_CONGESTION,
  TCP_INFO,
  TCP_KEEPIDLE,
} from "../../src/api/constants.ts";
import { SystemRandom } from "../../src/realtime/random.ts";
import { HostedStack, type HostedStackOptions } from "../../src/stack/hosted-stack.ts";
import type { Pace } from "../../src/stack/pace.ts";
import { HostedNetwork } from "./hosted-network.ts";

const BOB = { family: AF_INET, address: "10.0.0.2", port: 7 } as const;

/** A network of Alice and Bob, who listens. */
function pair(options: Partial<HostedStackOptions> = {}): { network: HostedNetwork; caller: number; listener: number } {
  const network = new HostedNetwork();
  const { kernel } = network.host("alice", ["10.0.0.1/24"], options);
  const bob = network.host("bob", ["10.0.0.2/24"]).kernel;
  const listener = bob.socket(AF_INET, SOCK_STREAM);
  bob.bind(listener, BOB);
  bob.listen(listener);
  return { network, caller: kernel.socket(AF_INET, SOCK_STREAM), listener };
}

test("a round trip is measured from the very first moment of the clock on", async () => {
  const { network, caller } = pair();
  const { kernel } = network.hosts[0] as (typeof network.hosts)[0];
  assert.equal(network.nowUs, 0);
  await network.run(kernel.connect(caller, BOB));
  // A frame takes a millisecond; the SYN waited for the neighbour's address.
  assert.equal(kernel.getsockopt(caller, SOL_TCP, TCP_INFO).rttUs, 4000);
});

test("TCP's sockets begin with what the stack was given", () => {
  const options = { receiveBuffer: { initial: 65_536 }, sendBuffer: { initial: 20_000 } };
  const { network, caller } = pair({ tcp: { ...options, congestionControl: "reno", keepAliveIdleS: 33 } });
  const [alice, bob] = network.hosts.map(({ kernel }) => kernel);
  assert.ok(alice !== undefined && bob !== undefined);
  assert.equal(alice.getsockopt(caller, SOL_TCP, TCP_CONGESTION), "reno");
  assert.equal(alice.getsockopt(caller, SOL_SOCKET, SO_RCVBUF), 65_536);
  assert.equal(alice.getsockopt(caller, SOL_SOCKET, SO_SNDBUF), 20_000);
  assert.equal(alice.getsockopt(caller, SOL_TCP, TCP_KEEPIDLE), 33);
  assert.equal(alice.getsockopt(caller, SOL_SOCKET, SO_KEEPALIVE), false);
  const other = bob.socket(AF_INET, SOCK_STREAM);
  assert.equal(bob.getsockopt(other, SOL_TCP, TCP_CONGESTION), "cubic");
  assert.throws(() => pair({ tcp: { ecn: 7 as never } }), { code: "ERR_OUT_OF_RANGE" });
});

test("who waits holds the program, and no more when it is done or aborted", async () => {
  const { network, caller } = pair();
  const alice = network.hosts[0] as (typeof network.hosts)[0];
  assert.equal(alice.held, 0);
  const connecting = alice.kernel.connect(caller, BOB);
  assert.equal(alice.held, 1);
  await network.run(connecting);
  assert.equal(alice.held, 0);
  const stop = new AbortController();
  const receiving = alice.kernel.recv(caller, new Uint8Array(4), 0, { signal: stop.signal });
  assert.equal(alice.held, 1);
  stop.abort();
  await assert.rejects(receiving, { name: "AbortError" });
  assert.equal(alice.held, 0);
});

/** A pace that only notes what it is asked for. */
class NotingPace implements Pace {
  readonly epochMs = 0;
  readonly asked: string[] = [];
  time = 5_000_000;
  nowUs = (): number => this.time;
  wake = (): void => void this.asked.push("wake");
  wakeNextTurn = (): void => void this.asked.push("turn");
  deadlineChanged = (): void => undefined;
  hold = (): void => void this.asked.push("hold");
  release = (): void => void this.asked.push("release");
  throwLater = (error: unknown): void => void this.asked.push(String(error));
}

test("a stack does nothing by itself: it asks its pace, and `run` and `turn` do it", async () => {
  const pace = new NotingPace();
  const stack = new HostedStack({ pace, random: new SystemRandom() });
  const { kernel } = stack;
  const fd = kernel.socket(AF_INET, SOCK_DGRAM);
  kernel.bind(fd, { family: AF_INET, address: "127.0.0.1", port: 0 });
  const buffer = new Uint8Array(4);
  let received = -1;
  const receiving = kernel.recv(fd, buffer).then((bytes) => (received = bytes));
  assert.deepEqual(pace.asked, ["hold"]);
  await kernel.sendto(fd, Uint8Array.of(1, 2), 0, kernel.getsockname(fd));
  assert.ok(pace.asked.includes("wake"));
  assert.equal(received, -1);
  stack.run();
  await receiving;
  assert.equal(received, 2);
  assert.equal(pace.asked.at(-1), "release");
  let slept = false;
  // waits for: the pace's time
  const sleeping = kernel.clock.sleep(10).then(() => (slept = true));
  assert.equal(stack.nextDeadlineUs(), 5_010_000);
  stack.run();
  await Promise.resolve();
  assert.equal(slept, false);
  pace.time += 10_000;
  stack.run();
  await sleeping;
  assert.equal(kernel.clock.now(), 5010);
});

test("an interface is attached and inspected; names and addresses are each one's own", () => {
  const network = new HostedNetwork();
  const { stack } = network.host("alice", ["10.0.0.1/24", "fd00::1/64"]);
  const { interfaces, name } = stack.inspect() as { interfaces: { name: string; addresses: string[] }[]; name: string };
  assert.equal(name, "stack");
  assert.deepEqual(
    interfaces.map((iface) => iface.name),
    ["lo", "eth0"],
  );
  assert.ok(interfaces[1]?.addresses.includes("10.0.0.1/24"));
  const device = {
    kind: "ip",
    mtu: 1500,
    offload: { checksum: true, segmentation: true },
    transmit: () => undefined,
  } as const;
  assert.throws(() => stack.attach(device, { name: "eth0" }), { code: "EEXIST" });
  assert.throws(() => stack.attach(device, { addresses: ["10.0.0.300/24"] }), { code: "ERR_INVALID_ARG_VALUE" });
  assert.throws(() => stack.addDefaultRoute("203.0.113.1"), { code: "ENETUNREACH" });
});

test("a connect of UDP that has no way leaves the connection, its port and its address: ENETUNREACH", async () => {
  const { network } = pair();
  const { kernel } = network.hosts[0] as (typeof network.hosts)[0];
  const fd = kernel.socket(AF_INET, SOCK_DGRAM);
  await kernel.connect(fd, BOB);
  const own = kernel.getsockname(fd);
  await assert.rejects(kernel.connect(fd, { ...BOB, address: "203.0.113.1" }), { code: "ENETUNREACH" });
  assert.deepEqual(kernel.getpeername(fd), BOB);
  assert.deepEqual(kernel.getsockname(fd), own);
});
