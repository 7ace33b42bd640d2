import assert from "node:assert/strict";
import { test } from "node:test";
import { checksum } from "../../src/wire/checksum.ts";
import { IpAddress } from "../../src/stack/ip/address.ts";
import { MAX_REASSEMBLIES, MAX_REASSEMBLY_BYTES } from "../../src/stack/ip/reassembly.ts";
import type { Interface } from "../../src/stack/link/interface.ts";
import { MAX_NEIGHBOURS, MAX_WAITING_ALL } from "../../src/stack/link/neighbour-cache.ts";
import type { RandomSource } from "../../src/stack/random.ts";
import type { Stack } from "../../src/stack/stack.ts";
import { pattern, payload, ping, Told, udp } from "./endpoints.ts";
import { Network, seeded } from "./network.ts";

const ip = (text: string): IpAddress => IpAddress.parse(text);
const HOUR_US = 3_600_000_000;

/** A router with sockets of all kinds, and frames that it was sent in earnest. */
function scene(): { network: Network; target: Stack; eth0: Interface; corpus: Uint8Array[] } {
  const network = new Network();
  const [a, target] = [network.stack(), network.stack({ forwarding: true })];
  const link = network.segment();
  network.attach(a, link, ["10.0.0.1/24", "2001:db8::1/64", "fe80::1/64"], { detectDuplicates: true });
  const eth0 = network.attach(target, link, ["10.0.0.2/24", "2001:db8::2/64", "fe80::2/64"], {
    advertise: { prefixes: [{ prefix: ip("2001:db8::"), validS: 1000, preferredS: 500 }] },
  });
  network.attach(target, network.segment("ethernet", 1300), ["10.2.0.1/24", "2001:db8:2::1/64"]);
  for (const any of ["0.0.0.0", "::"]) {
    const server = udp(target, any, any === "::" ? 8 : 7);
    server.queuesErrors = true;
    server.memberships.join(eth0.index, ip(any === "::" ? "ff02::77" : "239.7.7.7"));
    target.raw.open(new Told(), any === "::" ? 6 : 4, any === "::" ? 58 : 1);
    const client = udp(a, any, 0);
    const to = any === "::" ? ["2001:db8::2", "ff02::77", "2001:db8:2::9"] : ["10.0.0.2", "239.7.7.7", "10.2.0.9"];
    network.run(10_000_000);
    for (const address of to) {
      for (const length of [0, 100, 1400, 4000]) {
        client.send(payload(a, pattern(length)), { address: ip(address), port: any === "::" ? 8 : 7, iface: 2 });
      }
      client.send(payload(a, pattern(10)), { address: ip(address), port: 9, iface: 2 });
    }
    ping(a, to[0] as string, 3000);
    ping(a, to[2] as string, 30);
    client.memberships.joinSource(2, ip(any === "::" ? "ff02::88" : "239.8.8.8"), ip(to[0] as string));
    network.run(10_000_000);
  }
  const corpus = link.seen.slice();
  link.seen.length = 0;
  return { network, target, eth0, corpus };
}

/** Puts a frame in, as the device's driver would. */
function inject(stack: Stack, iface: Interface, frame: Uint8Array): void {
  const packet = stack.context.pool.allocate(frame.length);
  if (packet === undefined) return;
  packet.start -= 14;
  packet.bytes.set(frame, packet.start);
  packet.end = packet.start + frame.length;
  stack.receive(iface, packet);
}

/** Changes a few bytes, cuts, or joins frames; most get right checksums again, so that they come further in. */
function mutate(corpus: readonly Uint8Array[], random: RandomSource): Uint8Array {
  const below = (limit: number): number => random.uint32() % Math.max(limit, 1);
  let frame = Uint8Array.from(corpus[below(corpus.length)] as Uint8Array);
  for (let changes = below(6); changes > 0; changes--) {
    const first = below(3) === 0 ? 0 : 14;
    const at = Math.min(first + below(below(2) === 0 ? 60 : frame.length), frame.length - 1);
    const special = [0, 1, 2, 4, 8, 16, 32, 64, 128, 255];
    frame[at] = below(2) === 0 ? random.uint32() & 0xff : (special[below(special.length)] as number);
  }
  if (below(8) === 0) frame = frame.slice(0, below(frame.length));
  if (below(20) === 0) random.fill(frame.subarray(14 + below(frame.length)));
  if (below(3) > 0) repair(frame);
  return frame;
}

