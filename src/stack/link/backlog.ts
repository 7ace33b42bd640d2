import type { Packet } from "../packet.ts";

/** Packets that may wait: Linux's net.core.netdev_max_backlog. */
export const MAX_BACKLOG = 1000;

/**
 * Packets that came in while another was being worked on, the loopback's among them. They wait for their turn, so that
 * nothing in the stack is ever entered twice.
 */
export class Backlog {
  #first: Packet | undefined;
  #last: Packet | undefined;
  #waiting = 0;
  #dropped = 0;

  get waiting(): number {
    return this.#waiting;
  }

  /** Packets for which there was no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Puts a packet at the end; `packet.iface` says where it came in. It is released when too many wait. */
  add(packet: Packet): void {
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

  /** The packet that waits longest. */
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
