import type { HostedStack } from "../stack/hosted-stack.ts";
import type { Device, Offload } from "../stack/link/device.ts";
import type { Interface } from "../stack/link/interface.ts";
import type { PacketHook } from "../stack/link/packet-hook.ts";
import type { Packet } from "../stack/packet.ts";
import type { Channel } from "./link/channel.ts";
import type { Host } from "./host.ts";
import { addHook } from "./hook-chain.ts";
import type { Port } from "./port.ts";
import type { SimContext } from "./sim-context.ts";

/** Ethernet's usual. */
const DEFAULT_MTU = 1500;

/** How an interface of a host is set up. */
export interface InterfaceOptions {
  /** "eth0" and so on unless given. */
  readonly name?: string | undefined;
  /** Addresses with their prefixes: "10.0.0.1/24", "2001:db8::1/64". */
  readonly addresses?: readonly string[] | undefined;
  /** The longest IP packet: that of the link unless given, or 1500. */
  readonly mtu?: number | undefined;
  /** Whether IPv6 addresses and routes are made of what routers say: RFC 4862. */
  readonly autoconfigure?: boolean | undefined;
}

/** An Ethernet interface of a host: what its stack sends by, and what a cable is plugged into. */
export class HostInterface implements Port, Device {
  readonly kind = "ethernet";
  readonly host: Host;
  /** The interface's own name on its host: "eth0". */
  readonly device: string;
  readonly hardwareAddress: Uint8Array;
  /** A link of a simulation changes no bytes by accident, so checksums are filled in where somebody looks at them. */
  readonly offload: Offload = { checksum: true, segmentation: false };
  readonly options: InterfaceOptions;
  channel: Channel | undefined = undefined;
  mtu: number;
  /** The stack's own record of it, while the host is on. */
  attached: Interface | undefined = undefined;
  /** It leads out of a network whose addresses are translated: nobody there knows the way in. */
  isOutside = false;
  readonly #hooks: ((attached: Interface) => PacketHook)[] = [];
  readonly #context: SimContext;
  #isAttaching = false;

  constructor(context: SimContext, host: Host, device: string, hardwareAddress: Uint8Array, options: InterfaceOptions) {
    this.#context = context;
    this.host = host;
    this.device = device;
    this.hardwareAddress = hardwareAddress;
    this.options = options;
    this.mtu = options.mtu ?? DEFAULT_MTU;
  }

  get name(): string {
    return `${this.host.name}.${this.device}`;
  }

  /** A link's MTU becomes the interface's, unless that has one of its own. */
  plugged(mtu: number): void {
    if (this.options.mtu !== undefined) return;
    this.mtu = mtu;
    if (this.attached !== undefined) this.attached.mtu = mtu;
  }

  /** Has a hook look at what enters and leaves; it is made anew when the host starts anew. */
  addHook(make: (attached: Interface) => PacketHook): void {
    this.#hooks.push(make);
    if (this.attached !== undefined) addHook(this.attached, make(this.attached));
  }

  /** The stack sends a frame. */
  transmit(packet: Packet): void {
    // What a machine that is off still closes makes no noise.
    if (this.attached === undefined && !this.#isAttaching) packet.release();
    else if (this.channel === undefined) this.#context.tracer.drop(undefined, packet, "unplugged");
    else this.channel.send(packet);
  }

  /** A frame has arrived. */
  receive(packet: Packet): void {
    this.host.receive(this, packet);
  }

  /** Takes it into use: by the host, when that boots or the interface comes up. */
  attachTo(stack: HostedStack): void {
    const { addresses, autoconfigure } = this.options;
    this.#isAttaching = true;
    this.attached = stack.attach(this, {
      name: this.device,
      ...(addresses && { addresses }),
      ...(autoconfigure !== undefined && { autoconfigure }),
    });
    this.#isAttaching = false;
    for (const make of this.#hooks) addHook(this.attached, make(this.attached));
  }

  /** Whether it is in use: its host is on, and nobody has taken it down. */
  get isUp(): boolean {
    return this.attached !== undefined;
  }

  /** The host loses it, with its addresses and routes: `ip link set eth0 down`. */
  down(): void {
    this.host.loseInterface(this);
  }

  /** The host has it again, with the addresses and routes that it was made with. */
  up(): void {
    this.host.regainInterface(this);
  }
}
