import type { StackContext } from "../context.ts";
import { type AddressEntry, AddressTable } from "./address-table.ts";
import type { IpAddress } from "./address.ts";

/** Destinations whose path MTU is remembered. */
export const MAX_PATH_MTUS = 1024;
/** RFC 1191 §6.3 and RFC 8201 §5.3: a path is tried with larger packets again after ten minutes. */
const EXPIRY_US = 600_000_000;
/** Linux's net.ipv4.route.min_pmtu: whoever says less is not believed, and gets fragments instead. */
const IPV4_MIN_MTU = 552;
/** RFC 8200 §5. */
export const IPV6_MIN_MTU = 1280;
/**
 * MTUs of RFC 1191 §7.1: what a packet that was too large is cut down to when an old router does not say how much is
 * too much.
 */
const PLATEAUS: readonly number[] = [32000, 17914, 8166, 4352, 2002, 1492, 576, 296, 216, 128, 68];

class PathMtu implements AddressEntry {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly zone = 0;
  mtu = 0;
  isLocked = false;
  expiresUs = 0;
  hashNext: this | undefined = undefined;
  older: this | undefined = undefined;
  newer: this | undefined = undefined;

  constructor(destination: IpAddress) {
    this.w0 = destination.w0;
    this.w1 = destination.w1;
    this.w2 = destination.w2;
    this.w3 = destination.w3;
  }
}

/**
 * What ICMP has told of the MTU of paths: RFC 1191, RFC 8201. The least recently narrowed is forgotten when it is full.
 */
export class PathMtuCache {
  readonly #context: StackContext;
  readonly #table: AddressTable<PathMtu>;

  constructor(context: StackContext) {
    this.#context = context;
    this.#table = new AddressTable(MAX_PATH_MTUS, context.random.uint32());
  }

  get size(): number {
    return this.#table.size;
  }

  /**
   * Takes an MTU that a router reported for a packet of `packetBytes` that left with `currentMtu`. Returns whether it
   * narrows the path. RFC 8201 §4: a report of no less than what is known changes nothing.
   */
  reduce(destination: IpAddress, reportedMtu: number, packetBytes: number, currentMtu: number): boolean {
    let mtu = reportedMtu;
    let isLocked = false;
    if (destination.version === 4) {
      if (mtu === 0) mtu = plateauBelow(Math.min(packetBytes, currentMtu));
      if (mtu < IPV4_MIN_MTU) {
        isLocked = true;
        mtu = Math.min(currentMtu, IPV4_MIN_MTU);
      }
    } else if (mtu < IPV6_MIN_MTU) {
      // RFC 8201 §4: a Packet Too Big of less than the least is discarded.
      return false;
    }
    if (mtu >= currentMtu && !isLocked) return false;
    const entry = this.#entry(destination);
    entry.mtu = mtu;
    entry.isLocked = isLocked;
    entry.expiresUs = this.#context.nowUs + EXPIRY_US;
    return true;
  }

  /** The MTU that is known of a destination; Infinity when none is. */
  mtu(destination: IpAddress): number {
    return this.#live(destination)?.mtu ?? Infinity;
  }

  isLocked(destination: IpAddress): boolean {
    return this.#live(destination)?.isLocked ?? false;
  }

  /** When what is known of a destination ends; Infinity when nothing is. */
  expiresUs(destination: IpAddress): number {
    return this.#live(destination)?.expiresUs ?? Infinity;
  }

  #live(destination: IpAddress): PathMtu | undefined {
    const entry = this.#table.find(destination.w0, destination.w1, destination.w2, destination.w3, 0);
    if (entry === undefined) return undefined;
    if (entry.expiresUs > this.#context.nowUs) return entry;
    this.#table.remove(entry);
    return undefined;
  }

  #entry(destination: IpAddress): PathMtu {
    const found = this.#table.find(destination.w0, destination.w1, destination.w2, destination.w3, 0);
    if (found !== undefined) {
      this.#table.touch(found);
      return found;
    }
    const oldest = this.#table.oldest;
    if (this.#table.isFull && oldest !== undefined) this.#table.remove(oldest);
    const entry = new PathMtu(destination);
    this.#table.add(entry);
    return entry;
  }
}

function plateauBelow(bytes: number): number {
  return PLATEAUS.find((plateau) => plateau < bytes) ?? IPV4_MIN_MTU;
}
