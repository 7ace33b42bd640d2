import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interface } from "../../src/stack/link/interface.ts";
import { EVERY_TYPE, MAX_TAPS, type Tap } from "../../src/stack/link/tap.ts";
import type { Packet } from "../../src/stack/packet.ts";
import { ping } from "./endpoints.ts";
import { Network } from "./network.ts";

class Noting implements Tap {
  readonly etherType: number;
  readonly iface: number;
  readonly lines: string[] = [];

  constructor(etherType: number, iface = 0) {
    this.etherType = etherType;
    this.iface = iface;
  }

  captured(packet: Packet, iface: Interface): void {
    this.lines.push(`${iface.name} ${packet.etherType.toString(16)} type ${packet.packetType}`);
  }
}

test("a tap sees what passes, both ways when it asks for every type: packet(7)", () => {
  const network = new Network();
  const [a, b, c] = [network.stack(), network.stack(), network.stack()];
  const link = network.segment();
  network.attach(a, link, ["10.0.0.1/24"]);
  network.attach(b, link, ["10.0.0.2/24"]);
  network.attach(c, link, ["10.0.0.3/24"]);
  const [all, arp, lo, other] = [
    new Noting(EVERY_TYPE),
    new Noting(0x0806),
    new Noting(EVERY_TYPE, 1),
    new Noting(EVERY_TYPE),
  ];
  for (const tap of [all, arp, lo]) assert.ok(a.taps.add(tap));
  assert.ok(c.taps.add(other));
  ping(a, "10.0.0.2", 1);
  network.settle();
  assert.deepEqual(all.lines, ["eth0 806 type 4", "eth0 806 type 0", "eth0 800 type 4", "eth0 800 type 0"]);
  assert.deepEqual(arp.lines, ["eth0 806 type 0"]);
  assert.deepEqual(other.lines, ["eth0 806 type 1", "eth0 806 type 3", "eth0 800 type 3", "eth0 800 type 3"]);
  ping(a, "127.0.0.1", 1);
  network.settle();
  assert.deepEqual(lo.lines, ["lo 800 type 4", "lo 800 type 0", "lo 800 type 4", "lo 800 type 0"]);
  a.taps.remove(all);
  const before = all.lines.length;
  ping(a, "10.0.0.2", 1);
  network.settle();
  assert.equal(all.lines.length, before);
});

test("taps are bounded", () => {
  const a = new Network().stack();
  for (let i = 0; i < MAX_TAPS; i++) assert.ok(a.taps.add(new Noting(EVERY_TYPE)));
  assert.equal(a.taps.add(new Noting(EVERY_TYPE)), false);
});
