import { PROTOCOL_TCP } from "../../src/wire/ip-protocol.ts";
import { SystemRandom } from "../../src/realtime/random.ts";
import { IpAddress } from "../../src/stack/ip/address.ts";
import type { Device, Offload } from "../../src/stack/link/device.ts";
import type { Interface } from "../../src/stack/link/interface.ts";
import { type Packet, PacketPool } from "../../src/stack/packet.ts";
import { Stack } from "../../src/stack/stack.ts";
import type { Connection } from "../../src/stack/tcp/connection.ts";
import type { Listener } from "../../src/stack/tcp/listener.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import { Tcp } from "../../src/stack/tcp/tcp.ts";

/** Half of the round trip. */
const TURN_US = 50;
const MOST_BACKLOG = 4096;
/** Ports of the caller's side that one port of the other can be called from. */
const FIRST_PORT = 1024;
const PORTS = 64_000;
const NOBODY = { changed(): void {} };

/** A whole stack with TCP, at one end of a line: super-segments are cut, checksums made and verified. */
class End implements Device {
  readonly kind = "ip";
  readonly offload: Offload = { checksum: false, segmentation: false };
  readonly mtu: number;
  readonly stack: Stack;
  readonly tcp: Tcp;
  readonly address: IpAddress;
  readonly #iface: Interface;
  #waiting: Packet[] = [];
  #leaving: Packet[] = [];

  constructor(pool: PacketPool, address: string, mtu: number) {
    this.mtu = mtu;
    this.stack = new Stack({ random: new SystemRandom(), pool });
    this.tcp = new Tcp(this.stack.context, this.stack.ip);
    this.stack.ip.register(PROTOCOL_TCP, this.tcp);
    this.stack.atBatchEnd(this.tcp);
    this.#iface = this.stack.attach(this, { addresses: [`${address}/24`] });
    this.address = IpAddress.parse(address);
  }

  transmit(packet: Packet): void {
    this.#waiting.push(packet);
  }

  /** All that waits arrives at the other end. */
  deliverTo(other: End): void {
    const packets = this.#waiting;
    this.#waiting = this.#leaving;
    for (let i = 0; i < packets.length; i++) other.stack.receive(other.#iface, packets[i] as Packet);
    packets.length = 0;
    this.#leaving = packets;
  }
}

/** Two stacks on a line that is as fast as they are, in one process, on a clock that the benchmark moves. */
export class Line {
  readonly pool: PacketPool = new PacketPool();
  readonly a: End;
  readonly b: End;
  nowUs = 1_000_000;
  readonly #listeners: Map<number, Listener> = new Map();

  constructor(mtu = 1500) {
    this.a = new End(this.pool, "10.0.0.1", mtu);
    this.b = new End(this.pool, "10.0.0.2", mtu);
  }

  /** What was sent arrives at both ends, time goes on, and both do what is due. */
  turn(): void {
    this.nowUs += TURN_US;
    const { a, b } = this;
    a.deliverTo(b);
    b.deliverTo(a);
    a.stack.advance(this.nowUs);
    b.stack.advance(this.nowUs);
  }

  /** The listener of a port of the second stack. */
  listener(port = 80): Listener {
    const there = this.#listeners.get(port);
    if (there !== undefined) return there;
    const options = { backlog: MOST_BACKLOG, families: "ipv4", reusePort: false } as const;
    const made = this.b.tcp.listen(NOBODY, new TcpSettings(), { address: undefined, port }, options);
    if (typeof made === "number") throw new Error(`listen: ${made}`);
    this.#listeners.set(port, made);
    return made;
  }

  /** The n-th connection of the first stack calls; every 64,000 call another port, which then must have a listener. */
  call(n = 0): Connection {
    const port = FIRST_PORT + (n % PORTS);
    const settings = new TcpSettings();
    const remotePort = 80 + Math.floor(n / PORTS);
    const made = this.a.tcp.connect(NOBODY, settings, { address: undefined, port }, this.b.address, remotePort);
    if (typeof made === "number") throw new Error(`connect: ${made}`);
    return made;
  }

  /** One connection, open at both ends. */
  open(): { client: Connection; server: Connection } {
    const listener = this.listener();
    const client = this.call();
    for (let turns = 0; turns < 4; turns++) this.turn();
    const server = listener.accept();
    if (server === undefined) throw new Error("nobody was connected");
    return { client, server };
  }
}
