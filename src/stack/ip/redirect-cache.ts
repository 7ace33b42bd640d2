import type { StackContext } from "../context.ts";
import { type AddressEntry, AddressTable } from "./address-table.ts";
import type { IpAddress } from "./address.ts";

/** Destinations for which a redirect is remembered. */
export const MAX_REDIRECTS = 256;
/** Linux's net.ipv4.route.gc_timeout: how long a redirect holds. */
const EXPIRY_US = 300_000_000;

class RedirectEntry implements AddressEntry {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly zone: number;
  nextHop: IpAddress;
  expiresUs = 0;
  hashNext: this | undefined = undefined;
  older: this | undefined = undefined;
  newer: this | undefined = undefined;

  constructor(destination: IpAddress, iface: number, nextHop: IpAddress) {
    this.w0 = destination.w0;
    this.w1 = destination.w1;
    this.w2 = destination.w2;
    this.w3 = destination.w3;
    this.zone = iface;
    this.nextHop = nextHop;
  }
}

/**
 * Better first hops that routers told of: RFC 1122 §3.3.1.2, RFC 4861 §8.3. The oldest is forgotten when it is full.
 */
export class RedirectCache {
  readonly #context: StackContext;
  readonly #table: AddressTable<RedirectEntry>;

  constructor(context: StackContext) {
    this.#context = context;
    this.#table = new AddressTable(MAX_REDIRECTS, context.random.uint32());
  }

  get size(): number {
    return this.#table.size;
  }

  add(destination: IpAddress, iface: number, nextHop: IpAddress): void {
    const { w0, w1, w2, w3 } = destination;
    let entry = this.#table.find(w0, w1, w2, w3, iface);
    if (entry === undefined) {
      const { oldest } = this.#table;
      if (this.#table.isFull && oldest !== undefined) this.#table.remove(oldest);
      entry = new RedirectEntry(destination, iface, nextHop);
      this.#table.add(entry);
    } else this.#table.touch(entry);
    entry.nextHop = nextHop;
    entry.expiresUs = this.#context.nowUs + EXPIRY_US;
  }

  /** The next hop that was told for a destination, while it holds. */
  nextHop({ w0, w1, w2, w3 }: IpAddress, iface: number): IpAddress | undefined {
    if (this.#table.size === 0) return undefined;
    const entry = this.#table.find(w0, w1, w2, w3, iface);
    if (entry === undefined) return undefined;
    if (entry.expiresUs > this.#context.nowUs) return entry.nextHop;
    this.#table.remove(entry);
    return undefined;
  }

  /** Forgets redirects to a next hop that does not answer, or is none any more. */
  forget(nextHop: IpAddress, iface: number): boolean {
    let found = false;
    for (const entry of this.#table) {
      if (entry.zone !== iface || !entry.nextHop.equals(nextHop)) continue;
      this.#table.remove(entry);
      found = true;
    }
    return found;
  }
}
