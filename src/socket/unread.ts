import type { SocketAddress } from "../api/address.ts";
import { MSG_PEEK, MSG_TRUNC } from "../api/constants.ts";
import type { ReceivedMessage } from "../api/message.ts";

/**
 * What was received before the program asked for it: an iteration was left early, or an exact receive was cut short.
 */
export interface Unread {
  readonly size: number;
  /** As recvmsg(2) does; undefined when nothing is here and the kernel is to be asked. */
  receive(buffers: readonly Uint8Array[], flags: number): ReceivedMessage | undefined;
}

/** Bytes of a stream, in order. */
export class UnreadBytes implements Unread {
  size = 0;
  #chunks: Uint8Array[] = [];

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.size += chunk.length;
  }

  /** Puts bytes back in front of all. */
  putBack(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.unshift(chunk);
    this.size += chunk.length;
  }

  shift(): Uint8Array | undefined {
    if (this.size === 0) return undefined;
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) this.size -= chunk.length;
    return chunk;
  }

  receive(buffers: readonly Uint8Array[], flags: number): ReceivedMessage | undefined {
    if (this.size === 0) return undefined;
    let bytes = 0;
    let index = 0;
    let offset = 0;
    for (const buffer of buffers) {
      for (let filled = 0; filled < buffer.length && index < this.#chunks.length;) {
        const chunk = this.#chunks[index] as Uint8Array;
        const part = chunk.subarray(offset, offset + buffer.length - filled);
        buffer.set(part, filled);
        filled += part.length;
        offset += part.length;
        bytes += part.length;
        if (offset < chunk.length) continue;
        index += 1;
        offset = 0;
      }
    }
    if ((flags & MSG_PEEK) === 0) this.#drop(index, offset);
    return { bytes, address: undefined, control: [], flags: 0 };
  }

  /** Forgets whole chunks, and the beginning of the next. */
  #drop(chunks: number, bytes: number): void {
    for (let count = 0; count < chunks; count += 1) this.shift();
    const head = this.#chunks[0];
    if (head === undefined || bytes === 0) return;
    this.#chunks[0] = head.subarray(bytes);
    this.size -= bytes;
  }
}

/** A datagram that was received. */
export interface ReceivedDatagram {
  /** The datagram's bytes: the receiver's own. */
  readonly data: Uint8Array;
  /** The sender; undefined where it has no address (an unbound Unix socket, a connected SOCK_SEQPACKET). */
  readonly address: SocketAddress | undefined;
  /** It was longer than the room for it. */
  readonly truncated: boolean;
}

/** Datagrams, in order. */
export class UnreadDatagrams implements Unread {
  readonly #datagrams: ReceivedDatagram[] = [];

  get size(): number {
    return this.#datagrams.length;
  }

  push(datagram: ReceivedDatagram): void {
    this.#datagrams.push(datagram);
  }

  shift(): ReceivedDatagram | undefined {
    return this.#datagrams.shift();
  }

  receive(buffers: readonly Uint8Array[], flags: number): ReceivedMessage | undefined {
    const datagram = this.#datagrams[0];
    if (datagram === undefined) return undefined;
    if ((flags & MSG_PEEK) === 0) this.shift();
    let copied = 0;
    for (const buffer of buffers) {
      const part = datagram.data.subarray(copied, copied + buffer.length);
      buffer.set(part);
      copied += part.length;
    }
    const truncated = datagram.truncated || copied < datagram.data.length;
    return {
      bytes: flags & MSG_TRUNC ? datagram.data.length : copied,
      address: datagram.address,
      control: [],
      flags: truncated ? MSG_TRUNC : 0,
    };
  }
}
