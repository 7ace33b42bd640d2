import type { AddressLike, SocketAddress } from "../../api/address.ts";
import { AF_INET } from "../../api/constants.ts";
import { sockaddrDecode, sockaddrEncode } from "../../netdb/sockaddr.ts";
import { SOCKADDR_IN_SIZE } from "../../netdb/sockaddr-in.ts";

/** Peers that are remembered; then all are forgotten, and met anew. */
const MOST_PEERS = 4096;

/** A sockaddr_in's port and address as one number: 6 bytes behind the family. */
function keyOf(view: DataView, at: number): number {
  return view.getUint16(at + 2) * 0x1_0000_0000 + view.getUint32(at + 4);
}

/**
 * The addresses of peers, as values and as bytes. Whoever answers a datagram gives back the value that came with it, so
 * that the text of an address is neither made nor read a second time.
 */
export class PeerCache {
  readonly #values = new Map<number, SocketAddress>();
  readonly #bytes = new Map<AddressLike, Uint8Array>();

  decode(memory: Uint8Array, view: DataView, at: number, length: number): SocketAddress {
    const isInet = length === SOCKADDR_IN_SIZE && view.getUint16(at, true) === AF_INET;
    if (!isInet) return sockaddrDecode(memory, at, length);
    const key = keyOf(view, at);
    return this.#values.get(key) ?? this.#remember(key, memory.slice(at, at + length));
  }

  encode(address: AddressLike): Uint8Array {
    return this.#bytes.get(address) ?? sockaddrEncode(address);
  }

  #remember(key: number, bytes: Uint8Array): SocketAddress {
    if (this.#values.size >= MOST_PEERS) {
      this.#values.clear();
      this.#bytes.clear();
    }
    // Shared by all datagrams of the peer: nobody may change it.
    const value = Object.freeze(sockaddrDecode(bytes));
    this.#values.set(key, value);
    this.#bytes.set(value, bytes);
    return value;
  }
}
