import { IOVEC } from "../../layout/iovec.ts";
import { MMSGHDR } from "../../layout/mmsghdr.ts";
import { MSGHDR } from "../../layout/msghdr.ts";
import { SOCKADDR_STORAGE_SIZE } from "../../netdb/sockaddr.ts";
import { addressOf, nativeMemory } from "../ffi/memory.ts";

/**
 * An array of `struct mmsghdr`, recvmmsg(2) and sendmmsg(2): messages of one buffer and one address each. Their headers
 * are laid out once; a call changes lengths and addresses alone.
 */
export class MessageArray {
  readonly headers: Uint8Array;
  /** Room for the address of each. */
  readonly names: Uint8Array;
  readonly namesView: DataView;
  readonly #view: DataView;
  readonly #vectors: Uint8Array;
  readonly #vectorsView: DataView;
  readonly #namesAt: number;

  constructor(count: number) {
    this.headers = nativeMemory(count * MMSGHDR.size);
    this.names = nativeMemory(count * SOCKADDR_STORAGE_SIZE);
    this.namesView = new DataView(this.names.buffer, this.names.byteOffset, this.names.length);
    this.#view = new DataView(this.headers.buffer, this.headers.byteOffset, this.headers.length);
    this.#vectors = nativeMemory(count * IOVEC.size);
    this.#vectorsView = new DataView(this.#vectors.buffer, this.#vectors.byteOffset, this.#vectors.length);
    this.#namesAt = Number(addressOf(this.names));
    const vectorsAt = Number(addressOf(this.#vectors));
    for (let index = 0; index < count; index += 1) {
      const header = index * MMSGHDR.size + MMSGHDR.hdr;
      setPointer(this.#view, header + MSGHDR.iov, vectorsAt + index * IOVEC.size);
      setPointer(this.#view, header + MSGHDR.iovlen, 1);
    }
  }

  /** Where the address of a message lies in `names`. */
  nameAt(index: number): number {
    return index * SOCKADDR_STORAGE_SIZE;
  }

  /** The buffer of a message. */
  setBuffer(index: number, address: number, bytes: number): void {
    const at = index * IOVEC.size;
    setPointer(this.#vectorsView, at + IOVEC.base, address);
    setPointer(this.#vectorsView, at + IOVEC.len, bytes);
  }

  /** How long the address of a message is, or how much room there is for it; 0: it has none. */
  setNameLength(index: number, bytes: number): void {
    const header = index * MMSGHDR.size + MMSGHDR.hdr;
    setPointer(this.#view, header + MSGHDR.name, bytes === 0 ? 0 : this.#namesAt + this.nameAt(index));
    this.#view.setUint32(header + MSGHDR.namelen, bytes, true);
  }

  nameLength(index: number): number {
    return this.#view.getUint32(index * MMSGHDR.size + MMSGHDR.hdr + MSGHDR.namelen, true);
  }

  /** How many bytes the message has moved. */
  length(index: number): number {
    return this.#view.getUint32(index * MMSGHDR.size + MMSGHDR.len, true);
  }

  /** The headers from a message on. */
  from(index: number): Uint8Array {
    return index === 0 ? this.headers : this.headers.subarray(index * MMSGHDR.size);
  }
}

/** A 64-bit number below 2^53: halves are much cheaper than a bigint. */
function setPointer(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 0x1_0000_0000, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}
