import type { Packet } from "../packet.ts";
import type { Backlog } from "./backlog.ts";
import type { Device, Offload } from "./device.ts";

/** Linux's MTU of `lo`. */
const LOOPBACK_MTU = 65536;
/** A stack's first interface. */
export const LOOPBACK_INDEX = 1;

/** The device whose packets come back, uncut and without a checksum. */
export class LoopbackDevice implements Device {
  readonly kind = "loopback";
  readonly mtu: number = LOOPBACK_MTU;
  readonly offload: Offload = { checksum: true, segmentation: true };
  readonly #backlog: Backlog;

  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  transmit(packet: Packet): void {
    packet.iface = LOOPBACK_INDEX;
    packet.network = -1;
    this.#backlog.add(packet);
  }
}
