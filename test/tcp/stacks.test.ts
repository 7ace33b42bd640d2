import assert from "node:assert/strict";
import { test } from "node:test";
import { PROTOCOL_TCP } from "../../src/wire/ip-protocol.ts";
import { IpAddress } from "../../src/stack/ip/address.ts";
import type { Device } from "../../src/stack/link/device.ts";
import type { Interface } from "../../src/stack/link/interface.ts";
import type { Packet } from "../../src/stack/packet.ts";
import { PacketPool } from "../../src/stack/packet.ts";
import { Stack } from "../../src/stack/stack.ts";
import type { Connection } from "../../src/stack/tcp/connection.ts";
import type { Listener } from "../../src/stack/tcp/listener.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import { Tcp } from "../../src/stack/tcp/tcp.ts";
import { pattern, readAll, Witness } from "./program.ts";
import { SeededRandom } from "./seeded-random.ts";

/** A whole stack with TCP, on a cable to another. */
class Machine implements Device {
  readonly kind = "ip";
  readonly mtu = 1500;
  readonly offload = { checksum: false, segmentation: false };
  readonly stack: Stack;
  readonly tcp: Tcp;
  readonly iface: Interface;
  readonly sent: Packet[] = [];

  constructor(pool: PacketPool, seed: number, addresses: readonly string[]) {
    this.stack = new Stack({ random: new SeededRandom(seed), pool });
    this.tcp = new Tcp(this.stack.context, this.stack.ip);
    this.stack.ip.register(PROTOCOL_TCP, this.tcp);
    this.stack.atBatchEnd(this.tcp);
    this.iface = this.stack.attach(this, { addresses });
  }

  transmit(packet: Packet): void {
    this.sent.push(packet);
  }
}

function exchange(a: Machine, b: Machine, nowUs: number): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const packet of from.sent.splice(0)) to.stack.receive(to.iface, packet);
  }
  a.stack.advance(nowUs);
  b.stack.advance(nowUs);
}

for (const [version, here, there] of [
  ["IPv4", "10.0.0.1", "10.0.0.2"],
  ["IPv6", "2001:db8::1", "2001:db8::2"],
] as const) {
  test(`two whole stacks carry a megabyte over ${version}, and come to rest`, () => {
    const pool = new PacketPool();
    const prefix = version === "IPv4" ? 24 : 64;
    const a = new Machine(pool, 1, [`${here}/${prefix}`]);
    const b = new Machine(pool, 2, [`${there}/${prefix}`]);
    const options = { backlog: 5, families: "both", reusePort: false } as const;
    const any = { address: undefined, port: 80 };
    const listener = b.tcp.listen(new Witness(), new TcpSettings(), any, options) as Listener;
    const remote = IpAddress.parse(there);
    const local = { address: undefined, port: 5000 };
    const client = a.tcp.connect(new Witness(), new TcpSettings(), local, remote, 80) as Connection;
    let nowUs = 0;
    let server: Connection | undefined;
    const sent = pattern(1_000_000);
    const parts: Uint8Array[] = [];
    let written = 0;
    for (let turns = 0; turns < 5000 && !(server?.isReceiveEnded ?? false); turns++) {
      exchange(a, b, (nowUs += 100));
      server ??= listener.accept();
      if (client.isOpen && written < sent.length) written += client.write(sent, written, sent.length - written, 0);
      if (written === sent.length) client.shutdownSend();
      if (server !== undefined) parts.push(readAll(server));
    }
    assert.ok(Buffer.concat(parts).equals(sent));
    assert.equal(client.mss, version === "IPv4" ? 1448 : 1428);
    client.close();
    server?.close();
    listener.close();
    for (let turns = 0; turns < 20; turns++) exchange(a, b, (nowUs += 100_000));
    exchange(a, b, nowUs + 120e6);
    assert.equal(a.tcp.pairs.size + b.tcp.pairs.size, 0);
  });
}

test("a stack calls itself over the loopback", () => {
  const a = new Machine(new PacketPool(), 3, ["10.0.0.1/24"]);
  const options = { backlog: 5, families: "ipv4", reusePort: false } as const;
  const listener = a.tcp.listen(
    new Witness(),
    new TcpSettings(),
    { address: undefined, port: 80 },
    options,
  ) as Listener;
  const localhost = IpAddress.parse("127.0.0.1");
  const local = { address: undefined, port: 5000 };
  const client = a.tcp.connect(new Witness(), new TcpSettings(), local, localhost, 80) as Connection;
  a.stack.advance(10);
  const server = listener.accept() as Connection;
  assert.equal(client.advertisedMss, 65_495);
  client.write(pattern(100_000), 0, 100_000, 0);
  const parts: Uint8Array[] = [];
  for (let turns = 2; turns < 20; turns++) {
    a.stack.advance(turns * 10);
    parts.push(readAll(server));
  }
  assert.ok(Buffer.concat(parts).equals(pattern(100_000)));
});

test("RFC 9293 §3.10.7.4: a socket that calls its own address and port talks to itself", () => {
  const a = new Machine(new PacketPool(), 3, ["10.0.0.1/24"]);
  const localhost = IpAddress.parse("127.0.0.1");
  const local = { address: localhost, port: 5000 };
  const c = a.tcp.connect(new Witness(), new TcpSettings(), local, localhost, 5000) as Connection;
  a.stack.advance(10);
  assert.ok(c.isOpen);
  assert.equal(c.write(pattern(10), 0, 10, 0), 10);
  a.stack.advance(20);
  assert.ok(Buffer.from(readAll(c)).equals(pattern(10)));
});
