import { AF_PACKET, ARPHRD_ETHER, ARPHRD_LOOPBACK, ARPHRD_NONE } from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { uint16At, uint32At } from "../../../netdb/host-order.ts";
import { SOCKADDR_LL_SIZE } from "../../../netdb/sockaddr.ts";
import type { Interface } from "../../link/interface.ts";

/** Where the hardware address begins in a `struct sockaddr_ll`, and its longest. */
const HARDWARE_AT = 12;
const MOST_HARDWARE_BYTES = 8;
const NO_ADDRESS: Uint8Array = new Uint8Array(6);

/** An address of the link, `struct sockaddr_ll`. */
export class LinkAddress {
  readonly protocol: number;
  readonly interfaceIndex: number;
  readonly hardwareAddress: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.protocol = ((bytes[2] as number) << 8) | (bytes[3] as number);
    this.interfaceIndex = uint32At(bytes, 4);
    this.hardwareAddress = bytes.subarray(HARDWARE_AT, HARDWARE_AT + Math.min(bytes[11] ?? 0, MOST_HARDWARE_BYTES));
  }

  /** -EINVAL for what is none. */
  static read(bytes: Uint8Array): LinkAddress | number {
    if (bytes.length < SOCKADDR_LL_SIZE || uint16At(bytes, 0) !== AF_PACKET) return -errno.EINVAL;
    return new LinkAddress(bytes);
  }
}

/** What a device is for a packet socket: its type of hardware, its address, and whether frames have a header. */
export function hardwareOf({ device }: Interface): { type: number; address: Uint8Array; hasHeader: boolean } {
  if (device.kind === "loopback") return { type: ARPHRD_LOOPBACK, address: NO_ADDRESS, hasHeader: true };
  if (device.kind === "ip") return { type: ARPHRD_NONE, address: new Uint8Array(), hasHeader: false };
  return { type: ARPHRD_ETHER, address: device.hardwareAddress ?? NO_ADDRESS, hasHeader: true };
}
