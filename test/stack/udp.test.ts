import assert from "node:assert/strict";
import { test } from "node:test";
import { errno } from "../../src/api/errno.ts";
import { readArrival, Arrival } from "../../src/stack/datagram/arrival.ts";
import { FAILED, READABLE } from "../../src/stack/datagram/owner.ts";
import { IpAddress } from "../../src/stack/ip/address.ts";
import { CHECKSUM_VERIFIED } from "../../src/stack/packet.ts";
import type { Stack } from "../../src/stack/stack.ts";
import { MAX_SEGMENTS } from "../../src/stack/udp/udp.ts";
import { pattern, payload, take, Told, udp } from "./endpoints.ts";
import { Network, type Segment } from "./network.ts";

const ip = (text: string): IpAddress => IpAddress.parse(text);

interface Pair {
  readonly network: Network;
  readonly a: Stack;
  readonly b: Stack;
  readonly link: Segment;
}

/** Two stacks, 10.0.0.1 and 10.0.0.2, on one Ethernet. */
function pair(): Pair {
  const network = new Network();
  const [a, b] = [network.stack(), network.stack()];
  const link = network.segment();
  network.attach(a, link, ["10.0.0.1/24", "2001:db8::1/64"]);
  network.attach(b, link, ["10.0.0.2/24", "2001:db8::2/64"]);
  return { network, a, b, link };
}

test("a datagram arrives whole, and the owner is told once for a batch: RFC 768", () => {
  const { network, a, b } = pair();
  const server = udp(b, "0.0.0.0", 7);
  const client = udp(a, "0.0.0.0", 0);
  for (const length of [0, 1, 1472, 1473, 65_507]) {
    assert.equal(client.send(payload(a, pattern(length)), { address: ip("10.0.0.2"), port: 7 }), 0);
  }
  network.settle();
  assert.deepEqual((server.owner as Told).events.length > 0, true);
  assert.ok((server.owner as Told).events.every((events) => events === READABLE));
  const arrival = readArrival(server.queue.first as never, new Arrival());
  assert.equal(arrival.sourcePort, client.localPort);
  assert.equal(arrival.ip.source3, ip("10.0.0.1").w3);
  assert.equal(arrival.iface, 2);
  for (const length of [0, 1, 1472, 1473, 65_507]) assert.deepEqual(take(server), pattern(length));
  assert.equal(network.pool.inUse, 0);
});

test("a payload that no datagram holds is EMSGSIZE; and so is one for the path that may not be cut", () => {
  const { network, a, b } = pair();
  udp(b, "0.0.0.0", 7);
  const client = udp(a, "0.0.0.0", 0);
  const to = { address: ip("10.0.0.2"), port: 7 };
  assert.equal(client.send(payload(a, pattern(65_508)), to), -errno.EMSGSIZE);
  client.options.mtuDiscovery = 2;
  client.queuesErrors = true;
  assert.equal(client.send(payload(a, pattern(1473)), to), -errno.EMSGSIZE);
  network.settle();
  assert.equal(client.errors.take()?.info, 1500);
  assert.equal(client.send(payload(a, pattern(1472)), to), 0);
});

test("a connected endpoint hears its peer alone, and is told of a closed port: RFC 1122 §4.1.3.3", () => {
  const { network, a, b } = pair();
  const client = udp(a, "0.0.0.0", 5000);
  assert.equal(client.connect(ip("10.0.0.2"), 7), 0);
  assert.ok(client.local.equals(ip("10.0.0.1")));
  const stranger = udp(b, "0.0.0.0", 8);
  stranger.send(payload(b, pattern(1)), { address: ip("10.0.0.1"), port: 5000 });
  network.settle();
  assert.equal(take(client), undefined);
  client.send(payload(a, pattern(3)));
  network.settle();
  assert.ok((client.owner as Told).events.includes(FAILED));
  assert.equal(client.takeError(), errno.ECONNREFUSED);
  assert.equal(client.takeError(), 0);
  const peer = udp(b, "10.0.0.2", 7);
  peer.send(payload(b, pattern(4)), { address: ip("10.0.0.1"), port: 5000 });
  network.settle();
  assert.deepEqual(take(client), pattern(4));
  client.disconnect();
  assert.ok(client.local.isUnspecified);
  assert.equal(client.localPort, 5000);
});

