import { createStack, type Device, type HostedStack, type Packet, PacketPool } from "dialtone/stack";

/** One machine of the page. */
export interface Machine {
  readonly name: string;
  readonly address: string;
  readonly stack: HostedStack;
}

/** Hears of every packet when it leaves: a copy of its bytes, from the IP header on. */
export type PacketListener = (from: Machine, bytes: Uint8Array) => void;

/** Two machines, and a cable between them that takes its time. */
export class Cable {
  delayMs = 100;
  readonly alice: Machine;
  readonly bob: Machine;
  readonly #pool: PacketPool = new PacketPool();
  readonly #listener: PacketListener;

  constructor(listener: PacketListener) {
    this.#listener = listener;
    const names = { bob: "10.0.0.2", alice: "10.0.0.1" };
    const make = (name: keyof typeof names): Machine => ({
      name,
      address: names[name],
      stack: createStack({ pool: this.#pool, hosts: names }),
    });
    this.alice = make("alice");
    this.bob = make("bob");
    const toBob = this.#plug(this.alice, (packet) => this.bob.stack.receive(toAlice, packet));
    const toAlice = this.#plug(this.bob, (packet) => this.alice.stack.receive(toBob, packet));
  }

  /** Plugs one end in: what leaves there comes out at the other after the delay. */
  #plug(machine: Machine, arrive: (packet: Packet) => void): ReturnType<HostedStack["attach"]> {
    const device: Device = {
      kind: "ip",
      mtu: 1500,
      offload: { checksum: false, segmentation: false },
      transmit: (packet) => {
        this.#listener(machine, packet.bytes.slice(packet.start, packet.end));
        setTimeout(() => arrive(packet), this.delayMs);
      },
    };
    return machine.stack.attach(device, { addresses: [`${machine.address}/24`] });
  }
}
