import type { IpHeader } from "../../wire/ip-header.ts";
import type { StackContext } from "../context.ts";
import type { Packet } from "../packet.ts";
import { FragmentQueue } from "./fragment-queue.ts";

/** Packets that are being put together at the same time. */
export const MAX_REASSEMBLIES = 256;
/** Memory of all fragments that wait: Linux's net.ipv4.ipfrag_high_thresh. */
export const MAX_REASSEMBLY_BYTES = 4_194_304;
/** Linux's net.ipv4.ipfrag_time, within the bounds of RFC 1122 §3.3.2 as it is read today. */
const IPV4_TIMEOUT_US = 30_000_000;
/** RFC 8200 §4.5. */
const IPV6_TIMEOUT_US = 60_000_000;
const BUCKETS = 64;

/** What becomes of a packet that never got whole. */
export interface ReassemblyTimeout {
  /** `first` is its first fragment, from the IP header on; the receiver releases it. */
  timedOut(first: Packet): void;
}

/** What reassembly has done, for `inspect`. */
export interface ReassemblyCounters {
  whole: number;
  timedOut: number;
  /** Fragments overlapped, or contradicted each other. */
  refused: number;
  /** Given up for newer ones, when a limit was reached. */
  evicted: number;
}

/**
 * Puts fragments together: RFC 791 §3.2, RFC 8200 §4.5. Overlaps are refused with the whole packet for both versions
 * (RFC 5722, and Linux for IPv4). When a limit is reached, the oldest unfinished packet goes.
 */
export class Reassembly {
  readonly #context: StackContext;
  readonly #timeout: ReassemblyTimeout;
  readonly #buckets: FragmentQueue[][] = Array.from({ length: BUCKETS }, () => []);
  /** The oldest first. */
  readonly #queues: Set<FragmentQueue> = new Set();
  #bytes = 0;
  readonly counters: ReassemblyCounters = { whole: 0, timedOut: 0, refused: 0, evicted: 0 };

  constructor(context: StackContext, timeout: ReassemblyTimeout) {
    this.#context = context;
    this.#timeout = timeout;
  }

  /** Packets that are unfinished. */
  get size(): number {
    return this.#queues.size;
  }

  /** Memory of the fragments that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes a fragment, `packet.network` at its IP header. Returns the whole packet when this was the last one missing,
   * `start` and `network` at its IP header; its header is to be read anew.
   */
  add(packet: Packet, ip: IpHeader): Packet | undefined {
    const bucket = this.#bucket(ip);
    const queue = bucket.find((other) => other.isOf(ip)) ?? this.#open(bucket, ip);
    const before = queue.bytes;
    const isTaken = queue.add(packet, ip);
    this.#bytes += queue.bytes - before;
    if (!isTaken) {
      this.counters.refused++;
      this.#close(queue, bucket);
      return undefined;
    }
    if (queue.isWhole) {
      const whole = queue.join(this.#context.pool);
      if (whole !== undefined) this.counters.whole++;
      this.#close(queue, bucket);
      return whole;
    }
    while (this.#bytes > MAX_REASSEMBLY_BYTES) this.#evictOldest();
    return undefined;
  }

  /** Gives up all that is unfinished. */
  clear(): void {
    while (this.#queues.size > 0) this.#evictOldest();
  }

  #open(bucket: FragmentQueue[], ip: IpHeader): FragmentQueue {
    if (this.#queues.size >= MAX_REASSEMBLIES) this.#evictOldest();
    const queue = new FragmentQueue(ip, (expired) => this.#expired(expired));
    bucket.push(queue);
    this.#queues.add(queue);
    const timeoutUs = ip.version === 4 ? IPV4_TIMEOUT_US : IPV6_TIMEOUT_US;
    this.#context.timers.set(queue.timer, this.#context.nowUs + timeoutUs);
    return queue;
  }

  #close(queue: FragmentQueue, bucket: FragmentQueue[]): void {
    this.#context.timers.remove(queue.timer);
    this.#bytes -= queue.bytes;
    queue.release();
    this.#queues.delete(queue);
    const at = bucket.indexOf(queue);
    if (at >= 0) bucket.splice(at, 1);
  }

  #evictOldest(): void {
    for (const queue of this.#queues) {
      this.counters.evicted++;
      this.#close(queue, this.#bucket(queue));
      return;
    }
  }

  #expired(queue: FragmentQueue): void {
    this.counters.timedOut++;
    const before = queue.bytes;
    const first = queue.takeFirst();
    this.#bytes -= before - queue.bytes;
    this.#close(queue, this.#bucket(queue));
    if (first !== undefined) this.#timeout.timedOut(first);
  }

  #bucket(ip: FragmentKey): FragmentQueue[] {
    const hash = Math.imul(ip.identification ^ ip.source3 ^ (ip.destination3 << 7), 0x9e3779b1);
    return this.#buckets[hash >>> 26] as FragmentQueue[];
  }
}

type FragmentKey = Pick<IpHeader, "identification" | "source3" | "destination3">;
