import { HostedStack, type HostedStackOptions } from "../../src/stack/hosted-stack.ts";
import type { Interface } from "../../src/stack/link/interface.ts";
import { type Packet, PacketPool } from "../../src/stack/packet.ts";
import type { Pace } from "../../src/stack/pace.ts";
import { turn } from "../turn.ts";
import { seeded } from "./network.ts";

/** How long a frame is on its way. */
const DELAY_US = 1000;
/** Steps without time going by: more is a network that never comes to rest. */
const MAX_STEPS_AT_ONCE = 100_000;

/** What happens to a frame: true to lose it. */
type Loss = (bytes: Uint8Array, from: string) => boolean;

interface Frame {
  readonly packet: Packet;
  readonly from: NetworkHost;
  readonly atUs: number;
}

/** A machine of the network, and who runs it. */
export class NetworkHost implements Pace {
  readonly epochMs = 0;
  readonly name: string;
  readonly stack: HostedStack;
  readonly iface: Interface;
  readonly #network: HostedNetwork;
  isAwake = false;
  wantsTurn = false;
  held = 0;

  constructor(
    network: HostedNetwork,
    name: string,
    addresses: readonly string[],
    options: Partial<HostedStackOptions>,
  ) {
    this.#network = network;
    this.name = name;
    const number = network.hosts.length + 1;
    this.stack = new HostedStack({ random: seeded(number), pool: network.pool, ...options, pace: this });
    const device = {
      kind: "ethernet",
      mtu: 1500,
      offload: { checksum: false, segmentation: false },
      hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, number),
      transmit: (packet: Packet) => network.transmit(packet, this),
    } as const;
    this.iface = this.stack.attach(device, { addresses });
  }

  get kernel(): HostedStack["kernel"] {
    return this.stack.kernel;
  }

  nowUs = (): number => this.#network.nowUs;
  wake = (): void => void (this.isAwake = true);
  wakeNextTurn = (): void => void (this.wantsTurn = true);
  deadlineChanged = (): void => undefined;
  hold = (): void => void (this.held += 1);
  release = (): void => void (this.held -= 1);
  throwLater = (error: unknown): void => {
    this.#network.thrown.push(error);
  };
}

/** Stacks with sockets on one Ethernet in memory, on a clock that jumps from one event to the next. */
export class HostedNetwork {
  readonly pool: PacketPool = new PacketPool();
  readonly hosts: NetworkHost[] = [];
  readonly thrown: unknown[] = [];
  #frames: Frame[] = [];
  nowUs = 0;
  lose: Loss = () => false;

  host(name: string, addresses: readonly string[], options: Partial<HostedStackOptions> = {}): NetworkHost {
    const host = new NetworkHost(this, name, addresses, options);
    this.hosts.push(host);
    return host;
  }

  transmit(packet: Packet, from: NetworkHost): void {
    this.#frames.push({ packet, from, atUs: this.nowUs + DELAY_US });
  }

  /** Lets time go by until the promise is settled. */
  async run<Result>(promise: Promise<Result>): Promise<Result> {
    let isDone = false;
    const done = (): void => void (isDone = true);
    promise.then(done, done);
    for (let steps = 0; steps < MAX_STEPS_AT_ONCE; steps += 1) {
      await this.#settle();
      if (isDone) return promise;
      const nextUs = Math.min(
        this.#frames[0]?.atUs ?? Infinity,
        ...this.hosts.map(({ stack }) => stack.nextDeadlineUs()),
      );
      if (nextUs === Infinity) throw new Error("nothing can happen any more");
      if (nextUs > this.nowUs) steps = 0;
      this.nowUs = Math.max(this.nowUs, nextUs);
      this.#deliver();
      for (const { stack } of this.hosts) if (stack.nextDeadlineUs() <= this.nowUs) stack.run();
    }
    throw new Error("the network does not come to rest");
  }

  #deliver(): void {
    const due = this.#frames.filter(({ atUs }) => atUs <= this.nowUs);
    this.#frames = this.#frames.filter(({ atUs }) => atUs > this.nowUs);
    for (const { packet, from } of due) {
      if (!this.lose(packet.bytes.subarray(packet.start, packet.end), from.name)) {
        for (const host of this.hosts) {
          const copy = host === from ? undefined : packet.clone();
          if (copy !== undefined) host.stack.receive(host.iface, copy);
        }
      }
      packet.release();
    }
  }

  async #settle(): Promise<void> {
    do {
      for (const host of this.hosts) {
        if (host.isAwake) {
          host.isAwake = false;
          host.stack.run();
        }
        if (host.wantsTurn) {
          host.wantsTurn = false;
          host.stack.turn();
        }
      }
      await turn();
    } while (this.hosts.some(({ isAwake, wantsTurn }) => isAwake || wantsTurn));
  }
}
