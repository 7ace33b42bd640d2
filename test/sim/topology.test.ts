import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  dataCentre,
  type Host,
  hostTable,
  homes,
  Internet,
  lan,
  type NatKind,
  type SimKernel,
  twoSites,
} from "../../src/sim.ts";
import { ask, echoClient, echoServerOn, hear, whoAmI } from "./network-programs.ts";
import { AF_INET, SOCK_DGRAM } from "../../src/api/constants.ts";

describe("a switch", () => {
  test("everybody on it reaches everybody, and hears no one else's words", async () => {
    const internet = new Internet();
    const { hosts, switch: hub } = lan(internet, { hosts: 3, ipv6: false, link: { delayMs: 1 } });
    const [server, client, bystander] = hosts as [Host, Host, Host];
    server.run(echoServerOn, 7);
    const call = client.run(echoClient, "10.0.0.1", 7, "hello");
    await internet.run();
    assert.equal(call.result, "hello");
    assert.deepEqual(Array.from(hub.addresses().values()), ["lan-switch.2", "lan-switch.1"]);
    // The question for the server's hardware address, and nothing of the connection.
    assert.equal(bystander.interfaces[0]?.attached?.counters.receivedPackets, 1);
    assert.equal(internet.context.pool.inUse, 0);
  });

  test("a loop of switches is refused", () => {
    const internet = new Internet();
    const [a, b, c] = [internet.switch("a"), internet.switch("b"), internet.switch("c")];
    internet.link(a, b);
    internet.link(b, c);
    assert.throws(() => internet.link(c, a), { code: "ERR_INVALID_ARG_VALUE", message: /loop of switches/ });
  });
});

describe("routers", () => {
  test("two sites reach each other through their routers, over IPv4 and IPv6", async () => {
    const internet = new Internet();
    const { sites } = twoSites(internet, { hosts: 2, wan: { delayMs: 10, bandwidthMbps: 10 } });
    const [server, client] = sites.map(({ hosts }) => hosts[0]) as [Host, Host];
    server.run(echoServerOn, 7);
    const call = client.run(echoClient, "10.1.0.1", 7, "x".repeat(100_000));
    await internet.run();
    assert.equal((call.result as string).length, 100_000);
    assert.match(hostTable(client, "routes"), /^0\.0\.0\.0\/0 via 10\.2\.255\.254 dev eth0/m);
    assert.match(hostTable(client, "routes"), /::\/0 via fd00:2::fffe dev eth0/);
  });

  test("in a data centre every host reaches every other, rack or spine between them", async () => {
    const internet = new Internet();
    const { hosts } = dataCentre(internet, { racks: 3, hostsPerRack: 2 });
    for (const host of hosts) host.run(whoAmI, 5000);
    const asked = hosts.flatMap((from) =>
      hosts
        .filter((to) => to !== from)
        .map((to) => {
          const address = (to.interfaces[0]?.options.addresses?.[0] ?? "").split("/")[0] ?? "";
          return from.run(ask, address, 5000);
        }),
    );
    await internet.run();
    for (const { result, host } of asked) {
      const own = host.interfaces[0]?.options.addresses?.[0]?.split("/")[0];
      assert.match(String(result), new RegExp(`^${own}:`));
    }
  });

  test("a host without a route says so, and a topology that cannot be is refused when it runs", async () => {
    const internet = new Internet();
    const host = internet.host("host", "10.0.0.1/24");
    assert.throws(() => host.addRoute("10.9.0.0/16", "10.1.0.1"), { code: "ENETUNREACH" });
    assert.throws(() => host.addRoute("10.9.0.0", "10.0.0.2"), { code: "ERR_INVALID_ARG_VALUE", message: /prefix/ });
    const twin = internet.host("twin", "10.0.0.1/24");
    internet.link(host, twin);
    await assert.rejects(internet.run(), { code: "ERR_INVALID_ARG_VALUE", message: /host\.eth0 and twin\.eth0/ });
    const small = new Internet();
    const six = small.host("six", "fd00::1/64");
    small.link(six, small.host("other", "fd00::2/64"), { mtu: 1000 });
    await assert.rejects(small.run(), { code: "ERR_INVALID_ARG_VALUE", message: /at least 1280 on six\.eth0/ });
  });
});

