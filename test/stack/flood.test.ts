import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../src/stack/ip/address.ts";
import { MAX_CACHED_PATHS } from "../../src/stack/ip/path-cache.ts";
import { MAX_PATH_MTUS } from "../../src/stack/ip/path-mtu-cache.ts";
import { MAX_REASSEMBLIES, MAX_REASSEMBLY_BYTES } from "../../src/stack/ip/reassembly.ts";
import { MAX_NEIGHBOURS, MAX_WAITING, MAX_WAITING_ALL } from "../../src/stack/link/neighbour-cache.ts";
import type { Stack } from "../../src/stack/stack.ts";
import { sealIcmpv4 } from "../../src/wire/icmpv4.ts";
import { emitIpv4 } from "../../src/wire/ipv4.ts";
import { IpHeader } from "../../src/wire/ip-header.ts";
import { pattern, payload, ping, take, Told, udp } from "./endpoints.ts";
import { Network } from "./network.ts";

const ip = (text: string): IpAddress => IpAddress.parse(text);

/** Hands over an IPv4 packet as if a point-to-point link had brought it. */
function inject(stack: Stack, iface: number, header: Partial<IpHeader>, bytes: number): void {
  const packet = stack.context.pool.allocate(bytes);
  const link = stack.interfaces.get(iface);
  assert.ok(packet && link);
  packet.end = packet.start + bytes;
  packet.prepend(20);
  emitIpv4(packet.view, packet.start, Object.assign(new IpHeader(), { hopLimit: 64, protocol: 17 }, header), bytes);
  stack.receive(link, packet);
}

test("fragments that never get whole stay within their limits, and go after half a minute", () => {
  const network = new Network();
  const [a, b] = [network.stack(), network.stack()];
  const link = network.segment("ip");
  network.attach(a, link, ["10.0.0.1/24"]);
  const iface = network.attach(b, link, ["10.0.0.2/24"]);
  const destination3 = ip("10.0.0.2").w3;
  for (let i = 0; i < 5000; i++) {
    const source3 = ip("10.0.0.1").w3;
    inject(b, iface.index, { source3, destination3, identification: i, moreFragments: true }, 1400);
  }
  assert.equal(b.ip.reassembly.size, MAX_REASSEMBLIES);
  assert.ok(b.ip.reassembly.bytes <= MAX_REASSEMBLY_BYTES);
  assert.equal(b.ip.reassembly.counters.evicted, 5000 - MAX_REASSEMBLIES);
  // One packet of very many fragments is bounded too, by its memory.
  for (let i = 0; i < 3000; i++) {
    const fragmentOffset = 16 * (i + 1);
    inject(b, iface.index, { source3: 1 << 24, destination3, fragmentOffset, moreFragments: true }, 8);
  }
  assert.ok(b.ip.reassembly.bytes <= MAX_REASSEMBLY_BYTES);
  network.run(31_000_000);
  assert.equal(b.ip.reassembly.size, 0);
  assert.equal(b.ip.reassembly.bytes, 0);
  assert.equal(network.pool.inUse, 0);
});

test("packets for hosts that are not there fill neither the neighbour cache nor its queues: RFC 6583 §5", () => {
  const network = new Network();
  const [a, router] = [network.stack(), network.stack({ forwarding: true })];
  const left = network.segment("ip");
  network.attach(a, left, ["10.0.0.1/30"]);
  const iface = network.attach(router, left, ["10.0.0.2/30"]);
  network.attach(router, network.segment(), ["10.8.0.1/16"]);
  const source3 = ip("10.0.0.1").w3;
  for (let i = 0; i < 20_000; i++) {
    inject(router, iface.index, { source3, destination3: ip("10.8.0.2").w3 + (i % 5000) }, 100);
    if (i % 100 === 0) network.settle();
  }
  assert.equal(router.neighbours.size, MAX_NEIGHBOURS);
  assert.ok(router.neighbours.waiting <= MAX_WAITING_ALL);
  assert.ok(router.ip.paths.size <= MAX_CACHED_PATHS);
  for (let i = 0; i < 200; i++) inject(router, iface.index, { source3, destination3: ip("10.8.99.99").w3 }, 100);
  const last = [...router.neighbours].at(-1);
  assert.equal(last?.waiting, MAX_WAITING);
  network.run(60_000_000);
  assert.equal(router.neighbours.waiting, 0);
  assert.equal(network.pool.inUse, 0);
  // Errors were sent within their rate: a burst of six to one host, then one a second.
  assert.ok(router.ip.errors.sent <= 6 + 60);
  assert.ok(router.ip.errors.limit.suppressed > 1000);
});

