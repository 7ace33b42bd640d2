import type { AddressLike, SocketAddress } from "../../api/address.ts";
import { MSG_DONTWAIT, MSG_NOSIGNAL } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { DEFAULT_MAX_BYTES } from "../../kernel/flow/datagram-flow.ts";
import type { DatagramPort, DatagramSender } from "../../kernel/flow/port.ts";
import { libc } from "../ffi/libc.ts";
import { DatagramInbox, type DatagramKeeper, type KeptDatagram } from "./datagram-inbox.ts";
import { DatagramOutbox } from "./datagram-outbox.ts";
import { failedCall } from "./failed-call.ts";
import { PeerCache } from "./peer-cache.ts";

/** What all datagram flows of this thread work with. */
interface Shared {
  readonly peers: PeerCache;
  readonly inbox: DatagramInbox;
  readonly outbox: DatagramOutbox;
}

let ofThread: Shared | undefined;

function shared(): Shared {
  if (ofThread === undefined) {
    const peers = new PeerCache();
    ofThread = { peers, inbox: new DatagramInbox(DEFAULT_MAX_BYTES, peers), outbox: new DatagramOutbox(peers) };
  }
  return ofThread;
}

/**
 * The system calls of a datagram socket's flow: recvmmsg(2), and sendmmsg(2) for what is sent while several datagrams
 * are delivered. None of them waits.
 */
export class HostDatagramPort implements DatagramPort, DatagramKeeper {
  data: Uint8Array;
  address: SocketAddress | undefined;
  readonly maxBytes: number;
  readonly #fd: number;
  readonly #inbox: DatagramInbox;
  readonly #outbox: DatagramOutbox;
  readonly #peers: PeerCache;
  #sender: DatagramSender | undefined;
  #kept: KeptDatagram[] = [];
  /** What is sent now leaves with `flush`. */
  #collects = false;

  constructor(fd: number, maxBytes: number) {
    const { peers, inbox, outbox } = shared();
    this.#fd = fd;
    this.maxBytes = maxBytes;
    this.#peers = peers;
    this.#outbox = outbox;
    this.#inbox = maxBytes <= DEFAULT_MAX_BYTES ? inbox : new DatagramInbox(maxBytes, peers);
    this.data = this.#inbox.data;
  }

  start(sender: DatagramSender): void {
    this.#sender = sender;
  }

  get hasReceived(): boolean {
    return this.#kept.length > 0 || this.#inbox.hasOf(this);
  }

  receive(): number {
    if (this.#kept.length > 0) return this.#receiveKept();
    const inbox = this.#inbox;
    if (!inbox.hasOf(this)) {
      this.flush();
      const count = inbox.receive(this.#fd, this);
      if (count < 0) return count;
    }
    inbox.take(this.maxBytes);
    this.data = inbox.data;
    this.address = inbox.address;
    // Others come behind it, and what is sent for them can leave together.
    if (!this.#collects) this.#collects = inbox.hasOf(this);
    return inbox.bytes;
  }

  keep(rest: KeptDatagram[]): void {
    this.#kept.push(...rest);
  }

  encode(address: AddressLike): Uint8Array {
    return this.#peers.encode(address);
  }

  send(data: Uint8Array, to: Uint8Array | null): number {
    if (this.#collects && this.#sender !== undefined) {
      if (this.#outbox.add(data, to)) return data.length;
      this.#outbox.flush(this.#fd, this.#sender);
      // What came back from there goes first.
      if (this.#sender.datagramsQueued > 0) return -errno.EAGAIN;
      if (this.#outbox.add(data, to)) return data.length;
    }
    const sent =
      to === null
        ? libc.send(this.#fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL)
        : libc.sendto(this.#fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, to.length);
    return sent >= 0 ? sent : failedCall();
  }

  flush(): void {
    if (!this.#collects) return;
    this.#collects = false;
    if (this.#sender !== undefined) this.#outbox.flush(this.#fd, this.#sender);
  }

  #receiveKept(): number {
    const { bytes, data, address } = this.#kept.shift() as KeptDatagram;
    this.data = data;
    this.address = address;
    this.#collects = true;
    return bytes;
  }
}
