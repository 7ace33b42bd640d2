import type { StackContext } from "../context.ts";
import { type Packet, PACKET_FOR_HOST, PACKET_OUTGOING } from "../packet.ts";
import type { Interface } from "./interface.ts";
import type { NeighbourCache } from "./neighbour-cache.ts";
import { transmitTo } from "./segmentation.ts";
import type { Taps } from "./tap.ts";

/** Who takes packets from the links. */
export interface NetworkInput {
  /** An IP packet came in: `packet.start` is where it begins, `etherType` which version it is. */
  receive(packet: Packet, iface: Interface): void;
  /** A packet that was sent found no neighbour to take it: its sender is told. `packet.network` is where it begins. */
  unreachable(packet: Packet, iface: Interface): void;
}

/** What all links of a stack share. */
export class LinkContext {
  readonly stack: StackContext;
  readonly neighbours: NeighbourCache;
  readonly taps: Taps;
  readonly network: NetworkInput;

  constructor(stack: StackContext, neighbours: NeighbourCache, taps: Taps, network: NetworkInput) {
    this.stack = stack;
    this.neighbours = neighbours;
    this.taps = taps;
    this.network = network;
  }

  /** Gives a finished frame to the device. */
  transmit(packet: Packet, iface: Interface): void {
    const { counters } = iface;
    const bytes = packet.end - packet.start;
    if (!this.taps.isEmpty) {
      packet.packetType = PACKET_OUTGOING;
      this.taps.show(packet, iface);
      packet.packetType = PACKET_FOR_HOST;
    }
    const frames = transmitTo(iface.device, packet, this.stack.pool);
    if (frames < 0) counters.sendDropped++;
    else {
      counters.sentPackets += frames;
      counters.sentBytes += bytes;
    }
  }

  /** Notes where and when a frame came from, and shows it to the taps. */
  arrived(packet: Packet, iface: Interface): void {
    packet.iface = iface.index;
    packet.receivedUs = this.stack.nowUs;
    iface.counters.receivedPackets++;
    iface.counters.receivedBytes += packet.end - packet.start;
    if (!this.taps.isEmpty) this.taps.show(packet, iface);
  }
}
