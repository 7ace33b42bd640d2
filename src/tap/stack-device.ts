import { errno } from "../api/errno.ts";
import type { Device, Offload } from "../stack/link/device.ts";
import type { Packet, PacketPool } from "../stack/packet.ts";
import { ETHERNET_HEADER_BYTES } from "../wire/ethernet.ts";
import { acceptOffload, describeOffload } from "./packet-offload.ts";
import { PacketReader } from "./packet-reader.ts";
import type { TunDevice } from "./tun-device.ts";
import { VirtioHeader } from "./virtio-header.ts";

/** Packets that are received before what came of them is sent and told … */
const PACKETS_A_BATCH = 64;
/** … and the bytes of them, so that a sender of 64 KiB at a time hears of it soon. */
const BYTES_A_BATCH = 1 << 20;
/** Batches in one turn of the event loop. */
const BATCHES_A_TURN = 4;

/** Who takes the packets of a device: a stack, and what drives it. */
export interface PacketTaker {
  /** A frame came in. It is the taker's from now on. */
  receive(packet: Packet): void;
  /** After the last of several that came together; `isLast` when no more are there now. */
  batchEnd(isLast: boolean): void;
  /** The device failed, and nothing more comes of it: its interface was deleted. */
  failed(error: unknown): void;
}

/** What did not go as it should. */
export class DeviceCounters {
  /** Frames that the kernel had no room for, … */
  sendFull = 0;
  /** … that were sent while the interface was down, … */
  sendDown = 0;
  /** … and that it refused. */
  sendErrors = 0;
  receiveErrors = 0;
}

/** How a device is given to a stack. */
export interface StackDeviceOptions {
  /** The longest IP packet. */
  readonly mtu: number;
  /** The stack's address on an Ethernet, six bytes: another one than the machine's own end has. */
  readonly hardwareAddress?: Uint8Array | undefined;
}

/**
 * A TUN or TAP device of the machine as an interface of a stack: whichever drives it, in real time or as one host of a
 * simulation. Checksums and the cutting of segments are left to the machine, where the device was opened for that.
 */
export class StackDevice implements Device {
  readonly kind: "ethernet" | "ip";
  readonly mtu: number;
  readonly hardwareAddress?: Uint8Array;
  readonly offload: Offload;
  readonly counters: DeviceCounters = new DeviceCounters();
  readonly #device: TunDevice;
  readonly #reader: PacketReader;
  readonly #header: VirtioHeader = new VirtioHeader();

  /** `pool` is the memory of the stack's packets. */
  constructor(device: TunDevice, pool: PacketPool, options: StackDeviceOptions) {
    const isEthernet = device.kind === "tap";
    const hasOffload = device.headerBytes > 0;
    this.kind = isEthernet ? "ethernet" : "ip";
    this.mtu = options.mtu;
    if (options.hardwareAddress !== undefined) this.hardwareAddress = options.hardwareAddress;
    this.offload = { checksum: hasOffload, segmentation: hasOffload ? "tcp" : false };
    this.#device = device;
    this.#reader = new PacketReader(device, pool, device.headerBytes + (isEthernet ? ETHERNET_HEADER_BYTES : 0));
  }

  /** Hands on whatever comes, from now on. */
  receive(taker: PacketTaker): void {
    this.#device.watch(() => {
      try {
        this.#turn(taker);
      } catch (error) {
        if (!this.#device.isClosed) taker.failed(error);
      }
    });
  }

  #turn(taker: PacketTaker): void {
    for (let batches = 0; batches < BATCHES_A_TURN; batches += 1) {
      if (!this.#batch(taker) || this.#device.isClosed) return;
    }
  }

  /** Returns whether there may be more. */
  #batch(taker: PacketTaker): boolean {
    let left = PACKETS_A_BATCH;
    let bytes = 0;
    let packet: Packet | undefined;
    try {
      while (left > 0 && bytes < BYTES_A_BATCH && !this.#device.isClosed) {
        packet = this.#reader.read();
        if (packet === undefined) break;
        left -= 1;
        bytes += packet.length;
        this.#arrived(packet, taker);
      }
    } finally {
      this.#reader.rest();
    }
    const isLast = packet === undefined;
    if (left < PACKETS_A_BATCH) taker.batchEnd(isLast);
    return !isLast;
  }

  #arrived(packet: Packet, taker: PacketTaker): void {
    const { headerBytes } = this.#device;
    if (headerBytes > 0) {
      this.#header.read(packet.view, packet.start);
      packet.start += headerBytes;
      if (!acceptOffload(packet, this.#header)) {
        this.counters.receiveErrors += 1;
        packet.release();
        return;
      }
    }
    taker.receive(packet);
  }

  transmit(packet: Packet): void {
    const { headerBytes } = this.#device;
    if (headerBytes > 0) {
      describeOffload(packet, this.#header);
      this.#header.write(packet.view, packet.prepend(headerBytes));
    }
    this.#sent(this.#device.tryWrite(packet.bytes.subarray(packet.start, packet.end)));
    packet.release();
  }

  /** A frame that does not leave is lost, as it would be on a wire. */
  #sent(number: number): void {
    if (number === 0) return;
    if (number === errno.EAGAIN || number === errno.ENOBUFS || number === errno.EINTR) this.counters.sendFull += 1;
    else if (number === errno.EIO) this.counters.sendDown += 1;
    else this.counters.sendErrors += 1;
  }
}
