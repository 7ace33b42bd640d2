import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "../../wire/ethernet.ts";
import type { Packet } from "../packet.ts";
import type { Interface, LinkLayer } from "./interface.ts";
import type { LinkContext } from "./link-context.ts";

/** A link without a header: to the one at the other end (TUN), or back to this stack (loopback). */
export class IpLink implements LinkLayer {
  readonly #context: LinkContext;
  readonly #iface: Interface;

  constructor(context: LinkContext, iface: Interface) {
    this.#context = context;
    this.#iface = iface;
  }

  neighbour(): undefined {
    return undefined;
  }

  confirm(): void {
    // There is nobody to be known.
  }

  send(packet: Packet): void {
    packet.link = -1;
    this.#context.transmit(packet, this.#iface);
  }

  receive(packet: Packet): void {
    const { start, end } = packet;
    packet.link = -1;
    packet.network = start;
    const version = start < end ? packet.view.getUint8(start) >>> 4 : 0;
    packet.etherType = version === 4 ? ETHERTYPE_IPV4 : version === 6 ? ETHERTYPE_IPV6 : 0;
    this.#context.arrived(packet, this.#iface);
    if (packet.etherType === 0) {
      this.#iface.counters.receiveErrors++;
      packet.release();
    } else this.#context.network.receive(packet, this.#iface);
  }
}
