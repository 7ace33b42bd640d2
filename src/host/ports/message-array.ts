import { IOVEC } from "../../layout/iovec.ts";
import { MMSGHDR } from "../../layout/mmsghdr.ts";
import { MSGHDR } from "../../layout/msghdr.ts";
import { SOCKADDR_STORAGE_SIZE } from "../../netdb/sockaddr.ts";
import type { Pointer } from "../ffi/library.ts";
import { addressOf, nativeMemory } from "../ffi/memory.ts";

/** Words of a header, of a buffer, of an address. */
const WORDS_OF_HEADER = MMSGHDR.size / 4;
const NAME = (MMSGHDR.hdr + MSGHDR.name) / 4;
const NAME_LENGTH = (MMSGHDR.hdr + MSGHDR.namelen) / 4;
const LENGTH = MMSGHDR.len / 4;
const WORDS_OF_VECTOR = IOVEC.size / 4;
const BASE = IOVEC.base / 4;
const BUFFER_LENGTH = IOVEC.len / 4;
const WORDS_OF_NAME = SOCKADDR_STORAGE_SIZE / 4;

/**
 * An array of `struct mmsghdr`, recvmmsg(2) and sendmmsg(2): messages of one buffer and one address each. Their headers
 * are laid out once and stay filled; a call changes lengths, and the pointers that are others than before.
 */
export class MessageArray {
  /** Room for the address of each. */
  readonly names: Uint8Array;
  readonly nameWords: Int32Array;
  readonly #headers: Uint8Array;
  readonly #address: Pointer;
  readonly #words: Int32Array;
  readonly #vectors: Int32Array;
  readonly #namesAt: number;
  /** The pointers that are in the headers. */
  readonly #buffersNow: Float64Array;
  readonly #namesNow: Float64Array;

  constructor(count: number) {
    this.#headers = nativeMemory(count * MMSGHDR.size);
    this.#address = addressOf(this.#headers);
    this.#words = new Int32Array(this.#headers.buffer);
    this.names = nativeMemory(count * SOCKADDR_STORAGE_SIZE);
    this.nameWords = new Int32Array(this.names.buffer);
    this.#namesAt = Number(addressOf(this.names));
    const vectors = nativeMemory(count * IOVEC.size);
    const vectorsAt = Number(addressOf(vectors));
    this.#vectors = new Int32Array(vectors.buffer);
    this.#buffersNow = new Float64Array(count);
    this.#namesNow = new Float64Array(count);
    for (let index = 0; index < count; index += 1) {
      const header = index * WORDS_OF_HEADER;
      setPointer(this.#words, header + (MMSGHDR.hdr + MSGHDR.iov) / 4, vectorsAt + index * IOVEC.size);
      setPointer(this.#words, header + (MMSGHDR.hdr + MSGHDR.iovlen) / 4, 1);
    }
  }

  /** Which word of `nameWords` the address of a message begins with. */
  nameAt(index: number): number {
    return index * WORDS_OF_NAME;
  }

  /** The buffer of a message. */
  setBuffer(index: number, address: number, bytes: number): void {
    const at = index * WORDS_OF_VECTOR;
    this.#vectors[at + BUFFER_LENGTH] = bytes;
    if (this.#buffersNow[index] === address) return;
    this.#buffersNow[index] = address;
    setPointer(this.#vectors, at + BASE, address);
  }

  /** The address of a message, in memory that stays until the call; 0: it has none. */
  setName(index: number, address: number, bytes: number): void {
    const header = index * WORDS_OF_HEADER;
    this.#words[header + NAME_LENGTH] = bytes;
    if (this.#namesNow[index] === address) return;
    this.#namesNow[index] = address;
    setPointer(this.#words, header + NAME, address);
  }

  /** The address of a message, copied. */
  copyName(index: number, name: Uint8Array): void {
    const at = index * SOCKADDR_STORAGE_SIZE;
    this.names.set(name, at);
    this.setName(index, this.#namesAt + at, name.length);
  }

  /** Room for the address of a message that is received. */
  giveNameRoom(index: number): void {
    this.setName(index, this.#namesAt + index * SOCKADDR_STORAGE_SIZE, SOCKADDR_STORAGE_SIZE);
  }

  nameLength(index: number): number {
    return this.#words[index * WORDS_OF_HEADER + NAME_LENGTH] as number;
  }

  /** How many bytes the message has moved. */
  length(index: number): number {
    return this.#words[index * WORDS_OF_HEADER + LENGTH] as number;
  }

  /** The headers from a message on. */
  from(index: number): Pointer {
    return index === 0 ? this.#address : this.#headers.subarray(index * MMSGHDR.size);
  }
}

/** A 64-bit number below 2^53: halves are much cheaper than a bigint. */
function setPointer(words: Int32Array, at: number, value: number): void {
  words[at] = value;
  words[at + 1] = Math.floor(value / 0x1_0000_0000);
}
