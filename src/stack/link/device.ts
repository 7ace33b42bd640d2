import type { Packet } from "../packet.ts";

/** What a device can do for the packets that it is given. */
export interface Offload {
  /** It fills in the checksum of a packet that is CHECKSUM_PARTIAL. */
  readonly checksum: boolean;
  /** It takes super-segments uncut (`packet.segmentBytes`): of TCP and of UDP, or of TCP alone. */
  readonly segmentation: boolean | "tcp";
}

/**
 * A network device as the stack sees it: a TAP or TUN descriptor, a link of a simulation, one end of a cable in memory.
 * What comes in is handed to `Stack.receive` by whoever drives the device.
 */
export interface Device {
  /**
   * "ethernet": frames with an Ethernet header, neighbours resolved by ARP and neighbour discovery. "ip": bare IP
   * packets to the one at the other end. "loopback": IP packets that come back to the same stack.
   */
  readonly kind: "ethernet" | "ip" | "loopback";
  /** The longest IP packet that it carries. */
  readonly mtu: number;
  /** Six bytes, for "ethernet". */
  readonly hardwareAddress?: Uint8Array;
  readonly offload: Offload;
  /**
   * Sends a frame, which is the device's from now on. It returns before the stack that sent it is given another packet:
   * what a link delivers at once waits in `Stack.receive`'s queue.
   */
  transmit(packet: Packet): void;
}
