import type { StackContext } from "../context.ts";
import type { Packet } from "../packet.ts";
import type { NeighbourCache } from "./neighbour-cache.ts";
import { DELAY, FAILED, INCOMPLETE, type Neighbour, NO_ARP, PERMANENT, PROBE, REACHABLE, STALE } from "./neighbour.ts";

/** RFC 4861 §10: BASE_REACHABLE_TIME, of which half to one and a half is taken (§6.3.2). */
const BASE_REACHABLE_US = 30_000_000;
/** RFC 4861 §10: DELAY_FIRST_PROBE_TIME. */
const DELAY_FIRST_PROBE_US = 5_000_000;
/** RFC 4861 §10: RETRANS_TIMER. */
const RETRANS_US = 1_000_000;
/** RFC 4861 §10: MAX_MULTICAST_SOLICIT and MAX_UNICAST_SOLICIT. */
const MAX_MULTICAST_SOLICIT = 3;
const MAX_UNICAST_SOLICIT = 3;

/** How a link asks, sends and gives up. */
export interface NeighbourLink {
  /** Asks for a hardware address: everybody, or the neighbour alone when `toNeighbour` is set. */
  solicit(neighbour: Neighbour, toNeighbour: boolean): void;
  /** Sends a packet to the hardware address that is known. */
  transmit(packet: Packet, neighbour: Neighbour): void;
  /** The packet waited in vain: who sent it is told. */
  unreachable(packet: Packet): void;
}

/**
 * What is known of a neighbour's reachability: RFC 4861 §7.3, for IPv4 as for IPv6. One for each link, over the cache
 * that all share.
 */
export class NeighbourReachability {
  readonly #context: StackContext;
  readonly #cache: NeighbourCache;
  readonly #link: NeighbourLink;
  /** What a router's advertisement or Linux's default says. */
  reachableUs: number = BASE_REACHABLE_US;
  retransUs: number = RETRANS_US;
  readonly expired: (neighbour: Neighbour) => void;

  constructor(context: StackContext, cache: NeighbourCache, link: NeighbourLink) {
    this.#context = context;
    this.#cache = cache;
    this.#link = link;
    this.expired = (neighbour) => this.#expired(neighbour);
  }

  /** Sends a packet now, or when the hardware address is known. */
  send(packet: Packet, neighbour: Neighbour): void {
    switch (neighbour.state) {
      case REACHABLE:
        if (neighbour.reachableUntilUs <= this.#context.nowUs) this.#delay(neighbour);
        break;
      case STALE:
        this.#delay(neighbour);
        break;
      case INCOMPLETE:
      case FAILED:
        this.#cache.enqueue(neighbour, packet);
        if (!neighbour.timer.isSet) this.#begin(neighbour);
        return;
      default:
    }
    this.#link.transmit(packet, neighbour);
  }

  /** Something came that only arrives when packets to the neighbour do: RFC 4861 §7.3.1. */
  confirm(neighbour: Neighbour): void {
    if (neighbour.state >= FAILED || neighbour.state === INCOMPLETE || neighbour.isForgotten) return;
    this.#reachable(neighbour);
  }

  /**
   * The neighbour said what its hardware address is. When it was asked (`isAnswer`) it is reachable; a statement of its
   * own, or somebody else's, only makes it worth a try (RFC 4861 §7.2.5). With `mayChange` false a known address stays.
   */
  learn(neighbour: Neighbour, high: number, low: number, isAnswer: boolean, mayChange: boolean): void {
    if (neighbour.state === PERMANENT || neighbour.state === NO_ARP) return;
    const wasKnown = neighbour.state !== INCOMPLETE && neighbour.state !== FAILED;
    const isChanged = neighbour.hardwareHigh !== high || neighbour.hardwareLow !== low;
    if (wasKnown && isChanged && !mayChange) {
      // RFC 4861 §7.2.5 I: what was reachable is so no more for sure.
      if (neighbour.state === REACHABLE) this.#stale(neighbour);
      return;
    }
    neighbour.hardwareHigh = high;
    neighbour.hardwareLow = low;
    this.#cache.touch(neighbour);
    if (isAnswer) this.#reachable(neighbour);
    else if (!wasKnown || isChanged) this.#stale(neighbour);
    this.#flush(neighbour);
  }

  /** Sets a neighbour by hand. */
  fix(neighbour: Neighbour, high: number, low: number): void {
    this.#context.timers.remove(neighbour.timer);
    neighbour.state = PERMANENT;
    neighbour.hardwareHigh = high;
    neighbour.hardwareLow = low;
    this.#flush(neighbour);
  }

  #reachable(neighbour: Neighbour): void {
    neighbour.state = REACHABLE;
    neighbour.probes = 0;
    const half = this.reachableUs / 2;
    neighbour.reachableUntilUs =
      this.#context.nowUs + half + (this.#context.random.uint32() / 2 ** 32) * this.reachableUs;
    this.#context.timers.remove(neighbour.timer);
  }

  #stale(neighbour: Neighbour): void {
    neighbour.state = STALE;
    neighbour.probes = 0;
    this.#context.timers.remove(neighbour.timer);
  }

  /** The first packet to a stale neighbour goes out; if nothing confirms it for a while, it is asked. */
  #delay(neighbour: Neighbour): void {
    neighbour.state = DELAY;
    this.#cache.touch(neighbour);
    this.#context.timers.set(neighbour.timer, this.#context.nowUs + DELAY_FIRST_PROBE_US);
  }

  #begin(neighbour: Neighbour): void {
    neighbour.state = INCOMPLETE;
    neighbour.probes = 0;
    this.#cache.touch(neighbour);
    this.#ask(neighbour, false);
  }

  #ask(neighbour: Neighbour, toNeighbour: boolean): void {
    neighbour.probes++;
    this.#context.timers.set(neighbour.timer, this.#context.nowUs + this.retransUs);
    this.#link.solicit(neighbour, toNeighbour);
  }

  #expired(neighbour: Neighbour): void {
    switch (neighbour.state) {
      case DELAY:
        neighbour.state = PROBE;
        this.#ask(neighbour, true);
        return;
      case PROBE:
        if (neighbour.probes < MAX_UNICAST_SOLICIT) this.#ask(neighbour, true);
        else this.#fail(neighbour);
        return;
      case INCOMPLETE:
        if (neighbour.probes < MAX_MULTICAST_SOLICIT) this.#ask(neighbour, false);
        else this.#fail(neighbour);
        return;
      default:
    }
  }

  #fail(neighbour: Neighbour): void {
    neighbour.state = FAILED;
    neighbour.isRouter = false;
    for (let packet = this.#cache.dequeue(neighbour); packet !== undefined; packet = this.#cache.dequeue(neighbour)) {
      this.#link.unreachable(packet);
    }
  }

  #flush(neighbour: Neighbour): void {
    for (let packet = this.#cache.dequeue(neighbour); packet !== undefined; packet = this.#cache.dequeue(neighbour)) {
      this.send(packet, neighbour);
    }
  }
}
