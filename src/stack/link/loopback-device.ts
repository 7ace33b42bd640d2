import type { Packet } from "../packet.ts";
import type { Device, Offload } from "./device.ts";

/** Linux's MTU of `lo`. */
const LOOPBACK_MTU = 65536;
/** Packets that may wait to come back: Linux's net.core.netdev_max_backlog. */
export const MAX_BACKLOG = 1000;

/**
 * The device whose packets come back. They wait until the stack asks for them, so that no packet is received while
 * another is being sent.
 */
export class LoopbackDevice implements Device {
  readonly kind = "loopback";
  readonly mtu: number = LOOPBACK_MTU;
  readonly offload: Offload = { checksum: true, segmentation: true };
  #first: Packet | undefined;
  #last: Packet | undefined;
  #waiting = 0;
  #dropped = 0;

  get waiting(): number {
    return this.#waiting;
  }

  get dropped(): number {
    return this.#dropped;
  }

  transmit(packet: Packet): void {
    if (this.#waiting >= MAX_BACKLOG) {
      this.#dropped++;
      packet.release();
      return;
    }
    packet.next = undefined;
    if (this.#last === undefined) this.#first = packet;
    else this.#last.next = packet;
    this.#last = packet;
    this.#waiting++;
  }

  /** The next packet that has come back. */
  take(): Packet | undefined {
    const packet = this.#first;
    if (packet === undefined) return undefined;
    this.#first = packet.next;
    if (this.#first === undefined) this.#last = undefined;
    packet.next = undefined;
    this.#waiting--;
    return packet;
  }
}
