import { MSG_DONTWAIT, MSG_NOSIGNAL } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import type { DatagramSender } from "../../kernel/flow/port.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { addressOf, nativeMemory } from "../ffi/memory.ts";
import { MessageArray } from "./message-array.ts";

/** Datagrams sent by one sendmmsg, and the bytes of all of them. */
const MOST_DATAGRAMS = 32;
const MOST_BYTES = 65536;

/** Datagrams that are collected to leave by one system call: the thread's, for the flow that receives at the moment. */
export class DatagramOutbox {
  readonly #memory: Uint8Array = nativeMemory(MOST_BYTES);
  readonly #address: number = Number(addressOf(this.#memory));
  readonly #messages: MessageArray = new MessageArray(MOST_DATAGRAMS);
  readonly #lengths: Int32Array = new Int32Array(MOST_DATAGRAMS);
  #count = 0;
  #bytes = 0;

  /** Copies a datagram to those that leave together; false when there is no room for it. */
  add(data: Uint8Array, to: Uint8Array | null): boolean {
    const index = this.#count;
    if (index === MOST_DATAGRAMS || this.#bytes + data.length > MOST_BYTES) return false;
    const messages = this.#messages;
    this.#memory.set(data, this.#bytes);
    messages.setBuffer(index, this.#address + this.#bytes, data.length);
    messages.setNameLength(index, to?.length ?? 0);
    if (to !== null) messages.names.set(to, messages.nameAt(index));
    this.#lengths[index] = data.length;
    this.#bytes += data.length;
    this.#count = index + 1;
    return true;
  }

  /** Sends them, and tells of each that did not leave. */
  flush(fd: number, sender: DatagramSender): void {
    const count = this.#count;
    const refused: { readonly number: number; readonly to: Uint8Array | null }[] = [];
    let at = 0;
    for (let done = 0; done < count;) {
      const sent = libc.sendmmsg(fd, this.#messages.from(done), count - done, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent > 0) {
        for (const end = done + sent; done < end; done += 1) at += this.#lengths[done] as number;
        continue;
      }
      const number = lastErrno();
      if (number === errno.EINTR) continue;
      const to = this.#to(done);
      const length = this.#lengths[done] as number;
      // No room: so it is for those behind it, which keep their order.
      if (number === errno.EAGAIN) {
        for (; done < count; done += 1) {
          const bytes = this.#lengths[done] as number;
          sender.unsent(this.#memory.subarray(at, at + bytes), this.#to(done));
          at += bytes;
        }
        break;
      }
      refused.push({ number, to });
      at += length;
      done += 1;
    }
    this.#count = 0;
    this.#bytes = 0;
    // Told at last: a handler may send more.
    for (const { number, to } of refused) sender.refused(number, to);
  }

  #to(index: number): Uint8Array | null {
    const messages = this.#messages;
    const length = messages.nameLength(index);
    const at = messages.nameAt(index);
    return length === 0 ? null : messages.names.slice(at, at + length);
  }
}
