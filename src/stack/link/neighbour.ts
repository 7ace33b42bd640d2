import type { IpAddress } from "../ip/address.ts";
import type { AddressEntry } from "../ip/address-table.ts";
import type { Packet } from "../packet.ts";
import { Timer, type TimerOwner } from "../timer/timer.ts";

/** States of a neighbour: RFC 4861 §7.3.2, and Linux's FAILED, PERMANENT and NOARP. */
export const INCOMPLETE = 0;
export const REACHABLE = 1;
export const STALE = 2;
export const DELAY = 3;
export const PROBE = 4;
/** It did not answer. The entry stays for a while, so that what is sent meanwhile asks again. */
export const FAILED = 5;
/** Set by hand: never asked, never forgotten. */
export const PERMANENT = 6;
/** A group, whose hardware address follows from its own: RFC 1112 §6.4, RFC 2464 §7. */
export const NO_ARP = 7;

export const NEIGHBOUR_STATES: readonly string[] = [
  "INCOMPLETE",
  "REACHABLE",
  "STALE",
  "DELAY",
  "PROBE",
  "FAILED",
  "PERMANENT",
  "NOARP",
];

/** One who can be reached on a link without a router, and what is known of its hardware address. */
export class Neighbour implements AddressEntry, TimerOwner {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  /** The index of the interface: the same link-local address means another one on another link. */
  readonly zone: number;
  readonly address: IpAddress;
  /** INCOMPLETE and its siblings. */
  state: number = INCOMPLETE;
  hardwareHigh = 0;
  hardwareLow = 0;
  isRouter = false;
  /** It was put out of the cache; who still holds it looks it up anew. */
  isForgotten = false;
  /** Until when a REACHABLE one is taken to be so. */
  reachableUntilUs = 0;
  /** Solicitations without an answer. */
  probes = 0;
  /** Packets that wait for the hardware address, oldest first. */
  first: Packet | undefined = undefined;
  last: Packet | undefined = undefined;
  waiting = 0;
  readonly timer: Timer;
  hashNext: this | undefined = undefined;
  older: this | undefined = undefined;
  newer: this | undefined = undefined;
  readonly #expired: (neighbour: Neighbour) => void;

  constructor(address: IpAddress, zone: number, expired: (neighbour: Neighbour) => void) {
    this.w0 = address.w0;
    this.w1 = address.w1;
    this.w2 = address.w2;
    this.w3 = address.w3;
    this.zone = zone;
    this.address = address;
    this.timer = new Timer(this);
    this.#expired = expired;
  }

  expired(): void {
    this.#expired(this);
  }

  /** Adds a packet to those that wait; the caller has made sure that there is room. */
  enqueue(packet: Packet): void {
    packet.next = undefined;
    if (this.last === undefined) this.first = packet;
    else this.last.next = packet;
    this.last = packet;
    this.waiting++;
  }

  /** Takes the oldest packet that waits. */
  dequeue(): Packet | undefined {
    const packet = this.first;
    if (packet === undefined) return undefined;
    this.first = packet.next;
    if (this.first === undefined) this.last = undefined;
    packet.next = undefined;
    this.waiting--;
    return packet;
  }
}
