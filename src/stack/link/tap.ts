import { type Packet, PACKET_OUTGOING } from "../packet.ts";
import type { Interface } from "./interface.ts";

/** The EtherType of a tap that sees everything, both ways: ETH_P_ALL, packet(7). */
export const EVERY_TYPE = 0x0003;
/** Taps that a stack has at most. */
export const MAX_TAPS = 256;

/** Somebody who listens in: a packet socket, a capture. */
export interface Tap {
  /** What it listens for; EVERY_TYPE sees also what is sent. */
  readonly etherType: number;
  /** The index of its interface; 0 for all. */
  readonly iface: number;
  /**
   * A packet passes. `packet.start` is where the link's header begins, or the network's on a link without one. The
   * packet is not the tap's: it is cloned to be kept.
   */
  captured(packet: Packet, iface: Interface): void;
}

/** All taps of a stack. */
export class Taps {
  readonly #taps: Tap[] = [];

  get isEmpty(): boolean {
    return this.#taps.length === 0;
  }

  /** Returns false when there are too many. */
  add(tap: Tap): boolean {
    if (this.#taps.length >= MAX_TAPS) return false;
    this.#taps.push(tap);
    return true;
  }

  remove(tap: Tap): void {
    const at = this.#taps.indexOf(tap);
    if (at >= 0) this.#taps.splice(at, 1);
  }

  /** Shows a packet to whoever listens for its like. */
  show(packet: Packet, iface: Interface): void {
    const isSent = packet.packetType === PACKET_OUTGOING;
    for (const tap of this.#taps) {
      if (tap.iface !== 0 && tap.iface !== iface.index) continue;
      if (tap.etherType === EVERY_TYPE || (!isSent && tap.etherType === packet.etherType)) tap.captured(packet, iface);
    }
  }
}
