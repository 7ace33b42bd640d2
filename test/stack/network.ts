import type { Device, Offload } from "../../src/stack/link/device.ts";
import type { Interface } from "../../src/stack/link/interface.ts";
import { type Packet, PacketPool } from "../../src/stack/packet.ts";
import type { RandomSource } from "../../src/stack/random.ts";
import { type AttachOptions, Stack, type StackOptions } from "../../src/stack/stack.ts";

/** Mulberry32: the same seed, the same numbers. */
export function seeded(seed: number): RandomSource {
  let state = seed >>> 0;
  const uint32 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return { uint32, fill: (bytes) => bytes.forEach((_, at) => (bytes[at] = uint32() & 0xff)) };
}

interface Frame {
  readonly packet: Packet;
  readonly from: Port;
}

interface Port {
  readonly stack: Stack;
  readonly segment: Segment;
  iface: Interface | undefined;
}

/** What a segment may do with a frame: true to lose it. */
export type Loss = (packet: Packet) => boolean;

/** One link that all its ports hear: an Ethernet, or a line between two. */
export class Segment {
  readonly ports: Port[] = [];
  readonly frames: Frame[] = [];
  readonly kind: "ethernet" | "ip";
  readonly mtu: number;
  readonly offload: Offload;
  /** Every frame that went over it, newest last; a test clears it. */
  readonly seen: Uint8Array[] = [];
  lose: Loss = () => false;

  constructor(kind: "ethernet" | "ip", mtu: number, offload: Offload) {
    this.kind = kind;
    this.mtu = mtu;
    this.offload = offload;
  }
}

/** Stacks on links in memory, on a clock that only moves when they are quiet. */
export class Network {
  readonly pool: PacketPool = new PacketPool();
  readonly stacks: Stack[] = [];
  readonly segments: Segment[] = [];
  nowUs = 0;
  #hardware = 0;

  stack(options: Omit<StackOptions, "random" | "pool"> = {}): Stack {
    const stack = new Stack({ ...options, pool: this.pool, random: seeded(this.stacks.length + 1) });
    this.stacks.push(stack);
    return stack;
  }

  segment(
    kind: "ethernet" | "ip" = "ethernet",
    mtu = 1500,
    offload: Offload = { checksum: false, segmentation: false },
  ): Segment {
    const segment = new Segment(kind, mtu, offload);
    this.segments.push(segment);
    return segment;
  }

  attach(stack: Stack, segment: Segment, addresses: readonly string[], options: AttachOptions = {}): Interface {
    const port: Port = { stack, segment, iface: undefined };
    const transmit = (packet: Packet): void => {
      segment.frames.push({ packet, from: port });
    };
    const { kind, mtu, offload } = segment;
    const hardwareAddress = Uint8Array.of(2, 0, 0, 0, 0, ++this.#hardware);
    const device: Device =
      kind === "ip" ? { kind, mtu, offload, transmit } : { kind, mtu, offload, hardwareAddress, transmit };
    const iface = stack.attach(device, { ...options, addresses });
    port.iface = iface;
    segment.ports.push(port);
    return iface;
  }

  /** Delivers what is on the way until all is quiet, without time going by. */
  settle(): void {
    for (let round = 0; round < 10_000; round++) {
      for (const stack of this.stacks) stack.endBatch();
      const isQuiet = this.segments.every((segment) => segment.frames.length === 0);
      if (isQuiet) return;
      for (const segment of this.segments) deliver(segment);
    }
    throw new Error("the network does not come to rest");
  }

  /** Lets time go by, deadline by deadline. */
  run(us: number): void {
    const endUs = this.nowUs + us;
    this.settle();
    for (;;) {
      const nextUs = Math.min(...this.stacks.map((stack) => stack.nextDeadlineUs()));
      if (nextUs > endUs) break;
      this.nowUs = Math.max(this.nowUs, nextUs);
      for (const stack of this.stacks) stack.advance(this.nowUs);
      this.settle();
    }
    this.nowUs = endUs;
    for (const stack of this.stacks) stack.advance(this.nowUs);
    this.settle();
  }
}

function deliver(segment: Segment): void {
  for (const { packet, from } of segment.frames.splice(0)) {
    segment.seen.push(packet.bytes.slice(packet.start, packet.end));
    if (!segment.lose(packet)) {
      for (const port of segment.ports) {
        const copy = port === from ? undefined : packet.clone();
        if (copy !== undefined) port.stack.receive(port.iface as Interface, copy);
      }
    }
    packet.release();
  }
}
