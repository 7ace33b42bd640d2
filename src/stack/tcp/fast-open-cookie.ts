import type { IpAddress } from "../ip/address.ts";
import type { RandomSource } from "../random.ts";
import { siphashInto } from "./siphash.ts";

/** Bytes of a key: TCP_FASTOPEN_KEY takes one, or a second one whose cookies are still good. */
export const FAST_OPEN_KEY_BYTES = 16;
/** Bytes of our cookies. */
export const FAST_OPEN_COOKIE_BYTES = 8;

/** What a cookie turned out to be. */
export const COOKIE_FORGED = 0;
export const COOKIE_GOOD = 1;
/** It is of the second key: a new one is due. */
export const COOKIE_AGED = 2;

/** The cookies of a server: RFC 7413 §4.1.2, made as Linux makes them, so that both can share a key. */
export class FastOpenCookies {
  /** The key of listeners that have none of their own. */
  readonly key: Uint8Array = new Uint8Array(FAST_OPEN_KEY_BYTES);
  readonly #made: Uint8Array = new Uint8Array(FAST_OPEN_COOKIE_BYTES);
  readonly #hash: Int32Array = new Int32Array(2);

  constructor(random: RandomSource) {
    random.fill(this.key);
  }

  /** The cookie of a client's address. What is returned is filled again by the next call. */
  make(key: Uint8Array, client: IpAddress, server: IpAddress): Uint8Array {
    const words = wordsOf(key.subarray(0, FAST_OPEN_KEY_BYTES));
    const isV4 = client.version === 4;
    const all = isV4 ? [client.w3, server.w3] : [client, server].flatMap(({ w0, w1, w2, w3 }) => [w0, w1, w2, w3]);
    siphashInto(words, Int32Array.from(all, inNetworkOrder), this.#hash);
    const view = new DataView(this.#made.buffer);
    view.setInt32(0, this.#hash[0] as number, true);
    view.setInt32(4, this.#hash[1] as number, true);
    return this.#made;
  }

  /** Whether a cookie is one of ours for this client. */
  check(key: Uint8Array, client: IpAddress, server: IpAddress, cookie: Uint8Array, bytes: number): number {
    for (let at = 0; at < key.length; at += FAST_OPEN_KEY_BYTES) {
      const made = this.make(key.subarray(at), client, server);
      if (bytes !== made.length || !made.every((byte, i) => byte === cookie[i])) continue;
      return at === 0 ? COOKIE_GOOD : COOKIE_AGED;
    }
    return COOKIE_FORGED;
  }
}

/** Little-endian words, as the key is in the memory of Linux. */
function wordsOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true));
}

/** The word whose little-endian bytes are an address's in network order. */
function inNetworkOrder(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