test("an endpoint that is not connected learns of errors when it asked for them: ip(7), IP_RECVERR", () => {
  const { network, a } = pair();
  const client = udp(a, "0.0.0.0", 0);
  const to = { address: ip("10.0.0.2"), port: 9 };
  client.send(payload(a, pattern(5)), to);
  network.settle();
  assert.equal(client.takeError(), 0);
  client.queuesErrors = true;
  client.send(payload(a, pattern(5)), to);
  network.settle();
  const error = client.errors.take();
  assert.equal(error?.errno, errno.ECONNREFUSED);
  assert.equal(error.origin, 2);
  assert.equal(`${error.type} ${error.code}`, "3 3");
  assert.equal(error.offender?.toString(), "10.0.0.2");
  assert.equal(`${error.destination.toString()}:${error.port}`, "10.0.0.2:9");
  assert.deepEqual(error.payload, pattern(5));
});

test("who binds what: the same address and port only with SO_REUSEADDR or SO_REUSEPORT on both", () => {
  const { a } = pair();
  const first = udp(a, "0.0.0.0", 53);
  const second = a.udp.open(new Told(), 4);
  assert.equal(second.bind(ip("10.0.0.1"), 53), -errno.EADDRINUSE);
  second.reusesAddress = true;
  assert.equal(second.bind(ip("10.0.0.1"), 53), -errno.EADDRINUSE);
  first.reusesAddress = true;
  assert.equal(second.bind(ip("10.0.0.1"), 53), 0);
  assert.equal(second.bind(ip("10.0.0.1"), 54), -errno.EINVAL);
  const third = a.udp.open(new Told(), 6);
  assert.equal(third.bind(ip("::"), 53), -errno.EADDRINUSE);
  third.isV6Only = true;
  assert.equal(third.bind(ip("::"), 53), 0);
  assert.equal(a.udp.open(new Told(), 4).bind(ip("10.9.9.9"), 1), -errno.EADDRNOTAVAIL);
});

test("the best fit hears a datagram: the address before any, the last bound of equals", () => {
  const { network, a, b } = pair();
  const any = udp(b, "0.0.0.0", 7);
  any.reusesAddress = true;
  const bound = b.udp.open(new Told(), 4);
  bound.reusesAddress = true;
  assert.equal(bound.bind(ip("10.0.0.2"), 7), 0);
  const client = udp(a, "0.0.0.0", 0);
  const send = (): void => {
    client.send(payload(a, pattern(1)), { address: ip("10.0.0.2"), port: 7 });
    network.settle();
  };
  send();
  assert.deepEqual([any.queue.count, bound.queue.count], [0, 1]);
  bound.close();
  send();
  assert.equal(any.queue.count, 1);
});

test("SO_REUSEPORT keeps a sender with one of those that share, and spreads senders", () => {
  const { network, a, b } = pair();
  const servers = [0, 1, 2].map(() => {
    const server = b.udp.open(new Told(), 4);
    server.reusesPort = true;
    assert.equal(server.bind(ip("0.0.0.0"), 7), 0);
    return server;
  });
  for (let i = 0; i < 30; i++) {
    const client = udp(a, "0.0.0.0", 0);
    for (let again = 0; again < 2; again++) client.send(payload(a, pattern(1)), { address: ip("10.0.0.2"), port: 7 });
  }
  network.settle();
  const counts = servers.map((server) => server.queue.count);
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    60,
  );
  assert.ok(counts.every((count) => count > 0 && count % 2 === 0));
});

test("an IPv6 endpoint hears IPv4 too, and answers it, unless it is told not to", () => {
  const { network, a, b } = pair();
  const server = udp(b, "::", 7);
  const client = udp(a, "0.0.0.0", 0);
  client.send(payload(a, pattern(9)), { address: ip("10.0.0.2"), port: 7 });
  network.settle();
  assert.deepEqual(take(server), pattern(9));
  server.send(payload(b, pattern(8)), { address: ip("10.0.0.1"), port: client.localPort });
  network.settle();
  assert.deepEqual(take(client), pattern(8));
});