/** Makes the checksums right of whatever the frame says that it is. */
function repair(frame: Uint8Array): void {
  const view = new DataView(frame.buffer);
  if (frame.length < 54) return;
  const isV4 = frame[12] === 8 && frame[13] === 0;
  const isV6 = frame[12] === 0x86 && frame[13] === 0xdd;
  if (!isV4 && !isV6) return;
  const headerBytes = isV4 ? ((frame[14] as number) & 15) * 4 : 40;
  const start = 14 + headerBytes;
  const total = isV4 ? view.getUint16(16) : 40 + view.getUint16(18);
  const end = Math.min(14 + total, frame.length);
  if (start + 8 > end) return;
  if (isV4) {
    view.setUint16(24, 0);
    view.setUint16(24, checksum(view, 14, start));
    if (frame[23] === 1 || frame[23] === 2) {
      view.setUint16(start + 2, 0);
      view.setUint16(start + 2, checksum(view, start, end));
    }
  } else if (frame[20] === 58) {
    view.setUint16(start + 2, 0);
    let pseudo = 58 + (end - start);
    for (let at = 22; at < 54; at += 2) pseudo += view.getUint16(at);
    view.setUint16(start + 2, checksum(view, start, end, pseudo));
  }
}

function clearQueues({ stacks }: Network): void {
  for (const { udp, raw, ping } of stacks) {
    for (const endpoint of [...udp.endpoints, ...raw.endpoints, ...ping.endpoints]) endpoint.queue.clear();
  }
}

function assertBounded(stack: Stack): void {
  const { uses } = stack.inspect();
  assert.ok((uses["neighbours"] ?? 0) <= MAX_NEIGHBOURS);
  assert.ok((uses["neighbours.waiting"] ?? 0) <= MAX_WAITING_ALL);
  assert.ok((uses["reassemblies"] ?? 0) <= MAX_REASSEMBLIES);
  assert.ok((uses["reassemblies.bytes"] ?? 0) <= MAX_REASSEMBLY_BYTES);
  assert.ok((uses["paths"] ?? 0) <= 1024);
}

for (const seed of [1, 2, 3, 4]) {
  test(`frames that were tampered with do no harm: seed ${seed}`, () => {
    const { network, target, eth0, corpus } = scene();
    const random = seeded(seed);
    const before = target.inspect().uses;
    for (let i = 0; i < 20_000; i++) {
      inject(target, eth0, mutate(corpus, random));
      if (i % 50 === 0) network.run(random.uint32() % 200_000);
    }
    assertBounded(target);
    assert.equal(target.interfaces.all.length, 3);
    network.run(HOUR_US);
    clearQueues(network);
    assert.equal(network.pool.inUse, 0);
    const after = target.inspect().uses;
    assert.ok((after["groups"] ?? 0) <= (before["groups"] ?? 0));
    assert.equal(after["reassemblies"], 0);
    assert.equal(after["neighbours.waiting"], 0);
    // And it still works.
    const { endpoint } = ping(target, "10.0.0.1", 10);
    network.run(5_000_000);
    assert.equal(endpoint.queue.count, 1);
  });
}

test("noise behind an Ethernet header does no harm", () => {
  const { network, target, eth0 } = scene();
  const { fill, uint32 } = seeded(9);
  for (let i = 0; i < 20_000; i++) {
    const frame = new Uint8Array(14 + (uint32() % 200));
    fill(frame);
    frame.set([2, 0, 0, 0, 0, 2]);
    frame[6] = 2;
    const types = [
      [8, 0],
      [8, 6],
      [0x86, 0xdd],
      [0x81, 0],
    ];
    frame.set(types[i % 4] as number[], 12);
    if (i % 4 === 0) frame[14] = 0x45;
    if (i % 4 === 2) frame[14] = 0x60;
    repair(frame);
    inject(target, eth0, frame);
  }
  network.run(HOUR_US);
  clearQueues(network);
  assert.equal(network.pool.inUse, 0);
});
