import { pseudoHeaderSum } from "../../src/wire/checksum.ts";
import { IpHeader } from "../../src/wire/ip-header.ts";
import { PROTOCOL_TCP } from "../../src/wire/ip-protocol.ts";
import { emitIpv4, IPV4_HEADER_BYTES, parseIpv4 } from "../../src/wire/ipv4.ts";
import { OK } from "../../src/wire/reason.ts";
import type { StackContext } from "../../src/stack/context.ts";
import { IpAddress } from "../../src/stack/ip/address.ts";
import type { IpOutput, PathRequest } from "../../src/stack/ip/ip-output.ts";
import { Path } from "../../src/stack/ip/path.ts";
import type { IpSendOptions } from "../../src/stack/ip/send-options.ts";
import type { Device } from "../../src/stack/link/device.ts";
import type { Interface } from "../../src/stack/link/interface.ts";
import { transmitTo } from "../../src/stack/link/segmentation.ts";
import { PacketPool, type Packet } from "../../src/stack/packet.ts";
import { TimerQueue } from "../../src/stack/timer/timer-queue.ts";
import { Tcp } from "../../src/stack/tcp/tcp.ts";
import { SeededRandom } from "./seeded-random.ts";

/** When a packet arrives: microseconds from now, one for each copy; none when it is lost. It may be changed. */
export type Fault = (packet: Packet, from: Host) => readonly number[];

interface Delivery {
  readonly atUs: number;
  readonly sequence: number;
  readonly packet: Packet;
  readonly to: Host;
}

/** Two or more hosts on a virtual clock, and one wire that all are on. */
export class Network {
  nowUs = 1_000_000;
  readonly pool: PacketPool = new PacketPool();
  readonly random: SeededRandom;
  readonly hosts: Host[] = [];
  fault: Fault;
  /** Everything that was put on the wire, for tests that look. */
  tap: ((packet: Packet, from: Host) => void) | undefined = undefined;
  #sequence = 0;
  readonly #heap: Delivery[] = [];

  constructor(seed: number = 1, fault: Fault = () => [10_000]) {
    this.random = new SeededRandom(seed);
    this.fault = fault;
  }

  /** Hands over what is due, and lets the hosts' timers go off. Returns false when nothing will ever happen again. */
  step(): boolean {
    let nextUs = this.#heap[0]?.atUs ?? Infinity;
    for (const host of this.hosts) nextUs = Math.min(nextUs, host.timers.nextDeadlineUs());
    if (nextUs === Infinity) return false;
    if (nextUs > this.nowUs) this.nowUs = nextUs;
    for (let due = this.#heap[0]; due !== undefined && due.atUs <= this.nowUs; due = this.#heap[0]) {
      this.#pop();
      due.to.receive(due.packet);
    }
    for (const host of this.hosts) {
      host.timers.advance(this.nowUs);
      host.tcp.batchEnded();
    }
    return true;
  }

  /** Steps until the condition holds, the time is over, or nothing happens any more. Returns whether it holds. */
  run(until: () => boolean = () => false, forUs: number = Infinity): boolean {
    const endUs = this.nowUs + forUs;
    for (;;) {
      if (until()) return true;
      let nextUs = this.#heap[0]?.atUs ?? Infinity;
      for (const host of this.hosts) nextUs = Math.min(nextUs, host.timers.nextDeadlineUs());
      if (nextUs > endUs) {
        if (endUs !== Infinity) this.nowUs = endUs;
        return false;
      }
      if (!this.step()) return until();
    }
  }

  /** Lets time pass. */
  pass(us: number): void {
    this.run(() => false, us);
  }

  carry(packet: Packet, from: Host): void {
    this.tap?.(packet, from);
    const delays = this.fault(packet, from);
    const to = this.hosts.find((host) => host !== from && host.isAddressed(packet));
    if (to === undefined || delays.length === 0) {
      packet.release();
      return;
    }
    for (let i = 1; i < delays.length; i++) {
      const copy = packet.clone();
      if (copy !== undefined) this.#push(copy, to, delays[i] as number);
    }
    this.#push(packet, to, delays[0] as number);
  }

