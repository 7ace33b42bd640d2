import type { RandomSource } from "../stack/random.ts";

/** Words that are drawn at a time. */
const WORDS = 256;

/** The system's randomness: Web Crypto, which Node and a page both have. */
export class SystemRandom implements RandomSource {
  readonly #words: Uint32Array = new Uint32Array(WORDS);
  #next = WORDS;

  uint32(): number {
    if (this.#next === WORDS) {
      crypto.getRandomValues(this.#words);
      this.#next = 0;
    }
    return this.#words[this.#next++] as number;
  }

  fill(bytes: Uint8Array): void {
    // More than 64 KiB at a time is refused.
    for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
}
