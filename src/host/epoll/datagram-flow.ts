import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_TRUNC } from "../../api/constants.ts";
import type { AddressLike } from "../../api/address.ts";
import { errno } from "../../api/errno.ts";
import { systemError } from "../../api/errors.ts";
import type { DatagramFlow, DatagramFlowOptions, DatagramHandler } from "../../api/flow.ts";
import { sockaddrDecode, sockaddrEncode } from "../../netdb/sockaddr.ts";
import type { Descriptor } from "../descriptor.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { nativeMemory } from "../ffi/memory.ts";
import type { EpollEngine } from "./engine.ts";
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT } from "./events.ts";
import { Possession } from "./possession.ts";
import { throwLater } from "./throw-later.ts";

const DEFAULT_MAX_BYTES = 65536;
const DEFAULT_HIGH_WATER_MARK = 256;
const RECEIVE_BUDGET = 64;

let receiveMemory: Uint8Array | undefined;
const address = nativeMemory(128);
const addressLength = nativeMemory(4);
const addressLengthView = new DataView(addressLength.buffer);

interface QueuedDatagram {
  readonly data: Uint8Array;
  readonly address: Uint8Array | null;
}

/** A datagram socket served by a receive loop. */
export class EpollDatagramFlow implements DatagramFlow {
  datagramsReceived = 0;
  datagramsSent = 0;
  readonly interest: number = EPOLLIN;
  readonly #own: Possession;
  readonly #handler: DatagramHandler;
  readonly #memory: Uint8Array;
  readonly #highWaterMark: number;
  #queue: QueuedDatagram[] = [];
  #paused = false;
  #needsDrain = false;

  constructor(
    engine: EpollEngine,
    table: DescriptorTable,
    descriptor: Descriptor,
    handler: DatagramHandler,
    options: DatagramFlowOptions,
  ) {
    this.#own = new Possession(engine, table, descriptor);
    this.#handler = handler;
    this.#highWaterMark = options.highWaterMark ?? DEFAULT_HIGH_WATER_MARK;
    const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#memory = maxBytes === DEFAULT_MAX_BYTES ? (receiveMemory ??= nativeMemory(maxBytes)) : nativeMemory(maxBytes);
  }

  get fd(): number {
    return this.#own.fd;
  }

  get datagramsQueued(): number {
    return this.#queue.length;
  }

  send(data: Uint8Array, to?: AddressLike): boolean {
    if (this.fd < 0) throw systemError("send", "EBADF", undefined, "the flow is closed");
    const encoded = to === undefined ? null : sockaddrEncode(to);
    if (this.#queue.length === 0 && this.#send(data, encoded)) return true;
    this.#queue.push({ data: data.slice(), address: encoded });
    this.#own.watch(EPOLLOUT);
    if (this.#queue.length < this.#highWaterMark) return true;
    this.#needsDrain = true;
    return false;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#own.continueLater(() => this.#receive());
  }

  close(error?: Error): void {
    if (this.fd < 0) return;
    this.#own.close();
    this.#closed(error);
  }

  detach(): number {
    if (this.#queue.length > 0) throw systemError("detach", "EBUSY", undefined, "datagrams are queued");
    return this.#own.detach();
  }

  ref(): void {
    this.#own.ref();
  }

  unref(): void {
    this.#own.unref();
  }

  happened(events: number): void {
    if (this.#queue.length > 0 && events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) this.#flush();
    if (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) this.#receive();
  }

  closedUnderneath(): void {
    this.#own.lost();
    this.#closed(undefined);
  }

  #closed(error: Error | undefined): void {
    this.#queue = [];
    this.#handler.close?.(error, this);
  }

  #receive(): void {
    for (let budget = RECEIVE_BUDGET; !this.#paused && this.fd >= 0; budget -= 1) {
      if (budget === 0) return this.#own.continueLater(() => this.#receive());
      addressLengthView.setUint32(0, address.length, true);
      const memory = this.#memory;
      const bytes = libc.recvfrom(this.fd, memory, memory.length, MSG_DONTWAIT | MSG_TRUNC, address, addressLength);
      if (bytes < 0) {
        const number = lastErrno();
        if (number === errno.EAGAIN) return;
        if (number !== errno.EINTR) this.#tell(systemError("recv", number));
        continue;
      }
      this.datagramsReceived += 1;
      const addressBytes = addressLengthView.getUint32(0, true);
      const from = addressBytes === 0 ? undefined : sockaddrDecode(address, 0, addressBytes);
      this.#deliver(Math.min(bytes, memory.length), from, bytes > memory.length);
    }
  }

  #deliver(bytes: number, from: ReturnType<typeof sockaddrDecode> | undefined, truncated: boolean): void {
    try {
      this.#handler.datagram(this.#memory.subarray(0, bytes), from, this, truncated);
    } catch (error) {
      this.#threw(error);
    }
  }

  /** A handler threw: that closes the flow, unless it is closed, and then it was the close handler. */
  #threw(error: unknown): void {
    if (this.fd < 0) throwLater(error);
    else this.close(error as Error);
  }

  #tell(error: Error): void {
    try {
      this.#handler.error?.(error, this);
    } catch (thrown) {
      throwLater(thrown);
    }
  }

  /** True when the datagram is gone: sent, or refused with an error that was told. */
  #send(data: Uint8Array, to: Uint8Array | null): boolean {
    const sent = libc.sendto(this.fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, to?.length ?? 0);
    if (sent >= 0) {
      this.datagramsSent += 1;
      return true;
    }
    const number = lastErrno();
    // ENOBUFS is a full queue of the interface, EAGAIN of the socket; only the second has an event.
    if (number === errno.EAGAIN) return false;
    this.#tell(systemError("send", number, to === null ? undefined : sockaddrDecode(to)));
    return true;
  }

  #flush(): void {
    while (this.fd >= 0) {
      const first = this.#queue[0];
      if (first === undefined) break;
      if (!this.#send(first.data, first.address)) return;
      this.#queue.shift();
    }
    if (this.fd < 0) return;
    this.#own.unwatch(EPOLLOUT);
    if (!this.#needsDrain) return;
    this.#needsDrain = false;
    try {
      this.#handler.drain?.(this);
    } catch (error) {
      this.#threw(error);
    }
  }
}
