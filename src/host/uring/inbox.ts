/** Words that are kept of a completion. */
const WORDS = 5;

/** Completions that were taken out of the ring and whose takers were not told yet, in their order. */
export class Inbox {
  #words: Int32Array = new Int32Array(WORDS * 1024);
  #head = 0;
  #tail = 0;
  /** Of the completion that `next` moved to. */
  taker = 0;
  kind = 0;
  result = 0;
  flags = 0;
  /** Where in its buffer the bytes begin. */
  place = 0;

  get isEmpty(): boolean {
    return this.#head === this.#tail;
  }

  get size(): number {
    return (this.#tail - this.#head) / WORDS;
  }

  push(taker: number, kind: number, result: number, flags: number, place: number): void {
    if (this.#tail === this.#words.length) this.#makeRoom();
    const at = this.#tail;
    this.#words[at] = taker;
    this.#words[at + 1] = kind;
    this.#words[at + 2] = result;
    this.#words[at + 3] = flags;
    this.#words[at + 4] = place;
    this.#tail = at + WORDS;
  }

  /** Moves to the next completion; false when there is none. */
  next(): boolean {
    if (this.isEmpty) {
      this.#head = 0;
      this.#tail = 0;
      return false;
    }
    this.#read(this.#head);
    this.#head += WORDS;
    return true;
  }

  /** Takes out the first completion of one taker, before its turn; false when there is none. */
  takeOut(taker: number): boolean {
    for (let at = this.#head; at < this.#tail; at += WORDS) {
      if (this.#words[at] !== taker) continue;
      this.#read(at);
      this.#words.copyWithin(at, at + WORDS, this.#tail);
      this.#tail -= WORDS;
      return true;
    }
    return false;
  }

  #read(at: number): void {
    this.taker = this.#words[at] as number;
    this.kind = this.#words[at + 1] as number;
    this.result = this.#words[at + 2] as number;
    this.flags = this.#words[at + 3] as number;
    this.place = this.#words[at + 4] as number;
  }

  #makeRoom(): void {
    const waiting = this.#words.subarray(this.#head, this.#tail);
    // As large as it must be: the kernel holds back what finds no room in its own queue, and so nothing is lost.
    const words = new Int32Array(Math.max(this.#words.length, waiting.length * 2));
    words.set(waiting);
    this.#tail = waiting.length;
    this.#head = 0;
    this.#words = words;
  }
}
