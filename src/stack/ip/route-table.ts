import { errno } from "../../api/errno.ts";
import { type AddressEntry, AddressTable } from "./address-table.ts";
import { type IpAddress, prefixMask } from "./address.ts";
import type { Route } from "./route.ts";

/** Prefixes that a table holds at most. */
export const MAX_PREFIXES = 16384;
/** Routes for one prefix. */
const MAX_ROUTES_PER_PREFIX = 16;

/** A prefix, and its routes in the order of their metrics. */
class PrefixEntry implements AddressEntry {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  /** The length of the prefix in bits of 128. */
  readonly zone: number;
  first: Route | undefined = undefined;
  hashNext: this | undefined = undefined;
  older: this | undefined = undefined;
  newer: this | undefined = undefined;

  constructor(destination: IpAddress, bits: number) {
    this.w0 = destination.w0;
    this.w1 = destination.w1;
    this.w2 = destination.w2;
    this.w3 = destination.w3;
    this.zone = bits;
  }
}

/** IPv4 is looked up as ::ffff:0:0/96, so that IPv6's default route does not serve it. */
const IPV4_BITS = 96;

/**
 * The routes, looked up by the longest prefix (RFC 1812 §5.2.4.3): one look into a hash table for every length of
 * prefix that is in use, the longest first.
 */
export class RouteTable {
  readonly #prefixes: AddressTable<PrefixEntry>;
  /** How many prefixes there are of each length, and the lengths in use, the longest first. */
  readonly #counts: number[] = Array.from({ length: 129 }, () => 0);
  #lengths: number[] = [];
  readonly #changed: () => void;

  /** `secret` keys the hash; `changed` is called after every change. */
  constructor(secret: number, changed: () => void, capacity: number = MAX_PREFIXES) {
    this.#prefixes = new AddressTable(capacity, secret);
    this.#changed = changed;
  }

  /** Adds a route. Returns 0, -EEXIST for one that is there, or -ENOBUFS when the table is full. */
  add(route: Route): number {
    const bits = bitsOf(route);
    const { w0, w1, w2, w3 } = route.destination;
    let prefix = this.#prefixes.find(w0, w1, w2, w3, bits);
    if (prefix === undefined) {
      if (this.#prefixes.isFull) return -errno.ENOBUFS;
      prefix = new PrefixEntry(route.destination, bits);
      this.#prefixes.add(prefix);
      this.#count(bits, 1);
    }
    const added = insert(prefix, route);
    if (added === 0) this.#changed();
    return added;
  }

  /** Takes a route out. Returns 0, or -ESRCH when there is none that says the same. */
  remove(route: Route): number {
    const bits = bitsOf(route);
    const { w0, w1, w2, w3 } = route.destination;
    const prefix = this.#prefixes.find(w0, w1, w2, w3, bits);
    if (prefix === undefined || !unlink(prefix, route)) return -errno.ESRCH;
    if (prefix.first === undefined) {
      this.#prefixes.remove(prefix);
      this.#count(bits, -1);
    }
    this.#changed();
    return 0;
  }

  /** Takes out every route that `isUnwanted` names. */
  removeAll(isUnwanted: (route: Route) => boolean): void {
    for (const route of [...this]) if (isUnwanted(route)) this.remove(route);
  }

  /**
   * The best route to a destination: the longest prefix, then the lowest metric, then the oldest. With an interface's
   * index only routes by that one count. Undefined when there is none.
   */
  lookup(w0: number, w1: number, w2: number, w3: number, version: number, iface: number): Route | undefined {
    for (const bits of this.#lengths) {
      if (version === 4 && bits < IPV4_BITS) break;
      const prefix = this.#prefixes.find(
        w0 & prefixMask(bits, 0),
        w1 & prefixMask(bits, 1),
        w2 & prefixMask(bits, 2),
        w3 & prefixMask(bits, 3),
        bits,
      );
      for (let route = prefix?.first; route !== undefined; route = route.next) {
        if (iface === 0 || route.iface?.index === iface) return route;
      }
    }
    return undefined;
  }

  /** All routes, the longest prefixes first, and in the order of adding for the same length. */
  *[Symbol.iterator](): IterableIterator<Route> {
    for (const bits of this.#lengths) {
      for (const prefix of this.#prefixes) {
        if (prefix.zone !== bits) continue;
        for (let route = prefix.first; route !== undefined; route = route.next) yield route;
      }
    }
  }

  #count(bits: number, by: number): void {
    const count = (this.#counts[bits] ?? 0) + by;
    this.#counts[bits] = count;
    if (count > 1 || (count === 1 && by < 0)) return;
    this.#lengths = [];
    for (let length = 128; length >= 0; length--) if (this.#counts[length] !== 0) this.#lengths.push(length);
  }
}

function bitsOf(route: Route): number {
  return route.prefixLength + (route.destination.version === 4 ? IPV4_BITS : 0);
}

/** Puts a route behind those of the same metric. */
function insert(prefix: PrefixEntry, route: Route): number {
  let before: Route | undefined;
  let count = 0;
  for (let other = prefix.first; other !== undefined; other = other.next) {
    if (other.isSameAs(route)) return -errno.EEXIST;
    if (other.metric <= route.metric) before = other;
    count++;
  }
  if (count >= MAX_ROUTES_PER_PREFIX) return -errno.ENOBUFS;
  if (before === undefined) {
    route.next = prefix.first;
    prefix.first = route;
  } else {
    route.next = before.next;
    before.next = route;
  }
  return 0;
}

function unlink(prefix: PrefixEntry, route: Route): boolean {
  let before: Route | undefined;
  for (let other = prefix.first; other !== undefined; other = other.next) {
    if (other.isSameAs(route)) {
      if (before === undefined) prefix.first = other.next;
      else before.next = other.next;
      return true;
    }
    before = other;
  }
  return false;
}
