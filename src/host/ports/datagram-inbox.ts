import { MSG_DONTWAIT, MSG_TRUNC } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import type { SocketAddress } from "../../api/address.ts";
import { SOCKADDR_STORAGE_SIZE } from "../../netdb/sockaddr.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { addressOf, nativeMemory } from "../ffi/memory.ts";
import { MessageArray } from "./message-array.ts";
import type { PeerCache } from "./peer-cache.ts";

/** Datagrams taken by one recvmmsg, and the memory for all of them. */
const MOST_DATAGRAMS = 32;
const MOST_BYTES = MOST_DATAGRAMS * 65536;

/** Between the ends of two datagrams' room: an odd number of cache lines, so that they do not share the same few. */
const ROOM_BETWEEN = 192;

/** A datagram that was received. */
export interface ReceivedDatagram {
  /** As long as it was, even if there was room for less. */
  readonly bytes: number;
  readonly data: Uint8Array;
  readonly address: SocketAddress | undefined;
}

/** A flow's hold on what was received for it. */
export interface DatagramKeeper {
  /** Somebody else receives: these, copied, were not taken yet. */
  keep(rest: ReceivedDatagram[]): void;
}

/**
 * Memory into which datagrams are received, many by one system call: the thread's, for all its flows. What one flow has
 * not taken yet when another receives is copied for it.
 */
export class DatagramInbox {
  readonly #most: number;
  readonly #roomBytes: number;
  readonly #memory: Uint8Array;
  readonly #messages: MessageArray;
  readonly #peers: PeerCache;
  #owner: DatagramKeeper | undefined;
  #next = 0;
  #count = 0;

  constructor(roomBytes: number, peers: PeerCache) {
    this.#most = Math.min(MOST_DATAGRAMS, Math.max(1, Math.floor(MOST_BYTES / roomBytes)));
    this.#roomBytes = roomBytes;
    this.#peers = peers;
    this.#messages = new MessageArray(this.#most);
    this.#memory = nativeMemory(this.#most * (roomBytes + ROOM_BETWEEN));
    const address = Number(addressOf(this.#memory));
    for (let index = 0; index < this.#most; index += 1) {
      this.#messages.setBuffer(index, address + this.#at(index), roomBytes);
      this.#messages.setNameLength(index, SOCKADDR_STORAGE_SIZE);
    }
  }

  /** Receives what there is: how many datagrams, or an errno, negated. */
  receive(fd: number, owner: DatagramKeeper): number {
    this.#makeRoom();
    const messages = this.#messages;
    for (;;) {
      const count = libc.recvmmsg(fd, messages.headers, this.#most, MSG_DONTWAIT | MSG_TRUNC, null);
      if (count >= 0) {
        this.#owner = owner;
        this.#count = count;
        return count;
      }
      const number = lastErrno();
      if (number !== errno.EINTR) return -number;
    }
  }

  /** Whether there are some that were received and not taken. */
  hasOf(owner: DatagramKeeper): boolean {
    return this.#owner === owner && this.#next < this.#count;
  }

  /** The next one: `data` is valid until somebody receives. */
  take(): ReceivedDatagram {
    const index = this.#next;
    this.#next += 1;
    const messages = this.#messages;
    const bytes = messages.length(index);
    const nameLength = messages.nameLength(index);
    const address =
      nameLength === 0
        ? undefined
        : this.#peers.decode(messages.names, messages.namesView, messages.nameAt(index), nameLength);
    const at = this.#at(index);
    return { bytes, data: this.#memory.subarray(at, at + Math.min(bytes, this.#roomBytes)), address };
  }

  #makeRoom(): void {
    const rest: ReceivedDatagram[] = [];
    while (this.#next < this.#count) {
      const datagram = this.take();
      rest.push({ ...datagram, data: datagram.data.slice() });
    }
    if (rest.length > 0) this.#owner?.keep(rest);
    // The kernel has written how long their addresses are.
    for (let index = 0; index < this.#count; index += 1) this.#messages.setNameLength(index, SOCKADDR_STORAGE_SIZE);
    this.#next = 0;
    this.#count = 0;
  }

  #at(index: number): number {
    return index * (this.#roomBytes + ROOM_BETWEEN);
  }
}