test("a receive queue is bounded, and counts what it had to drop", () => {
  const { network, a, b } = pair();
  const server = udp(b, "0.0.0.0", 7);
  server.queue.limitBytes = 4000;
  const client = udp(a, "0.0.0.0", 0);
  for (let i = 0; i < 20; i++) client.send(payload(a, pattern(1000)), { address: ip("10.0.0.2"), port: 7 });
  network.settle();
  assert.equal(server.queue.count, 3);
  assert.equal(server.queue.dropped, 17);
  server.close();
  assert.equal(network.pool.inUse, 0);
});

test("a super-datagram is cut into equal datagrams: UDP_SEGMENT", () => {
  const { network, a, b, link } = pair();
  const server = udp(b, "0.0.0.0", 7);
  const client = udp(a, "0.0.0.0", 0);
  client.segmentBytes = 1000;
  const to = { address: ip("10.0.0.2"), port: 7 };
  assert.equal(client.send(payload(a, pattern(3500)), to), 0);
  network.settle();
  assert.deepEqual([take(server), take(server)], [pattern(3500).subarray(0, 1000), pattern(3500).subarray(1000, 2000)]);
  assert.equal(take(server)?.length, 1000);
  assert.equal(take(server)?.length, 500);
  assert.ok(link.seen.every((frame) => frame.length <= 1514));
  client.segmentBytes = 10;
  assert.equal(client.send(payload(a, pattern(10 * MAX_SEGMENTS + 1)), to), -errno.EINVAL);
  assert.equal(network.pool.inUse, 0);
});

test("what is not this machine's address is nobody's to send from", () => {
  const { network, a } = pair();
  const client = udp(a, "0.0.0.0", 0);
  const to = { address: ip("10.0.0.2"), port: 7 };
  assert.equal(client.send(payload(a, pattern(1)), { ...to, source: ip("10.0.0.9") }), -errno.EINVAL);
  assert.equal(client.send(payload(a, pattern(1)), { ...to, source: ip("10.0.0.1") }), 0);
  network.settle();
  assert.equal(network.pool.inUse, 0);
});

test("a wrong checksum is dropped and counted; none at all is right over IPv4 alone: RFC 8200 §8.1", () => {
  const { network, a, b, link } = pair();
  const server = udp(b, "0.0.0.0", 7);
  const client = udp(a, "0.0.0.0", 0);
  const to = { address: ip("10.0.0.2"), port: 7 };
  client.send(payload(a, pattern(100)), to);
  network.settle();
  link.lose = (packet) => {
    packet.bytes[packet.end - 1] = 1;
    return false;
  };
  client.send(payload(a, pattern(100)), to);
  network.settle();
  assert.equal(server.queue.count, 1);
  assert.equal(b.udp.counters.checksumErrors, 1);
  // A device that looked at the checksum itself says so.
  link.lose = (packet) => {
    packet.bytes[packet.end - 1] = 1;
    packet.checksum = CHECKSUM_VERIFIED;
    return false;
  };
  client.send(payload(a, pattern(100)), to);
  network.settle();
  assert.equal(server.queue.count, 2);
  link.lose = () => false;
  client.omitsChecksum = true;
  client.send(payload(a, pattern(100)), to);
  network.settle();
  assert.equal(server.queue.count, 3);
});

test("a broadcast needs leave, and comes to all that hear it, the sender's machine too: RFC 919", () => {
  const { network, a, b } = pair();
  const server = udp(b, "0.0.0.0", 7);
  const own = udp(a, "0.0.0.0", 7);
  const client = udp(a, "0.0.0.0", 0);
  for (const address of ["10.0.0.255", "255.255.255.255"]) {
    const to = { address: ip(address), port: 7, iface: 2 };
    client.mayBroadcast = false;
    assert.equal(client.send(payload(a, pattern(1)), to), -errno.EACCES);
    client.mayBroadcast = true;
    assert.equal(client.send(payload(a, pattern(1)), to), 0);
    network.settle();
    assert.deepEqual([take(server), take(own)], [pattern(1), pattern(1)], address);
  }
  assert.equal(network.pool.inUse, 0);
});
