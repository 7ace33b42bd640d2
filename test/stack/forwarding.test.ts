import assert from "node:assert/strict";
import { test } from "node:test";
import { errno } from "../../src/api/errno.ts";
import { IpAddress } from "../../src/stack/ip/address.ts";
import { BLACKHOLE, PROHIBIT, UNREACHABLE_ROUTE } from "../../src/stack/ip/route.ts";
import type { Stack } from "../../src/stack/stack.ts";
import { pattern, payload, ping, pingAgain, take, udp } from "./endpoints.ts";
import { Network, type Segment } from "./network.ts";

const ip = (text: string): IpAddress => IpAddress.parse(text);

interface Routed {
  readonly network: Network;
  readonly a: Stack;
  readonly router: Stack;
  readonly b: Stack;
  readonly left: Segment;
  readonly right: Segment;
}

/** a (10.1.0.1) – router – b (10.2.0.1); the right link may be narrower. */
function routed(rightMtu = 1500): Routed {
  const network = new Network();
  const [a, router, b] = [network.stack(), network.stack({ forwarding: true }), network.stack()];
  const left = network.segment();
  const right = network.segment("ethernet", rightMtu);
  network.attach(a, left, ["10.1.0.1/24", "2001:db8:1::1/64"]);
  network.attach(router, left, ["10.1.0.254/24", "2001:db8:1::ff/64"]);
  network.attach(router, right, ["10.2.0.254/24", "2001:db8:2::ff/64"]);
  network.attach(b, right, ["10.2.0.1/24", "2001:db8:2::1/64"]);
  a.addDefaultRoute("10.1.0.254");
  a.addDefaultRoute("2001:db8:1::ff");
  b.addDefaultRoute("10.2.0.254");
  b.addDefaultRoute("2001:db8:2::ff");
  return { network, a, router, b, left, right };
}

for (const to of ["10.2.0.1", "2001:db8:2::1"]) {
  test(`a router passes on what is for ${to}, with one hop less: RFC 1812 §5.3.1, RFC 8200 §3`, () => {
    const { network, a, right } = routed();
    const { endpoint } = ping(a, to, 5000);
    network.settle();
    const hopLimitAt = to.includes(":") ? 14 + 7 : 14 + 8;
    const isIp = (frame: Uint8Array): boolean => frame[12] === (to.includes(":") ? 0x86 : 8) && frame[13] !== 6;
    const data = right.seen.filter((frame) => isIp(frame) && frame.length > 600);
    assert.ok(data.length >= 4);
    assert.equal(data[0]?.[hopLimitAt], 63);
    assert.deepEqual(take(endpoint)?.subarray(8), pattern(5000));
    assert.equal(network.pool.inUse, 0);
  });

  test(`the last hop of ${to} is told of: Time Exceeded, EHOSTUNREACH`, () => {
    const { network, a } = routed();
    const { endpoint } = ping(a, to, 0);
    network.settle();
    take(endpoint);
    endpoint.queuesErrors = true;
    endpoint.options.hopLimit = 1;
    pingAgain(a, endpoint, to, 20);
    network.settle();
    const error = endpoint.errors.take();
    assert.equal(error?.errno, errno.EHOSTUNREACH);
    assert.equal(error.type, to.includes(":") ? 3 : 11);
    assert.equal(error.offender?.toString(), to.includes(":") ? "2001:db8:1::ff" : "10.1.0.254");
  });

  test(`a host that is not there makes EHOSTUNREACH for ${to}'s neighbour after three requests`, () => {
    const { network, a } = routed();
    const nobody = to.includes(":") ? "2001:db8:2::99" : "10.2.0.99";
    const client = udp(a, to.includes(":") ? "::" : "0.0.0.0", 0);
    client.connect(ip(nobody), 7);
    client.queuesErrors = true;
    client.send(payload(a, pattern(4)));
    network.run(5_000_000);
    assert.equal(client.takeError(), errno.EHOSTUNREACH);
    assert.equal(network.pool.inUse, 0);
  });

  test(`the path's MTU to ${to} is found, kept, and forgotten after ten minutes: RFC 1191, RFC 8201`, () => {
    const { network, a, b } = routed(1300);
    const isV6 = to.includes(":");
    const server = udp(b, isV6 ? "::" : "0.0.0.0", 7);
    const client = udp(a, isV6 ? "::" : "0.0.0.0", 0);
    client.options.mtuDiscovery = 2;
    assert.equal(client.connect(ip(to), 7), 0);
    assert.equal(client.send(payload(a, pattern(1400))), 0);
    network.settle();
    assert.equal(server.queue.count, 0);
    assert.equal(client.takeError(), errno.EMSGSIZE);
    assert.equal(client.path?.mtu, 1300);
    assert.equal(client.send(payload(a, pattern(1400))), -errno.EMSGSIZE);
    client.options.mtuDiscovery = 1;
    assert.equal(client.send(payload(a, pattern(1400))), 0);
    network.settle();
    assert.deepEqual(take(server), pattern(1400));
    network.run(601_000_000);
    client.options.mtuDiscovery = 2;
    assert.equal(client.send(payload(a, pattern(1400))), 0);
    assert.equal(client.path.mtu, 1500);
    network.settle();
    assert.equal(network.pool.inUse, 0);
  });
}

