import { MSG_DONTWAIT, MSG_NOSIGNAL } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import type { DatagramSender } from "../../kernel/flow/port.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { addressOf, nativeMemory } from "../ffi/memory.ts";
import { MessageArray } from "./message-array.ts";
import type { PeerCache } from "./peer-cache.ts";

/** Datagrams sent by one sendmmsg, and the bytes of all of them. */
const MOST_DATAGRAMS = 128;
const MOST_BYTES = 65536;

/** A longer datagram leaves by itself: copying it would cost more than the system call. */
const MOST_COPIED_BYTES = 8192;

/** Each begins with a word, so that the pointers to equally long ones stay what they were. */
const ALIGNMENT = 8;

/** Datagrams that are collected to leave by one system call: the thread's, for the flow that receives at the moment. */
export class DatagramOutbox {
  readonly #memory: Uint8Array = nativeMemory(MOST_BYTES);
  readonly #address: number = Number(addressOf(this.#memory));
  readonly #messages: MessageArray = new MessageArray(MOST_DATAGRAMS);
  readonly #peers: PeerCache;
  readonly #starts: Int32Array = new Int32Array(MOST_DATAGRAMS);
  readonly #lengths: Int32Array = new Int32Array(MOST_DATAGRAMS);
  /** Where they go. Their bytes may be what a header points to, so they are held until another takes the header. */
  readonly #to: (Uint8Array | null)[] = Array.from({ length: MOST_DATAGRAMS }, () => null);
  #count = 0;
  #bytes = 0;

  constructor(peers: PeerCache) {
    this.#peers = peers;
  }

  /** Copies a datagram to those that leave together; false when there is no room for it. */
  add(data: Uint8Array, to: Uint8Array | null): boolean {
    const index = this.#count;
    const at = this.#bytes;
    const { length } = data;
    if (index === MOST_DATAGRAMS || at + length > MOST_BYTES || length > MOST_COPIED_BYTES) return false;
    const messages = this.#messages;
    this.#memory.set(data, at);
    messages.setBuffer(index, this.#address + at, length);
    this.#starts[index] = at;
    this.#lengths[index] = length;
    this.#to[index] = to;
    if (to === null) messages.setName(index, 0, 0);
    else {
      const pointer = this.#peers.pointerTo(to);
      if (pointer === undefined) messages.copyName(index, to);
      else messages.setName(index, pointer, to.length);
    }
    this.#bytes = (at + length + ALIGNMENT - 1) & -ALIGNMENT;
    this.#count = index + 1;
    return true;
  }

  /** Sends them, and tells of each that did not leave. */
  flush(fd: number, sender: DatagramSender): void {
    const count = this.#count;
    let refused: { readonly number: number; readonly to: Uint8Array | null }[] | undefined;
    for (let done = 0; done < count;) {
      const sent = libc.sendmmsg(fd, this.#messages.from(done), count - done, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent > 0) {
        done += sent;
        continue;
      }
      const number = lastErrno();
      if (number === errno.EINTR) continue;
      // No room: so it is for those behind it, which keep their order.
      if (number === errno.EAGAIN) {
        for (; done < count; done += 1) sender.unsent(this.#data(done), this.#to[done] as Uint8Array | null);
        break;
      }
      (refused ??= []).push({ number, to: this.#to[done] as Uint8Array | null });
      done += 1;
    }
    this.#count = 0;
    this.#bytes = 0;
    // Told at last: a handler may send more.
    if (refused !== undefined) for (const { number, to } of refused) sender.refused(number, to);
  }

  #data(index: number): Uint8Array {
    const at = this.#starts[index] as number;
    return this.#memory.subarray(at, at + (this.#lengths[index] as number));
  }
}
