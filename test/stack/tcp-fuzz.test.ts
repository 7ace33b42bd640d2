import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../src/stack/ip/address.ts";
import type { Interface } from "../../src/stack/link/interface.ts";
import type { RandomSource } from "../../src/stack/random.ts";
import type { Stack } from "../../src/stack/stack.ts";
import type { Connection } from "../../src/stack/tcp/connection.ts";
import type { Listener } from "../../src/stack/tcp/listener.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import { Tcp } from "../../src/stack/tcp/tcp.ts";
import { checksum, pseudoHeaderSum } from "../../src/wire/checksum.ts";
import { PROTOCOL_TCP } from "../../src/wire/ip-protocol.ts";
import { Network, seeded } from "./network.ts";

const ip = (text: string): IpAddress => IpAddress.parse(text);
const HOUR_US = 3_600_000_000;
const BACKLOG = 16;
const OPEN = 4;
const NOBODY = { changed(): void {} };

function tcpOf(stack: Stack): Tcp {
  const tcp = new Tcp(stack.context, stack.ip);
  stack.ip.register(PROTOCOL_TCP, tcp);
  stack.atBatchEnd(tcp);
  return tcp;
}

/** Two stacks with connections between them, and the packets that the second one was sent. */
function scene(): {
  network: Network;
  stack: Stack;
  tcp: Tcp;
  iface: Interface;
  listener: Listener;
  open: Connection[];
  call: (port: number) => Connection;
  corpus: Uint8Array[];
} {
  const network = new Network();
  const [a, stack] = [network.stack(), network.stack()];
  const link = network.segment("ip");
  network.attach(a, link, ["10.0.0.1/24"]);
  const iface = network.attach(stack, link, ["10.0.0.2/24"]);
  const [caller, tcp] = [tcpOf(a), tcpOf(stack)];
  const any = { address: undefined, port: 80 };
  const options = { backlog: BACKLOG, families: "both", reusePort: false } as const;
  const listener = tcp.listen(NOBODY, new TcpSettings(), any, options) as Listener;
  const call = (port: number): Connection =>
    caller.connect(NOBODY, new TcpSettings(), { address: undefined, port }, ip("10.0.0.2"), 80) as Connection;
  const open: Connection[] = [];
  for (let port = 5000; port < 5000 + OPEN; port++) {
    const client = call(port);
    network.run(1000);
    client.write(new Uint8Array(4000), 0, 4000, 0);
    network.run(1000);
    open.push(listener.accept() as Connection);
  }
  const corpus = link.seen.filter((frame) => frame[19] === 2);
  link.seen.length = 0;
  return { network, stack, tcp, iface, listener, open, call, corpus };
}

/** Changes a few bytes of a packet, or cuts it; most get right checksums again. */
function mutate(corpus: readonly Uint8Array[], random: RandomSource): Uint8Array {
  const below = (limit: number): number => random.uint32() % limit;
  let packet = Uint8Array.from(corpus[below(corpus.length)] as Uint8Array);
  for (let changes = below(5); changes > 0; changes--) {
    // Ports, numbers, flags and options are what matters.
    const at = 20 + below(Math.min(packet.length - 20, 44));
    packet[at] = below(2) === 0 ? random.uint32() & 0xff : (packet[at] as number) ^ (1 << below(8));
  }
  if (below(3) === 0) packet.set([0x13, 0x88 + below(OPEN), 0, 80], 20);
  if (below(10) === 0) packet = packet.slice(0, 20 + below(packet.length - 20));
  if (below(10) > 0) repair(packet);
  return packet;
}

function repair(packet: Uint8Array): void {
  const view = new DataView(packet.buffer);
  const length = packet.length - 20;
  view.setUint16(2, packet.length);
  view.setUint16(10, 0);
  view.setUint16(10, checksum(view, 0, 20));
  if (length < 20) return;
  const [from, to] = [view.getInt32(12), view.getInt32(16)];
  view.setUint16(36, 0);
  view.setUint16(36, checksum(view, 20, packet.length, pseudoHeaderSum(0, 0, 0, from, 0, 0, 0, to, 6, length)));
}

function inject(stack: Stack, iface: Interface, bytes: Uint8Array): void {
  const packet = stack.context.pool.allocate(bytes.length);
  assert.ok(packet);
  packet.bytes.set(bytes, packet.start);
  packet.end = packet.start + bytes.length;
  stack.receive(iface, packet);
}

for (const seed of [1, 2, 3]) {
  test(`segments that were tampered with leave nothing that grows: seed ${seed}`, () => {
    const { network, stack, tcp, iface, listener, open, call, corpus } = scene();
    const random = seeded(seed);
    const scratch = new Uint8Array(65_536);
    for (let i = 0; i < 20_000; i++) {
      inject(stack, iface, mutate(corpus, random));
      if (i % 50 !== 0) continue;
      network.run(random.uint32() % 100_000);
      for (const c of open) c.read(scratch, 0, scratch.length, 0);
      for (let c = listener.accept(); c !== undefined; c = listener.accept()) c.abort();
      assert.ok(listener.pending <= BACKLOG);
      assert.ok(tcp.pairs.size <= OPEN + BACKLOG + tcp.timeWaits.size);
      assert.ok(stack.context.timers.size <= tcp.pairs.size + 20);
      for (const { receive, sendBuffer, settings } of open) {
        assert.ok(receive.memoryBytes <= 2 * settings.receiveBufferLimitBytes);
        assert.ok(sendBuffer.memoryBytes <= 2 * settings.sendBufferLimitBytes);
      }
    }
    for (const c of open) c.abort();
    network.run(HOUR_US);
    assert.equal(tcp.pairs.size, 0);
    assert.equal(network.pool.inUse, 0);
    // And it still works.
    call(7000).write(scratch, 0, 0, 0);
    network.run(1_000_000);
    assert.equal(listener.acceptable, 1);
  });
}
