const FIRST_BUCKETS = 16;

/** What an AddressTable holds: an address, the zone that it is meant in, and the table's own links. */
export interface AddressEntry {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  /** Whatever else belongs to the key: an interface, a protocol; 0 where nothing does. */
  readonly zone: number;
  hashNext: this | undefined;
  older: this | undefined;
  newer: this | undefined;
}

/**
 * Entries by address, in the order of their last use. It holds no more than its capacity: who adds one more is given
 * the oldest to dispose of first. Keys are hashed with a secret, so that nobody far away can choose addresses that
 * collide.
 */
export class AddressTable<Entry extends AddressEntry> {
  readonly capacity: number;
  readonly #secret: number;
  #buckets: (Entry | undefined)[] = Array.from({ length: FIRST_BUCKETS }, () => undefined);
  #oldest: Entry | undefined;
  #newest: Entry | undefined;
  #size = 0;

  constructor(capacity: number, secret: number) {
    this.capacity = capacity;
    this.#secret = secret | 0;
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= this.capacity;
  }

  get oldest(): Entry | undefined {
    return this.#oldest;
  }

  /** The entry of an address, without counting it as used. */
  find(w0: number, w1: number, w2: number, w3: number, zone: number): Entry | undefined {
    let entry = this.#buckets[this.#bucket(w0, w1, w2, w3, zone)];
    while (entry !== undefined) {
      if (entry.w3 === w3 && entry.w2 === w2 && entry.w1 === w1 && entry.w0 === w0 && entry.zone === zone) return entry;
      entry = entry.hashNext;
    }
    return undefined;
  }

  /**
   * Adds an entry as the newest. The caller has looked that its address is not there, and that the table is not full.
   */
  add(entry: Entry): void {
    if (this.#size >= this.#buckets.length) this.#grow();
    this.#insert(entry);
    this.#append(entry);
    this.#size++;
  }

  /** Makes an entry of the table the newest. */
  touch(entry: Entry): void {
    if (entry === this.#newest) return;
    this.#unlink(entry);
    this.#append(entry);
  }

  /** Takes an entry out; nothing happens when it is not in. */
  remove(entry: Entry): void {
    const bucket = this.#bucket(entry.w0, entry.w1, entry.w2, entry.w3, entry.zone);
    let before: Entry | undefined;
    let at = this.#buckets[bucket];
    while (at !== undefined && at !== entry) {
      before = at;
      at = at.hashNext;
    }
    if (at === undefined) return;
    if (before === undefined) this.#buckets[bucket] = entry.hashNext;
    else before.hashNext = entry.hashNext;
    entry.hashNext = undefined;
    this.#unlink(entry);
    this.#size--;
  }

  /** All entries, the least used first. Entries may be removed on the way. */
  *[Symbol.iterator](): IterableIterator<Entry> {
    let entry = this.#oldest;
    while (entry !== undefined) {
      const newer: Entry | undefined = entry.newer;
      yield entry;
      entry = newer;
    }
  }

  #insert(entry: Entry): void {
    const bucket = this.#bucket(entry.w0, entry.w1, entry.w2, entry.w3, entry.zone);
    entry.hashNext = this.#buckets[bucket];
    this.#buckets[bucket] = entry;
  }

  /** A stack that knows few needs little memory. */
  #grow(): void {
    this.#buckets = Array.from({ length: 4 * this.#buckets.length }, () => undefined);
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) this.#insert(entry);
  }

  #append(entry: Entry): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink(entry: Entry): void {
    if (entry.older === undefined) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === undefined) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    entry.older = undefined;
    entry.newer = undefined;
  }

  #bucket(w0: number, w1: number, w2: number, w3: number, zone: number): number {
    return hashWords(this.#secret ^ zone, w0, w1, w2, w3) & (this.#buckets.length - 1);
  }
}

/** Mixes four words into one, keyed: the multipliers and rotations of MurmurHash3. */
export function hashWords(secret: number, w0: number, w1: number, w2: number, w3: number): number {
  let hash = mixWord(secret, w0);
  hash = mixWord(hash, w1);
  hash = mixWord(hash, w2);
  hash = mixWord(hash, w3);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mixWord(hash: number, word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  const mixed = hash ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
