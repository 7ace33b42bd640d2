import type { IpAddress } from "../ip/address.ts";
import type { RandomSource } from "../random.ts";
import { PAIR_WORDS, putPair } from "./pair-words.ts";
import { siphash } from "./siphash.ts";

/**
 * The clock of RFC 9293 §3.4.1 ticks every 4 microseconds; Linux's every 64 nanoseconds, which is faster than any
 * reuse.
 */
const TICKS_PER_US = 1000 / 64;
const TWO_32 = 0x1_0000_0000;

/** Numbers that only this stack can guess: RFC 6528. */
export class InitialSequenceNumber {
  readonly #key: Int32Array = new Int32Array(4);
  readonly #timestampKey: Int32Array = new Int32Array(4);
  readonly #message: Int32Array = new Int32Array(PAIR_WORDS + 1);

  constructor(random: RandomSource) {
    for (let i = 0; i < 4; i++) {
      this.#key[i] = random.uint32() | 0;
      this.#timestampKey[i] = random.uint32() | 0;
    }
  }

  /** RFC 6528 §3: ISN = M + F(pair, key). */
  generate(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number, nowUs: number): number {
    const f = this.#hash(this.#key, local, localPort, remote, remotePort);
    return (((nowUs * TICKS_PER_US) % TWO_32) + f) | 0;
  }

  /** The offset of a connection's timestamps, the same for a pair of addresses: RFC 7323 §5.4 and §7.1. */
  timestampOffset(local: IpAddress, remote: IpAddress): number {
    return this.#hash(this.#timestampKey, local, 0, remote, 0);
  }

  #hash(key: Int32Array, local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): number {
    const message = this.#message;
    putPair(message, local, localPort, remote, remotePort);
    message[PAIR_WORDS] = 0;
    return siphash(key, message);
  }
}