test("errors of many destinations leave at a thousand a second at most: RFC 1812 §4.3.2.8", () => {
  const network = new Network();
  const [a, b] = [network.stack(), network.stack()];
  const link = network.segment("ip");
  network.attach(a, link, ["10.0.0.1/8"]);
  const iface = network.attach(b, link, ["10.0.0.2/8"]);
  for (let i = 0; i < 3000; i++) {
    inject(b, iface.index, { source3: ip("10.1.0.0").w3 + i, destination3: ip("10.0.0.2").w3, protocol: 200 }, 20);
  }
  network.settle();
  assert.equal(b.ip.errors.sent, 50);
  network.run(10_000);
  for (let i = 0; i < 100; i++) {
    inject(b, iface.index, { source3: ip("10.2.0.0").w3 + i, destination3: ip("10.0.0.2").w3, protocol: 200 }, 20);
  }
  assert.equal(b.ip.errors.sent, 60);
  network.settle();
  assert.equal(network.pool.inUse, 0);
});

test("who scans ports is not told of each", () => {
  const network = new Network();
  const [a, b] = [network.stack(), network.stack()];
  const link = network.segment();
  network.attach(a, link, ["10.0.0.1/24"]);
  network.attach(b, link, ["10.0.0.2/24"]);
  const scanner = udp(a, "0.0.0.0", 0);
  scanner.queuesErrors = true;
  for (let port = 1; port <= 200; port++) scanner.send(payload(a, pattern(1)), { address: ip("10.0.0.2"), port });
  network.settle();
  let told = 0;
  while (scanner.errors.take() !== undefined) told++;
  assert.equal(told, 6);
});

test("reports of narrow paths are kept for so many destinations, and only when something was sent there", () => {
  const network = new Network();
  const [a, router] = [network.stack(), network.stack({ forwarding: true })];
  const left = network.segment();
  network.attach(a, left, ["10.0.0.1/24"]);
  network.attach(router, left, ["10.0.0.254/24"]);
  network.attach(router, network.segment("ip", 1000), ["10.8.0.1/16"]);
  a.addDefaultRoute("10.0.0.254");
  const sender = udp(a, "0.0.0.0", 0);
  sender.options.mtuDiscovery = 2;
  for (let i = 0; i < 2000; i++) {
    sender.send(payload(a, pattern(1200)), { address: IpAddress.v4(ip("10.8.0.2").w3 + i), port: 7 });
    network.settle();
  }
  assert.equal(a.ip.routing.pathMtus.size, MAX_PATH_MTUS);
  assert.ok(a.ip.paths.size <= MAX_CACHED_PATHS);
  // Nobody sent from port 9, so a report of it is not believed; one of the true port is.
  const forge = (port: number): number => {
    const endpoint = router.raw.open(new Told(), 4, 1);
    const message = new Uint8Array(8 + 28);
    message.set([3, 4, 0, 0, 0, 0, 3, 0x84]);
    const ports = [port >>> 8, port & 0xff, 0, 7, 3, 0, 0, 0];
    message.set([0x45, 0, 4, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 8, 99, 99, ...ports], 8);
    const packet = payload(router, message);
    sealIcmpv4(packet.view, packet.start, packet.end);
    assert.equal(endpoint?.send(packet, { address: ip("10.0.0.1"), port: 0 }), 0);
    network.settle();
    return a.ip.routing.pathMtus.mtu(ip("10.8.99.99"));
  };
  assert.equal(forge(9), Infinity);
  assert.equal(forge(sender.localPort), 900);
});

test("a loopback that answers itself without end stops at the backlog's limit", () => {
  const network = new Network();
  const a = network.stack();
  const server = udp(a, "127.0.0.1", 7);
  const client = udp(a, "127.0.0.1", 8);
  for (let i = 0; i < 1500; i++) client.send(payload(a, pattern(1)), { address: ip("127.0.0.1"), port: 7 });
  assert.equal(a.inspect().counters["backlog.dropped"], 500);
  network.settle();
  assert.ok(server.queue.count > 0);
  server.close();
  client.close();
  const { endpoint } = ping(a, "127.0.0.1", 1);
  network.settle();
  assert.ok(take(endpoint));
  assert.equal(network.pool.inUse, 0);
});
