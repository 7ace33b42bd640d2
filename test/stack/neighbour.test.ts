import assert from "node:assert/strict";
import { test } from "node:test";
import { errno } from "../../src/api/errno.ts";
import { IpAddress } from "../../src/stack/ip/address.ts";
import { NEIGHBOUR_STATES } from "../../src/stack/link/neighbour.ts";
import type { Stack } from "../../src/stack/stack.ts";
import { pattern, payload, ping, pingAgain, take, udp } from "./endpoints.ts";
import { Network, type Segment } from "./network.ts";

const ip = (text: string): IpAddress => IpAddress.parse(text);
const ETH0 = 2;

function state(stack: Stack, address: string): string | undefined {
  const neighbour = stack.neighbours.find(ip(address), ETH0);
  return neighbour === undefined ? undefined : NEIGHBOUR_STATES[neighbour.state];
}

interface Pair {
  readonly network: Network;
  readonly a: Stack;
  readonly b: Stack;
  readonly link: Segment;
}

function pair(): Pair {
  const network = new Network();
  const [a, b] = [network.stack(), network.stack()];
  const link = network.segment();
  network.attach(a, link, ["10.0.0.1/24", "fe80::1/64"]);
  network.attach(b, link, ["10.0.0.2/24", "fe80::2/64"]);
  network.run(5_000_000);
  return { network, a, b, link };
}

/** Frames that ask for an address: ARP requests, neighbour solicitations; "all" when they go to a group. */
function requests(link: Segment): string[] {
  const asks = link.seen.filter((frame) => {
    const isArp = frame[12] === 8 && frame[13] === 6 && frame[21] === 1;
    const isNs = frame[12] === 0x86 && frame[20] === 58 && frame[54] === 135;
    return isArp || isNs;
  });
  link.seen.length = 0;
  return asks.map((frame) => (((frame[0] as number) & 1) === 1 ? "all" : "one"));
}

for (const [address, protocol] of [
  ["10.0.0.2", "RFC 826"],
  ["fe80::2", "RFC 4861 §7.3"],
] as const) {
  test(`a neighbour is asked for, reachable, stale, probed and given up: ${protocol}`, () => {
    const { network, a, b, link } = pair();
    const isV6 = address.includes(":");
    assert.equal(state(a, address), undefined);
    const { endpoint } = ping(a, address, 1, isV6 ? ETH0 : 0);
    assert.equal(state(a, address), "INCOMPLETE");
    network.settle();
    assert.equal(state(a, address), "REACHABLE");
    assert.ok(take(endpoint));
    assert.deepEqual(requests(link).slice(0, 1), ["all"]);
    // The one that was asked learnt who asked, and has answered: what is sent shows whether he is there.
    assert.equal(state(b, isV6 ? "fe80::1" : "10.0.0.1"), "DELAY");
    network.run(60_000_000);
    link.seen.length = 0;
    pingAgain(a, endpoint, address, 1, isV6 ? ETH0 : 0);
    assert.equal(state(a, address), "DELAY");
    network.settle();
    assert.ok(take(endpoint));
    assert.deepEqual(requests(link), []);
    network.run(5_000_000);
    assert.equal(state(a, address), "REACHABLE");
    assert.equal(requests(link).filter((to) => to === "all").length, 0);
    network.run(60_000_000);
    requests(link);
    link.lose = () => true;
    pingAgain(a, endpoint, address, 1, isV6 ? ETH0 : 0);
    network.run(5_500_000);
    assert.equal(state(a, address), "PROBE");
    network.run(5_000_000);
    assert.equal(state(a, address), "FAILED");
    assert.deepEqual(requests(link), ["one", "one", "one"]);
    endpoint.queuesErrors = true;
    pingAgain(a, endpoint, address, 1, isV6 ? ETH0 : 0);
    network.run(5_000_000);
    assert.deepEqual(requests(link), ["all", "all", "all"]);
    assert.equal(endpoint.errors.take()?.errno, errno.EHOSTUNREACH);
    link.lose = () => false;
    pingAgain(a, endpoint, address, 1, isV6 ? ETH0 : 0);
    network.settle();
    assert.ok(take(endpoint));
    network.run(60_000_000);
    assert.equal(network.pool.inUse, 0);
  });
}

test("progress that the transport sees keeps a neighbour reachable without a question: RFC 4861 §7.3.1", () => {
  const { network, a, link } = pair();
  const client = udp(a, "0.0.0.0", 0);
  client.connect(ip("10.0.0.2"), 7);
  client.send(payload(a, pattern(1)));
  network.settle();
  requests(link);
  const { path } = client;
  assert.ok(path);
  for (let i = 0; i < 20; i++) {
    network.run(10_000_000);
    a.ip.confirm(path);
    client.send(payload(a, pattern(1)));
    network.settle();
    assert.equal(state(a, "10.0.0.2"), "REACHABLE");
  }
  assert.ok(requests(link).every((to) => to === "one"));
});

test("packets wait in order for the address, and the oldest make room", () => {
  const { network, a, b } = pair();
  const server = udp(b, "0.0.0.0", 7);
  const client = udp(a, "0.0.0.0", 0);
  for (let i = 0; i < 70; i++) client.send(payload(a, Uint8Array.of(i)), { address: ip("10.0.0.2"), port: 7 });
  network.settle();
  const first = take(server)?.[0];
  assert.equal(first, 70 - 64);
  for (let i = 7; i < 70; i++) assert.equal(take(server)?.[0], i);
  assert.equal(take(server), undefined);
});

test("who moved to another hardware address and says so is believed; a claim to this machine's address is not", () => {
  const network = new Network();
  const [a, b, c] = [network.stack(), network.stack(), network.stack()];
  const link = network.segment();
  network.attach(a, link, ["10.0.0.1/24"]);
  network.attach(b, link, ["10.0.0.2/24"]);
  network.settle();
  const { endpoint } = ping(a, "10.0.0.2", 1);
  network.settle();
  take(endpoint);
  b.detach(b.interfaces.get(ETH0) as never);
  link.ports.splice(1, 1);
  // It comes with the same address, and tells everybody when it is sure that nobody else has it: RFC 5227 §2.3.
  network.attach(c, link, ["10.0.0.2/24"], { detectDuplicates: true });
  network.run(12_000_000);
  assert.equal(state(a, "10.0.0.2"), "STALE");
  pingAgain(a, endpoint, "10.0.0.2", 1);
  network.settle();
  assert.ok(take(endpoint));
  assert.equal(b.inspect().interfaces.length, 1);
  assert.ok(b.inspect().routes.every((route) => route.includes("dev lo")));
});

test("a neighbour that is set by hand is not asked for and not forgotten", () => {
  const { network, a, link } = pair();
  const eth0 = a.interfaces.get(ETH0);
  assert.ok(eth0);
  a.setNeighbour(eth0, "10.0.0.2", Uint8Array.of(2, 0, 0, 0, 0, 2));
  link.seen.length = 0;
  const { endpoint } = ping(a, "10.0.0.2", 1);
  network.settle();
  assert.ok(take(endpoint));
  assert.equal(state(a, "10.0.0.2"), "PERMANENT");
  assert.ok(!a.inspect().neighbours.some((line) => line.includes("INCOMPLETE")));
  assert.deepEqual(a.inspect().neighbours[0], "10.0.0.2 dev eth0 lladdr 02:00:00:00:00:02 PERMANENT");
});
