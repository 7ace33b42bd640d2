import type { RandomSource } from "../stack/random.ts";

/** Two to the 32nd. */
const RANGE = 0x1_0000_0000;

/** A seeded generator: xoshiro128** of Blackman and Vigna. Each part of a simulation has one of its own. */
export class SeededRandom implements RandomSource {
  #s0: number;
  #s1: number;
  #s2: number;
  #s3: number;
  /** The second of a pair of normal values. */
  #spare = NaN;

  /** A stream that follows from the seed and from the name of its user alone. */
  constructor(seed: number, label: string) {
    // FNV-1a over the seed's halves and the label; then Murmur3's finaliser fills the state from it.
    let hash = 0x811c9dc5 | 0;
    const eat = (unit: number): void => void (hash = Math.imul(hash ^ unit, 0x01000193));
    for (let half = seed, i = 0; i < 2; i += 1, half = Math.floor(half / RANGE)) {
      for (let shift = 0; shift < 32; shift += 8) eat((half >>> shift) & 0xff);
    }
    let other = hash ^ label.length;
    for (let i = 0; i < label.length; i += 1) {
      const unit = label.charCodeAt(i);
      eat(unit & 0xff);
      eat(unit >>> 8);
      other = Math.imul(other ^ unit, 0x5bd1e995) ^ (other >>> 13);
    }
    const state = [0, 1, 2, 3].map((i) => mixed(hash + Math.imul(i + 1, 0x9e3779b9), other + i));
    [this.#s0, this.#s1, this.#s2, this.#s3] = state as [number, number, number, number];
    if (state.every((word) => word === 0)) this.#s0 = 1;
  }

  uint32(): number {
    const scrambled = Math.imul(rotated(Math.imul(this.#s1, 5), 7), 9) >>> 0;
    const shifted = this.#s1 << 9;
    this.#s2 ^= this.#s0;
    this.#s3 ^= this.#s1;
    this.#s1 ^= this.#s2;
    this.#s0 ^= this.#s3;
    this.#s2 ^= shifted;
    this.#s3 = rotated(this.#s3, 11);
    return scrambled;
  }

  fill(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 4) {
      const word = this.uint32();
      const end = Math.min(at + 4, bytes.length);
      for (let i = at; i < end; i += 1) bytes[i] = word >>> (8 * (i - at));
    }
  }

  /** At least 0 and less than 1. */
  fraction(): number {
    return this.uint32() / RANGE;
  }

  /** An integer from 0 to `limit` − 1, each as likely as any other to 1 in 2³². */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** True with the probability. */
  chance(probability: number): boolean {
    return this.uint32() < probability * RANGE;
  }

  /** Exponential with mean 1: the negative logarithm of what is above 0 and at most 1. */
  exponential(): number {
    return -Math.log(1 - this.fraction());
  }

  /** Normal with mean 0 and deviation 1: Marsaglia's polar method, which needs no sine. */
  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare;
      this.#spare = NaN;
      return spare;
    }
    for (;;) {
      const x = 2 * this.fraction() - 1;
      const y = 2 * this.fraction() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = y * scale;
      return x * scale;
    }
  }
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function mixed(a: number, b: number): number {
  let word = (a ^ rotated(b, 16)) | 0;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16) ^ Math.imul(b, 0x27d4eb2f)) | 0;
}
