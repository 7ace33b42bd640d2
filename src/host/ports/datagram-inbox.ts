import type { SocketAddress } from "../../api/address.ts";
import { MSG_DONTWAIT, MSG_TRUNC } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { addressOf, pinnedMemory } from "../ffi/memory.ts";
import { MessageArray } from "./message-array.ts";
import type { PeerCache } from "./peer-cache.ts";

/** Datagrams taken by one recvmmsg, and the memory for all of them. */
const MOST_DATAGRAMS = 128;
const MOST_BYTES = MOST_DATAGRAMS * 65536;

/** So many bytes at once stay in the processor's cache until they are handled: of long datagrams fewer are taken. */
const BATCH_BYTES = 128 * 1024;

/** Between the ends of two datagrams' room: an odd number of cache lines, so that they do not share the same few. */
const ROOM_BETWEEN = 192;

/** A datagram that was received, and copied. */
export interface KeptDatagram {
  /** As long as it was, even if there was room for less. */
  readonly bytes: number;
  readonly data: Uint8Array;
  readonly address: SocketAddress | undefined;
}

/** A flow's hold on what was received for it. */
export interface DatagramKeeper {
  /** Room for one datagram. */
  readonly maxBytes: number;
  /** Somebody else receives: these, copied, were not taken yet. */
  keep(rest: KeptDatagram[]): void;
}

/**
 * Memory into which datagrams are received, many by one system call: the thread's, for all its flows. What one flow has
 * not taken yet when another receives is copied for it.
 */
export class DatagramInbox {
  /** Of the datagram that `take` moved to: as long as it was, even if there was room for less. */
  bytes = 0;
  /** Valid until somebody receives. */
  data: Uint8Array;
  address: SocketAddress | undefined;
  readonly #most: number;
  readonly #roomBytes: number;
  readonly #memory: Uint8Array;
  readonly #messages: MessageArray;
  readonly #peers: PeerCache;
  /** What handlers were given: the next datagram there of the same length can be the same object. */
  readonly #views: Uint8Array[];
  #owner: DatagramKeeper | undefined;
  #atOnce: number;
  #next = 0;
  #count = 0;
  /** Of all that were taken of this batch. */
  #batchBytes = 0;

  constructor(roomBytes: number, peers: PeerCache) {
    this.#most = Math.min(MOST_DATAGRAMS, Math.max(1, Math.floor(MOST_BYTES / roomBytes)));
    this.#atOnce = this.#most;
    this.#roomBytes = roomBytes;
    this.#peers = peers;
    this.#messages = new MessageArray(this.#most);
    this.#memory = pinnedMemory(this.#most * (roomBytes + ROOM_BETWEEN));
    this.data = this.#memory.subarray(0, 0);
    this.#views = Array.from({ length: this.#most }, () => this.data);
    const address = Number(addressOf(this.#memory));
    for (let index = 0; index < this.#most; index += 1) {
      this.#messages.setBuffer(index, address + this.#at(index), roomBytes);
      this.#messages.giveNameRoom(index);
    }
  }

  /** Receives what there is: how many datagrams, or an errno, negated. */
  receive(fd: number, owner: DatagramKeeper): number {
    this.#makeRoom();
    for (;;) {
      const count = libc.recvmmsg(fd, this.#messages.from(0), this.#atOnce, MSG_DONTWAIT | MSG_TRUNC, null);
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
    return this.#next < this.#count && this.#owner === owner;
  }

  /** Moves to the next one. */
  take(maxBytes: number): void {
    const index = this.#next;
    this.#next = index + 1;
    const messages = this.#messages;
    const bytes = messages.length(index);
    this.bytes = bytes;
    this.#batchBytes += bytes;
    const nameLength = messages.nameLength(index);
    this.address =
      nameLength === 0
        ? undefined
        : this.#peers.decode(messages.names, messages.nameWords, messages.nameAt(index), nameLength);
    const seen = Math.min(bytes, maxBytes, this.#roomBytes);
    let view = this.#views[index] as Uint8Array;
    if (view.length !== seen || seen === 0) {
      const at = this.#at(index);
      view = this.#memory.subarray(at, at + seen);
      this.#views[index] = view;
    }
    this.data = view;
  }

  #makeRoom(): void {
    const owner = this.#owner;
    if (this.#next < this.#count && owner !== undefined) owner.keep(this.#rest(owner.maxBytes));
    const count = this.#count;
    if (count === 0) return;
    const average = Math.max(1, this.#batchBytes / count);
    this.#atOnce = Math.max(1, Math.min(this.#most, Math.floor(BATCH_BYTES / average)));
    // The kernel has written how long their addresses are.
    for (let index = 0; index < count; index += 1) this.#messages.giveNameRoom(index);
    this.#next = 0;
    this.#count = 0;
    this.#batchBytes = 0;
  }

  #rest(maxBytes: number): KeptDatagram[] {
    const rest: KeptDatagram[] = [];
    while (this.#next < this.#count) {
      this.take(maxBytes);
      const { bytes, data, address } = this;
      rest.push({ bytes, data: data.slice(), address });
    }
    return rest;
  }

  #at(index: number): number {
    return index * (this.#roomBytes + ROOM_BETWEEN);
  }
}