  #push(packet: Packet, to: Host, delayUs: number): void {
    const delivery = { atUs: this.nowUs + delayUs, sequence: this.#sequence++, packet, to };
    const heap = this.#heap;
    let place = heap.length;
    heap.push(delivery);
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(delivery, heap[above] as Delivery)) break;
      heap[place] = heap[above] as Delivery;
      place = above;
    }
    heap[place] = delivery;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Delivery;
    if (heap.length === 0) return;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Delivery, heap[below] as Delivery)) below++;
      if (!isBefore(heap[below] as Delivery, last)) break;
      heap[place] = heap[below] as Delivery;
      place = below;
    }
    heap[place] = last;
  }
}

function isBefore(a: Delivery, b: Delivery): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.sequence < b.sequence);
}

/** One end: TCP over the least of IPv4 that carries it. */
export class Host implements StackContext, IpOutput, Device {
  readonly kind = "ip";
  readonly offload: { checksum: boolean; segmentation: boolean } = { checksum: false, segmentation: false };
  mtu: number;
  readonly address: IpAddress;
  readonly network: Network;
  readonly pool: PacketPool;
  readonly random: SeededRandom;
  readonly timers: TimerQueue = new TimerQueue();
  readonly tcp: Tcp;
  /** What the last segments' IP headers said. */
  readonly ip: IpHeader = new IpHeader();
  readonly #out: IpHeader = new IpHeader();
  readonly #iface: Interface;
  readonly paths: Path[] = [];

  constructor(network: Network, address: string, mtu: number = 1500) {
    this.network = network;
    this.pool = network.pool;
    this.mtu = mtu;
    this.address = IpAddress.parse(address);
    this.random = new SeededRandom(network.random.uint32());
    this.#iface = { index: 1, name: "wire0", mtu, device: this } as unknown as Interface;
    this.tcp = new Tcp(this, this);
    network.hosts.push(this);
  }

  get nowUs(): number {
    return this.network.nowUs;
  }

  route(request: PathRequest): Path {
    const source = request.source === undefined || request.source.isUnspecified ? this.address : request.source;
    const { destination } = request;
    const sum = pseudoHeaderSum(
      source.w0,
      source.w1,
      source.w2,
      source.w3,
      destination.w0,
      destination.w1,
      destination.w2,
      destination.w3,
      PROTOCOL_TCP,
      0,
    );
    const path = new Path(source, destination, PROTOCOL_TCP, 0, sum, this.#iface);
    path.mtu = path.linkMtu = this.mtu;
    this.paths.push(path);
    return path;
  }

  replyPath(ip: IpHeader): Path {
    return this.route({
      destination: IpAddress.sourceOf(ip),
      protocol: PROTOCOL_TCP,
      source: IpAddress.destinationOf(ip),
    });
  }

  refresh(): number {
    return 0;
  }

  confirm(): void {
    // There are no neighbours.
  }

  reducePathMtu(path: Path, mtu: number): boolean {
    if (mtu >= path.mtu) return false;
    path.mtu = Math.max(552, mtu);
    return true;
  }

  send(packet: Packet, path: Path, options: IpSendOptions): number {
    const header = this.#out;
    header.version = 4;
    header.protocol = PROTOCOL_TCP;
    header.hopLimit = 64;
    header.trafficClass = options.trafficClass;
    header.source3 = path.source.w3;
    header.destination3 = path.destination.w3;
    const payloadBytes = packet.end - packet.start;
    const start = packet.prepend(IPV4_HEADER_BYTES);
    packet.network = start;
    emitIpv4(packet.view, start, header, payloadBytes);
    transmitTo(this, packet, this.pool);
    return 0;
  }

  transmit(packet: Packet): void {
    this.network.carry(packet, this);
  }

  isAddressed(packet: Packet): boolean {
    return packet.view.getInt32(packet.start + 16) === this.address.w3;
  }

  receive(packet: Packet): void {
    const { ip } = this;
    if (parseIpv4(packet.view, packet.start, packet.end, ip) !== OK) {
      packet.release();
      return;
    }
    packet.network = packet.start;
    packet.start = packet.transport = ip.payloadStart;
    packet.end = ip.payloadEnd;
    packet.iface = 1;
    this.tcp.input(packet, ip);
  }
}