test("a router cuts IPv4 packets that may be cut: RFC 791 §3.2", () => {
  const { network, a, b, right } = routed(600);
  const server = udp(b, "0.0.0.0", 7);
  const client = udp(a, "0.0.0.0", 0);
  client.options.mtuDiscovery = 0;
  client.send(payload(a, pattern(4000)), { address: ip("10.2.0.1"), port: 7 });
  network.settle();
  assert.deepEqual(take(server), pattern(4000));
  assert.ok(right.seen.every((frame) => frame.length <= 614));
  assert.equal(network.pool.inUse, 0);
});

test("routes that lead nowhere say so: to the sender here, and by ICMP to one who is forwarded", () => {
  const { network, a, router } = routed();
  const client = udp(a, "0.0.0.0", 0);
  const kinds = [
    { kind: UNREACHABLE_ROUTE, to: "10.3.0.1", here: errno.EHOSTUNREACH, far: errno.ENETUNREACH },
    { kind: PROHIBIT, to: "10.4.0.1", here: errno.EACCES, far: errno.EHOSTUNREACH },
    { kind: BLACKHOLE, to: "10.5.0.1", here: errno.EINVAL, far: 0 },
  ];
  for (const { kind, to, here, far } of kinds) {
    const local = udp(router, "0.0.0.0", 0);
    router.addRoute({ destination: ip(to), prefixLength: 24, kind });
    assert.equal(local.send(payload(router, pattern(1)), { address: ip(to), port: 7 }), -here);
    client.queuesErrors = true;
    client.send(payload(a, pattern(1)), { address: ip(to), port: 7 });
    network.settle();
    assert.equal(client.takeError(), far, to);
    client.errors.clear();
  }
  assert.equal(network.pool.inUse, 0);
});

test("without a route a destination is ENETUNREACH", () => {
  const network = new Network();
  const a = network.stack();
  network.attach(a, network.segment(), ["10.0.0.1/24"]);
  assert.equal(ping(a, "192.0.2.1", 1).sent, -errno.ENETUNREACH);
  assert.equal(ping(a, "2001:db8::1", 1).sent, -errno.ENETUNREACH);
});

for (const isV6 of [false, true]) {
  test(`a router tells of a nearer one, and the host goes there: ${isV6 ? "RFC 4861 §8" : "RFC 1122 §3.2.2.2"}`, () => {
    const network = new Network();
    const [a, first, second] = [network.stack(), network.stack({ forwarding: true }), network.stack()];
    second.forwarding = true;
    const link = network.segment();
    const net = (host: string): string[] =>
      isV6 ? [`fe80::${host}/64`, `2001:db8::${host}/64`] : [`10.0.0.${host}/24`];
    network.attach(a, link, net("1"));
    network.attach(first, link, net("2"));
    network.attach(second, link, net("3"));
    network.attach(second, network.segment(), [isV6 ? "2001:db8:9::1/64" : "10.9.0.1/24"]);
    const eth0 = a.interfaces.get(2);
    const gateway = (host: string): string => (isV6 ? `fe80::${host}` : `10.0.0.${host}`);
    a.addDefaultRoute(gateway("2"), eth0);
    first.addDefaultRoute(gateway("3"), first.interfaces.get(2));
    const to = isV6 ? "2001:db8:9::1" : "10.9.0.1";
    const { endpoint } = ping(a, to, 10);
    network.run(5_000_000);
    assert.ok(take(endpoint));
    assert.equal(a.ip.routing.redirects.size, 1);
    assert.equal(first.ip.redirects.sent, 1);
    const before = first.ip.forwarding.counters.forwarded;
    pingAgain(a, endpoint, to, 10);
    network.run(5_000_000);
    assert.ok(take(endpoint));
    assert.equal(first.ip.forwarding.counters.forwarded, before);
    assert.equal(network.pool.inUse, 0);
  });
}
