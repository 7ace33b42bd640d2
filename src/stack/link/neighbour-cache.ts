import type { StackContext } from "../context.ts";
import { AddressTable } from "../ip/address-table.ts";
import type { IpAddress } from "../ip/address.ts";
import type { Packet } from "../packet.ts";
import { Neighbour, PERMANENT } from "./neighbour.ts";

/** Neighbours of all interfaces together: Linux's gc_thresh3. */
export const MAX_NEIGHBOURS = 1024;
/** Packets that wait for one hardware address; the oldest makes room (RFC 4861 §7.2.2 asks for one at the least). */
export const MAX_WAITING = 64;
/** Packets that wait for any. */
export const MAX_WAITING_ALL = 2048;

/**
 * Who is on the links: one bounded table for all interfaces. The one least recently heard of or sent to is forgotten.
 */
export class NeighbourCache {
  readonly #context: StackContext;
  readonly #table: AddressTable<Neighbour>;
  #waiting = 0;

  constructor(context: StackContext) {
    this.#context = context;
    this.#table = new AddressTable(MAX_NEIGHBOURS, context.random.uint32());
  }

  get size(): number {
    return this.#table.size;
  }

  /** Packets that wait for a hardware address. */
  get waiting(): number {
    return this.#waiting;
  }

  [Symbol.iterator](): IterableIterator<Neighbour> {
    return this.#table[Symbol.iterator]();
  }

  find(address: IpAddress, zone: number): Neighbour | undefined {
    return this.#table.find(address.w0, address.w1, address.w2, address.w3, zone);
  }

  /** A new entry, INCOMPLETE; undefined when the cache is full of permanent ones. */
  add(address: IpAddress, zone: number, expired: (neighbour: Neighbour) => void): Neighbour | undefined {
    if (this.#table.isFull && !this.#forgetOldest()) return undefined;
    const neighbour = new Neighbour(address, zone, expired);
    this.#table.add(neighbour);
    return neighbour;
  }

  /** The neighbour is in use: others are forgotten before it. */
  touch(neighbour: Neighbour): void {
    this.#table.touch(neighbour);
  }

  forget(neighbour: Neighbour): void {
    this.#table.remove(neighbour);
    neighbour.isForgotten = true;
    this.#context.timers.remove(neighbour.timer);
    for (let packet = this.dequeue(neighbour); packet !== undefined; packet = this.dequeue(neighbour)) packet.release();
  }

  /** Forgets all of an interface. */
  forgetAll(zone: number): void {
    for (const neighbour of this.#table) if (neighbour.zone === zone) this.forget(neighbour);
  }

  /** Lets a packet wait. The oldest that waits for the same neighbour goes when there is no room. */
  enqueue(neighbour: Neighbour, packet: Packet): void {
    if (neighbour.waiting >= MAX_WAITING || this.#waiting >= MAX_WAITING_ALL) {
      const oldest = this.dequeue(neighbour);
      if (oldest === undefined) {
        packet.release();
        return;
      }
      oldest.release();
    }
    neighbour.enqueue(packet);
    this.#waiting++;
  }

  /** The oldest packet that waits for a neighbour. */
  dequeue(neighbour: Neighbour): Packet | undefined {
    const packet = neighbour.dequeue();
    if (packet !== undefined) this.#waiting--;
    return packet;
  }

  #forgetOldest(): boolean {
    for (const neighbour of this.#table) {
      if (neighbour.state === PERMANENT) continue;
      this.forget(neighbour);
      return true;
    }
    return false;
  }
}
