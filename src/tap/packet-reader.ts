import { addressOf, nativeMemory } from "../host/ffi/memory.ts";
import { IOVEC } from "../layout/iovec.ts";
import { HEADROOM, type Packet, PACKET_PAYLOAD_LIMIT, type PacketPool } from "../stack/packet.ts";
import type { TunDevice } from "./tun-device.ts";

/**
 * Reads frames into packets. Most are small and some are of 64 KiB, and which comes next nobody knows: each is read
 * into a small packet and, where it is longer, on into a large one. Then the beginning is copied, which is little.
 */
export class PacketReader {
  readonly #device: TunDevice;
  readonly #pool: PacketPool;
  /** Where a frame begins in a packet, so that its IP header is at HEADROOM. */
  readonly #start: number;
  readonly #vectors: Uint8Array = nativeMemory(2 * IOVEC.size);
  readonly #view: DataView = new DataView(this.#vectors.buffer);
  /** Where packets lie in memory: they never move. */
  readonly #addresses: WeakMap<Packet, bigint> = new WeakMap();
  #small: Packet | undefined;
  #large: Packet | undefined;
  /** What the vectors point at. */
  #aimedSmall: Packet | undefined;
  #aimedLarge: Packet | undefined;
  #smallBytes: Uint8Array = new Uint8Array(0);

  /** `headerBytes`: what comes before the IP header, the virtio header included. */
  constructor(device: TunDevice, pool: PacketPool, headerBytes: number) {
    this.#device = device;
    this.#pool = pool;
    this.#start = HEADROOM - headerBytes;
  }

  /**
   * The next frame, with its virtio header: `start` is where it begins. Undefined when there is none, or no memory for
   * one: then the frame waits.
   */
  read(): Packet | undefined {
    const small = (this.#small ??= this.#pool.allocate(0));
    const large = (this.#large ??= this.#pool.allocate(PACKET_PAYLOAD_LIMIT));
    if (small === undefined || large === undefined) return undefined;
    if (small !== this.#aimedSmall) this.#aimSmall(small);
    if (large !== this.#aimedLarge) this.#aimLarge(large);
    const bytes = this.#device.readVectors(this.#vectors, 2);
    if (bytes === 0) return undefined;
    const packet = bytes <= this.#smallBytes.length ? this.#takeSmall(small) : this.#takeLarge(large);
    packet.start = this.#start;
    packet.end = this.#start + bytes;
    return packet;
  }

  /** Gives back what was made ready and not used. */
  rest(): void {
    this.#small?.release();
    this.#large?.release();
    this.#small = undefined;
    this.#large = undefined;
  }

  #takeSmall(packet: Packet): Packet {
    this.#small = undefined;
    return packet;
  }

  #takeLarge(packet: Packet): Packet {
    this.#large = undefined;
    packet.bytes.set(this.#smallBytes, this.#start);
    return packet;
  }

  #aimSmall(packet: Packet): void {
    this.#aimedSmall = packet;
    this.#smallBytes = packet.bytes.subarray(this.#start);
    this.#aim(0, packet, this.#start);
  }

  /** What the small packet has no room for goes where it would be in the large one. */
  #aimLarge(packet: Packet): void {
    this.#aimedLarge = packet;
    this.#aim(IOVEC.size, packet, this.#start + this.#smallBytes.length);
  }

  #aim(vector: number, packet: Packet, from: number): void {
    let address = this.#addresses.get(packet);
    if (address === undefined) {
      address = addressOf(packet.bytes);
      this.#addresses.set(packet, address);
    }
    this.#view.setBigUint64(vector + IOVEC.base, address + BigInt(from), true);
    this.#view.setBigUint64(vector + IOVEC.len, BigInt(packet.bytes.length - from), true);
  }
}