describe("home users behind translators", () => {
  test("a server sees the router's address, and the answer finds its way in", async () => {
    const internet = new Internet();
    const made = homes(internet, { homes: 2 });
    made.servers[0]?.run(whoAmI, 3478);
    const asked = made.homes.map(({ hosts }) => hosts[0]!.run(ask, "203.0.113.101", 3478, 5000));
    await internet.run();
    assert.deepEqual(
      asked.map(({ result }) => result),
      ["203.0.113.1:5000", "203.0.113.2:5000"],
    );
    assert.deepEqual(
      made.homes[0]?.nat.mappings().map(({ protocol, inside, outside }) => [protocol, inside, outside]),
      [["udp", "192.168.1.1:5000", "203.0.113.1:5000"]],
    );
    assert.equal(internet.context.pool.inUse, 0);
  });

  test("TCP goes through, large and with loss", async () => {
    const internet = new Internet({ seed: 3 });
    const made = homes(internet, { homes: 1, access: { delayMs: 5, bandwidthMbps: 50, loss: 0.02 } });
    made.servers[0]?.run(echoServerOn, 80);
    const call = made.homes[0]?.hosts[0]?.run(echoClient, "203.0.113.101", 80, "x".repeat(200_000));
    await internet.run();
    assert.equal(call?.result, "x".repeat(200_000));
  });

  /** RFC 5128 §3.3: both learn their outside endpoint from a server, then speak to each other's. */
  async function punch(kernel: SimKernel, peer: string): Promise<string | undefined> {
    const fd = kernel.socket(AF_INET, SOCK_DGRAM);
    kernel.bind(fd, { family: AF_INET, address: "0.0.0.0", port: 5000 });
    const server = { family: AF_INET, address: "203.0.113.101", port: 3478 } as const;
    await kernel.sendto(fd, new Uint8Array(1), 0, server);
    await hear(kernel, fd, 1000);
    const hello = new TextEncoder().encode("hello");
    // Twice: the first opens the own translator, and may be turned away by the other's.
    for (let i = 0; i < 2; i++) {
      await kernel.sendto(fd, hello, 0, { family: AF_INET, address: peer, port: 5000 });
      await kernel.clock.sleep(500); // waits for: half a second of virtual time, in which the other speaks
    }
    return hear(kernel, fd, 1000);
  }

  const pairs: readonly [NatKind, NatKind, boolean][] = [
    ["full-cone", "symmetric", true],
    ["port-restricted", "port-restricted", true],
    ["address-restricted", "symmetric", true],
    ["port-restricted", "symmetric", false],
    ["symmetric", "symmetric", false],
  ];
  for (const [one, other, works] of pairs) {
    test(`hole punching between ${one} and ${other} ${works ? "works" : "fails"}`, async () => {
      const internet = new Internet();
      const made = homes(internet, { homes: [one, other], nat: { ports: [20_000, 30_000] } });
      made.servers[0]?.run(whoAmI, 3478);
      const [a, b] = made.homes.map(({ hosts }) => hosts[0]!);
      const heard = [a!.run(punch, "203.0.113.2"), b!.run(punch, "203.0.113.1")];
      await internet.run();
      const isHeard = heard.map(({ result }) => result === "hello");
      assert.equal(isHeard.includes(true), works, String(isHeard));
    });
  }

  test("a forwarded port leads in, and an inside host uses it too", async () => {
    const internet = new Internet();
    const server = internet.host("server", "192.168.1.1/24", { gateway: "192.168.1.254" });
    const inside = internet.host("inside", "192.168.1.2/24", { gateway: "192.168.1.254" });
    const outside = internet.host("outside", "203.0.113.9/24");
    const router = internet.router("router", ["203.0.113.1/24", "192.168.1.254/24"]);
    const hub = internet.switch("hub");
    for (const one of [server, inside, router.interface("eth1")]) internet.link(one, hub);
    internet.link(router.interface("eth0"), outside);
    internet.nat(router, { forwards: [{ protocol: "tcp", port: 80, address: "192.168.1.1", toPort: 8080 }] });
    server.run(echoServerOn, 8080);
    const calls = [outside, inside].map((host) => host.run(echoClient, "203.0.113.1", 80, "hello"));
    await internet.run();
    assert.deepEqual(
      calls.map(({ result }) => result),
      ["hello", "hello"],
    );
  });

  test("options that are none are refused", () => {
    const internet = new Internet();
    const host = internet.host("host", "10.0.0.1/24");
    assert.throws(() => internet.nat(host), { code: "ERR_INVALID_ARG_VALUE", message: /router/ });
    const router = internet.router("router", ["fd00::1/64"]);
    assert.throws(() => internet.nat(router), { code: "ERR_INVALID_ARG_VALUE", message: /IPv4/ });
  });
});
