import type { IpAddress } from "../ip/address.ts";
import type { IpHeader } from "../../wire/ip-header.ts";

/** What a pair of sockets (RFC 9293 §3.4) can be held by. */
export const CONNECTION = 0;
export const SYN_REQUEST = 1;
export const TIME_WAIT = 2;

/** Somebody that a pair of addresses and ports belongs to. */
export interface PairHolder {
  /** CONNECTION, SYN_REQUEST or TIME_WAIT. */
  readonly kind: number;
  readonly local: IpAddress;
  readonly localPort: number;
  readonly remote: IpAddress;
  readonly remotePort: number;
  /** The table's: the hash, and the place among the holders; -1 when it is not in the table. */
  pairHash: number;
  pairIndex: number;
}

const LEAST_SLOTS = 64;
/** A slot is two words: the hash, and the holder's index plus one; 0 is empty. */
const SLOT_WORDS = 2;

/** Pairs to holders: open addressing, keyed with a secret so that nobody can choose pairs that collide. */
export class Demultiplexer<T extends PairHolder> {
  readonly #key: number;
  #slots: Int32Array = new Int32Array(LEAST_SLOTS * SLOT_WORDS);
  #mask: number = LEAST_SLOTS - 1;
  readonly #holders: (T | undefined)[] = [];
  readonly #free: number[] = [];
  #count = 0;

  constructor(key: number) {
    this.#key = key | 0;
  }

  get size(): number {
    return this.#count;
  }

  /** Who has the pair that a packet is addressed to. */
  findReceiver(ip: IpHeader, localPort: number, remotePort: number): T | undefined {
    const { source0, source1, source2, source3, destination3 } = ip;
    const hash = this.#hash(destination3, localPort, source0 ^ source1 ^ source2 ^ source3, remotePort);
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const index = this.#slots[slot * SLOT_WORDS + 1] as number;
      if (index === 0) return undefined;
      if (this.#slots[slot * SLOT_WORDS] !== hash) continue;
      const holder = this.#holders[index - 1] as T;
      if (holder.localPort !== localPort || holder.remotePort !== remotePort) continue;
      if (holder.remote.isSourceOf(ip) && holder.local.isDestinationOf(ip)) return holder;
    }
  }

  find(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): T | undefined {
    const hash = this.#hash(local.w3, localPort, remote.w0 ^ remote.w1 ^ remote.w2 ^ remote.w3, remotePort);
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const index = this.#slots[slot * SLOT_WORDS + 1] as number;
      if (index === 0) return undefined;
      if (this.#slots[slot * SLOT_WORDS] !== hash) continue;
      const holder = this.#holders[index - 1] as T;
      if (holder.localPort !== localPort || holder.remotePort !== remotePort) continue;
      if (holder.remote.equals(remote) && holder.local.equals(local)) return holder;
    }
  }

  /** The pair is nobody's yet. */
  add(holder: T): void {
    if (2 * (this.#count + 1) > this.#mask + 1) this.#grow();
    const { remote } = holder;
    const words = remote.w0 ^ remote.w1 ^ remote.w2 ^ remote.w3;
    holder.pairHash = this.#hash(holder.local.w3, holder.localPort, words, holder.remotePort);
    const index = this.#free.pop() ?? this.#holders.length;
    this.#holders[index] = holder;
    holder.pairIndex = index;
    this.#insert(holder.pairHash, index);
    this.#count++;
  }

  remove(holder: T): void {
    if (holder.pairIndex < 0) return;
    let slot = holder.pairHash & this.#mask;
    while (this.#slots[slot * SLOT_WORDS + 1] !== holder.pairIndex + 1) slot = (slot + 1) & this.#mask;
    this.#holders[holder.pairIndex] = undefined;
    this.#free.push(holder.pairIndex);
    holder.pairIndex = -1;
    this.#count--;
    this.#close(slot);
  }

  /** Every holder, in the order of their places. */
  *holders(): IterableIterator<T> {
    for (const holder of this.#holders) if (holder !== undefined) yield holder;
  }

  /** Those behind an emptied slot move up, so that no search ends early. */
  #close(from: number): void {
    let hole = from;
    for (let slot = (hole + 1) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const index = this.#slots[slot * SLOT_WORDS + 1] as number;
      if (index === 0) break;
      const hash = this.#slots[slot * SLOT_WORDS] as number;
      const home = hash & this.#mask;
      if (((slot - home) & this.#mask) < ((slot - hole) & this.#mask)) continue;
      this.#slots[hole * SLOT_WORDS] = hash;
      this.#slots[hole * SLOT_WORDS + 1] = index;
      hole = slot;
    }
    this.#slots[hole * SLOT_WORDS + 1] = 0;
  }

  #insert(hash: number, index: number): void {
    let slot = hash & this.#mask;
    while (this.#slots[slot * SLOT_WORDS + 1] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot * SLOT_WORDS] = hash;
    this.#slots[slot * SLOT_WORDS + 1] = index + 1;
  }

  #grow(): void {
    const slots = (this.#mask + 1) * 2;
    this.#slots = new Int32Array(slots * SLOT_WORDS);
    this.#mask = slots - 1;
    for (const holder of this.#holders) if (holder !== undefined) this.#insert(holder.pairHash, holder.pairIndex);
  }

  #hash(local: number, localPort: number, remote: number, remotePort: number): number {
    let hash = Math.imul(remote ^ this.#key, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ ((remotePort << 16) | localPort), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13) ^ local, 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }
}
