import assert from "node:assert/strict";
import { test } from "node:test";
import { HEADROOM, PACKET_PAYLOAD_LIMIT, PacketPool } from "./packet.ts";

test("a packet has headroom before it and the asked length behind it", () => {
  const pool = new PacketPool();
  for (const length of [0, 1, 1500, 1856, 1857, 9000, PACKET_PAYLOAD_LIMIT]) {
    const packet = pool.allocate(length);
    assert.ok(packet);
    assert.equal(packet.start, HEADROOM);
    assert.ok(packet.bytes.length >= HEADROOM + length);
    packet.release();
  }
  assert.equal(pool.allocate(PACKET_PAYLOAD_LIMIT + 1), undefined);
  assert.equal(pool.inUse, 0);
});

test("prepending uses the headroom up, and no more", () => {
  const packet = new PacketPool().allocate(0);
  assert.ok(packet);
  assert.equal(packet.prepend(20), HEADROOM - 20);
  assert.equal(packet.prepend(HEADROOM - 20), 0);
  assert.throws(() => packet.prepend(1), { code: "ERR_INTERNAL" });
});

test("a pool gives what it was given back, up to its limit", () => {
  const pool = new PacketPool({ small: 3, large: 1 });
  const packets = [pool.allocate(10), pool.allocate(10), pool.allocate(10)];
  assert.ok(packets.every((packet) => packet !== undefined));
  assert.equal(pool.inUse, 3);
  assert.equal(pool.allocate(10), undefined);
  assert.equal(pool.refused, 1);
  const memory = pool.memoryBytes;
  packets[1]?.release();
  assert.equal(pool.allocate(10), packets[1]);
  assert.equal(pool.memoryBytes, memory);
  const large = pool.allocate(60_000);
  assert.ok(large);
  assert.equal(pool.allocate(60_000), undefined);
  large.release();
  assert.equal(pool.allocate(60_000), large);
});

test("a packet that is released twice is a defect that is seen", () => {
  const packet = new PacketPool().allocate(10);
  packet?.release();
  assert.throws(() => packet?.release(), { code: "ERR_INTERNAL" });
});

test("a clone has the bytes from the link's header on, and every mark", () => {
  const pool = new PacketPool();
  const packet = pool.allocate(100);
  assert.ok(packet);
  packet.end += 100;
  packet.network = packet.prepend(20);
  packet.link = packet.prepend(14);
  packet.bytes.forEach((_, at, bytes) => (bytes[at] = at & 0xff));
  packet.start = packet.network;
  packet.transport = HEADROOM;
  packet.segmentBytes = 7;
  packet.checksum = 2;
  packet.checksumOffset = 16;
  packet.iface = 3;
  packet.packetType = 1;
  packet.etherType = 0x86dd;
  packet.receivedUs = 99;
  const copy = packet.clone();
  assert.ok(copy);
  assert.notEqual(copy.bytes, packet.bytes);
  assert.deepEqual(copy.bytes.subarray(copy.link, copy.end), packet.bytes.subarray(packet.link, packet.end));
  const marks = ["start", "end", "link", "network", "transport", "segmentBytes", "checksum", "checksumOffset"] as const;
  for (const mark of [...marks, "iface", "packetType", "etherType", "receivedUs"] as const) {
    assert.equal(copy[mark], packet[mark], mark);
  }
  packet.link = -1;
  packet.start = HEADROOM;
  const withoutLink = packet.clone();
  assert.ok(withoutLink);
  const { network, end } = packet;
  assert.deepEqual(withoutLink.bytes.subarray(network, end), packet.bytes.subarray(network, end));
  for (const held of [packet, copy, withoutLink]) held.release();
  assert.equal(pool.inUse, 0);
});
