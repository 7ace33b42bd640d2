import type { AddressLike, SocketAddress } from "../../api/address.ts";
import { MSG_DONTWAIT, MSG_NOSIGNAL } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { DEFAULT_MAX_BYTES } from "../../kernel/flow/datagram-flow.ts";
import type { DatagramPort, DatagramSender } from "../../kernel/flow/port.ts";
import { libc } from "../ffi/libc.ts";
import { DatagramInbox, type DatagramKeeper, type ReceivedDatagram } from "./datagram-inbox.ts";
import { DatagramOutbox } from "./datagram-outbox.ts";
import { failedCall } from "./failed-call.ts";
import { PeerCache } from "./peer-cache.ts";

const peers = new PeerCache();
let sharedInbox: DatagramInbox | undefined;
let sharedOutbox: DatagramOutbox | undefined;

/**
 * The system calls of a datagram socket's flow: recvmmsg(2), and sendmmsg(2) for what is sent while several datagrams
 * are delivered. None of them waits.
 */
export class HostDatagramPort implements DatagramPort, DatagramKeeper {
  readonly #fd: number;
  readonly #inbox: DatagramInbox;
  readonly #outbox: DatagramOutbox = (sharedOutbox ??= new DatagramOutbox());
  #sender: DatagramSender | undefined;
  #kept: ReceivedDatagram[] = [];
  #current: ReceivedDatagram | undefined;
  /** What is sent now leaves with `flush`. */
  #collects = false;

  constructor(fd: number, maxBytes: number) {
    this.#fd = fd;
    this.#inbox =
      maxBytes === DEFAULT_MAX_BYTES
        ? (sharedInbox ??= new DatagramInbox(maxBytes, peers))
        : new DatagramInbox(maxBytes, peers);
  }

  start(sender: DatagramSender): void {
    this.#sender = sender;
  }

  get hasReceived(): boolean {
    return this.#kept.length > 0 || this.#inbox.hasOf(this);
  }

  receive(): number {
    const kept = this.#kept.shift();
    if (kept === undefined && !this.#inbox.hasOf(this)) {
      this.flush();
      const count = this.#inbox.receive(this.#fd, this);
      if (count < 0) return count;
      this.#collects = count > 1;
    }
    this.#current = kept ?? this.#inbox.take();
    return this.#current.bytes;
  }

  keep(rest: ReceivedDatagram[]): void {
    this.#kept.push(...rest);
  }

  get data(): Uint8Array {
    return (this.#current as ReceivedDatagram).data;
  }

  get address(): SocketAddress | undefined {
    return this.#current?.address;
  }

  encode(address: AddressLike): Uint8Array {
    return peers.encode(address);
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
}
