import type { AddressLike, SocketAddress } from "../../api/address.ts";
import { AF_INET, AF_INET6 } from "../../api/constants.ts";
import { SOCKADDR_IN6_SIZE, SOCKADDR_IN_SIZE, sockaddrDecode, sockaddrEncode } from "../../netdb/sockaddr.ts";
import { addressOf, nativeMemory } from "../ffi/memory.ts";

/** Peers that are remembered; then all are forgotten, and met anew. */
const MOST_PEERS = 4096;

/** Places for them, of which at least half stay empty; and at how many a peer is looked for. */
const PLACE_BITS = 13;
const PLACES = 1 << PLACE_BITS;
const MOST_LOOKS = 16;

/** Bytes of a place: a sockaddr_in or a sockaddr_in6. */
const PLACE_BYTES = 32;
const PLACE_WORDS = PLACE_BYTES / 4;

/** 2^32 divided by the golden ratio: what multiplicative hashing takes. */
const HASH_FACTOR = 0x9e3779b1;

/**
 * The addresses of peers, as values and as bytes. Whoever answers a datagram gives back the value that came with it, so
 * that the text of an address is neither made nor read a second time, and its bytes are not copied.
 */
export class PeerCache {
  /** Addresses as bytes, each at the place that its hash says or soon after; never changed, but left behind. */
  #memory!: Uint8Array;
  #words!: Int32Array;
  #address!: number;
  #values!: (SocketAddress | undefined)[];
  #bytes!: (Uint8Array | undefined)[];
  readonly #byValue = new Map<AddressLike, Uint8Array>();
  /** The place of the peer that was decoded last: an answer goes there. */
  #last = 0;

  constructor() {
    this.#forgetAll();
  }

  /** The value of the address that begins with a word of `words`, the memory of `names`. */
  decode(names: Uint8Array, words: Int32Array, at: number, length: number): SocketAddress {
    const family = (words[at] as number) & 0xffff;
    const isKept =
      (family === AF_INET && length === SOCKADDR_IN_SIZE) || (family === AF_INET6 && length === SOCKADDR_IN6_SIZE);
    if (!isKept) return sockaddrDecode(names, at * 4, length);
    const size = length / 4;
    let place = placeOf(words, at, size);
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const value = this.#values[place];
      if (value === undefined) return this.#remember(place, names.subarray(at * 4, at * 4 + length));
      if (this.#isAt(place, words, at, size)) {
        this.#last = place;
        return value;
      }
      place = (place + 1) & (PLACES - 1);
    }
    return sockaddrDecode(names, at * 4, length);
  }

  encode(address: AddressLike): Uint8Array {
    if (this.#values[this.#last] === address) return this.#bytes[this.#last] as Uint8Array;
    return this.#byValue.get(address) ?? sockaddrEncode(address);
  }

  /** Where these bytes lie in memory, if they are what the last peer encodes to: for as long as they are reachable. */
  pointerTo(bytes: Uint8Array): number | undefined {
    return this.#bytes[this.#last] === bytes ? this.#address + this.#last * PLACE_BYTES : undefined;
  }

  #isAt(place: number, words: Int32Array, at: number, size: number): boolean {
    const ours = this.#words;
    const from = place * PLACE_WORDS;
    for (let index = 0; index < size; index += 1) if (ours[from + index] !== words[at + index]) return false;
    return true;
  }

  #remember(place: number, name: Uint8Array): SocketAddress {
    if (this.#byValue.size >= MOST_PEERS) this.#forgetAll();
    // Shared by all datagrams of the peer: nobody may change it.
    const value = Object.freeze(sockaddrDecode(name));
    const at = place * PLACE_BYTES;
    this.#memory.set(name, at);
    const bytes = this.#memory.subarray(at, at + name.length);
    this.#values[place] = value;
    this.#bytes[place] = bytes;
    this.#byValue.set(value, bytes);
    this.#last = place;
    return value;
  }

  /** In memory anew: what waits to be sent has its address in the old. */
  #forgetAll(): void {
    this.#memory = nativeMemory(PLACES * PLACE_BYTES);
    this.#words = new Int32Array(this.#memory.buffer);
    this.#address = Number(addressOf(this.#memory));
    this.#values = Array.from({ length: PLACES }, () => undefined);
    this.#bytes = Array.from({ length: PLACES }, () => undefined);
    this.#byValue.clear();
  }
}

/** Where an address is looked for first. */
function placeOf(words: Int32Array, at: number, size: number): number {
  let hash = 0;
  for (let index = 0; index < size; index += 1) hash = Math.imul(hash ^ (words[at + index] as number), HASH_FACTOR);
  return hash >>> (32 - PLACE_BITS);
}
