import type { StackContext } from "../context.ts";
import { type AddressEntry, AddressTable } from "../ip/address-table.ts";

/** Linux's net.ipv4.icmp_msgs_per_sec and icmp_msgs_burst: messages to all destinations together. */
const ALL_PER_SECOND = 1000;
const ALL_BURST = 50;
/** Linux's net.ipv4.icmp_ratelimit, and its burst: a message a second to one destination, after the first six. */
const ONE_INTERVAL_US = 1_000_000;
const ONE_BURST = 6;
/** Destinations that are kept apart; the one least recently sent to is forgotten. */
const MAX_DESTINATIONS = 512;

/** What one destination may still be sent. */
class Bucket implements AddressEntry {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly zone = 0;
  creditUs: number = ONE_BURST * ONE_INTERVAL_US;
  filledUs: number;
  hashNext: this | undefined = undefined;
  older: this | undefined = undefined;
  newer: this | undefined = undefined;

  constructor(w0: number, w1: number, w2: number, w3: number, nowUs: number) {
    this.w0 = w0;
    this.w1 = w1;
    this.w2 = w2;
    this.w3 = w3;
    this.filledUs = nowUs;
  }
}

/** How many ICMP errors may leave: RFC 1812 §4.3.2.8, RFC 4443 §2.4 f. Two token buckets, as Linux has them. */
export class IcmpRateLimit {
  readonly #context: StackContext;
  readonly #destinations: AddressTable<Bucket>;
  #credit = ALL_BURST;
  #filledUs = 0;
  /** Messages that were not sent. */
  suppressed = 0;

  constructor(context: StackContext) {
    this.#context = context;
    this.#destinations = new AddressTable(MAX_DESTINATIONS, context.random.uint32());
  }

  /** Whether a message may be sent to a destination now; it is counted when it may. */
  allows(w0: number, w1: number, w2: number, w3: number): boolean {
    const isAllowed = this.#allowsAny() && this.#allowsOne(w0, w1, w2, w3);
    if (!isAllowed) this.suppressed++;
    return isAllowed;
  }

  #allowsAny(): boolean {
    const { nowUs } = this.#context;
    const earned = ((nowUs - this.#filledUs) * ALL_PER_SECOND) / 1_000_000;
    this.#credit = Math.min(ALL_BURST, this.#credit + earned);
    this.#filledUs = nowUs;
    if (this.#credit < 1) return false;
    this.#credit--;
    return true;
  }

  #allowsOne(w0: number, w1: number, w2: number, w3: number): boolean {
    const { nowUs } = this.#context;
    let bucket = this.#destinations.find(w0, w1, w2, w3, 0);
    if (bucket === undefined) {
      const { oldest } = this.#destinations;
      if (this.#destinations.isFull && oldest !== undefined) this.#destinations.remove(oldest);
      bucket = new Bucket(w0, w1, w2, w3, nowUs);
      this.#destinations.add(bucket);
    } else this.#destinations.touch(bucket);
    bucket.creditUs = Math.min(ONE_BURST * ONE_INTERVAL_US, bucket.creditUs + (nowUs - bucket.filledUs));
    bucket.filledUs = nowUs;
    if (bucket.creditUs < ONE_INTERVAL_US) return false;
    bucket.creditUs -= ONE_INTERVAL_US;
    return true;
  }
}
