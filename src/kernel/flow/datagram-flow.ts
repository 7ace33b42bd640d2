import { POLLERR, POLLHUP, POLLIN, POLLOUT } from "../../api/constants.ts";
import type { AddressLike } from "../../api/address.ts";
import { errno } from "../../api/errno.ts";
import { systemError } from "../../api/errors.ts";
import type { DatagramFlow, DatagramFlowOptions, DatagramHandler } from "../../api/flow.ts";
import { sockaddrDecode } from "../../netdb/sockaddr.ts";
import type { Turns } from "../turns.ts";
import type { DatagramPort, DatagramSender, FlowKernel } from "./port.ts";
import { Possession } from "./possession.ts";

/** Room for one datagram, unless the options say another. */
export const DEFAULT_MAX_BYTES = 65536;
const DEFAULT_HIGH_WATER_MARK = 256;
/** Datagrams in a row on one flow before the others have their turn; a long one counts as many. */
const RECEIVE_BUDGET = 512;
const BYTES_THAT_COUNT_SHIFT = 12;

interface QueuedDatagram {
  readonly data: Uint8Array;
  readonly address: Uint8Array | null;
}

/** A datagram socket served by a receive loop. */
export class DatagramPushFlow implements DatagramFlow, DatagramSender {
  datagramsReceived = 0;
  datagramsSent = 0;
  readonly interest: number = POLLIN;
  readonly #port: DatagramPort;
  readonly #own: Possession;
  readonly #turns: Turns;
  readonly #handler: DatagramHandler;
  readonly #highWaterMark: number;
  #queue: QueuedDatagram[] = [];
  #paused = false;
  #needsDrain = false;

  constructor(kernel: FlowKernel, port: DatagramPort, handler: DatagramHandler, options: DatagramFlowOptions) {
    this.#port = port;
    this.#own = new Possession(kernel);
    this.#turns = kernel.turns;
    this.#handler = handler;
    this.#highWaterMark = options.highWaterMark ?? DEFAULT_HIGH_WATER_MARK;
  }

  get fd(): number {
    return this.#own.fd;
  }

  get datagramsQueued(): number {
    return this.#queue.length;
  }

  send(data: Uint8Array, to?: AddressLike): boolean {
    if (this.fd < 0) throw systemError("send", "EBADF", undefined, "the flow is closed");
    const encoded = to === undefined ? null : this.#port.encode(to);
    if (this.#queue.length === 0 && this.#send(data, encoded)) return true;
    this.#queue.push({ data: data.slice(), address: encoded });
    this.#own.watch(POLLOUT);
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
    this.#port.flush?.();
    this.#own.close();
    this.#closed(error);
  }

  detach(): number {
    if (this.fd >= 0) {
      this.#port.flush?.();
      // What was received is the handler's.
      while (this.#port.hasReceived === true && this.fd >= 0) this.#receiveOne();
    }
    if (this.#queue.length > 0) throw systemError("detach", "EBUSY", undefined, "datagrams are queued");
    return this.#own.detach();
  }

  ref(): void {
    this.#own.ref();
  }

  unref(): void {
    this.#own.unref();
  }

  happened(events: number): boolean {
    if (this.#queue.length > 0 && events & (POLLOUT | POLLERR | POLLHUP)) this.#flush();
    // One that has had its share of this turn is told of each datagram all the same: it goes on in the next.
    if (events & (POLLIN | POLLERR | POLLHUP) && !this.#own.continues) this.#receive();
    return false;
  }

  unsent(data: Uint8Array, to: Uint8Array | null): void {
    this.datagramsSent -= 1;
    // Closed: nothing is to wait on the descriptor any more, which would keep it open.
    if (this.fd < 0) return;
    this.#queue.push({ data: data.slice(), address: to });
    this.#own.watch(POLLOUT);
  }

  refused(number: number, to: Uint8Array | null): void {
    this.datagramsSent -= 1;
    this.#refuse(number, to);
  }

  closedUnderneath(): void {
    this.#own.lost();
    this.#port.flush?.();
    this.#closed(undefined);
  }

  #closed(error: Error | undefined): void {
    this.#queue = [];
    this.#handler.close?.(error, this);
  }

  #receive(): void {
    for (let budget = RECEIVE_BUDGET; !this.#paused && this.fd >= 0;) {
      // What came by the same system call is answered by the same.
      if (budget <= 0 && this.#port.hasReceived !== true) {
        this.#own.continueLater(() => this.#receive());
        break;
      }
      const bytes = this.#receiveOne();
      if (bytes < 0) break;
      budget -= 1 + (bytes >> BYTES_THAT_COUNT_SHIFT);
    }
    if (this.fd >= 0) this.#port.flush?.();
  }

  /** How long it was; below 0 when there is none. */
  #receiveOne(): number {
    const bytes = this.#port.receive();
    if (-bytes === errno.EAGAIN) return bytes;
    if (bytes < 0) {
      this.#tell(systemError("recv", -bytes));
      return 0;
    }
    this.datagramsReceived += 1;
    this.#deliver(bytes);
    return bytes;
  }

  #deliver(bytes: number): void {
    const { data, address } = this.#port;
    try {
      this.#handler.datagram(data, address, this, bytes > data.length);
    } catch (error) {
      this.#threw(error);
    }
  }

  /** A handler threw: that closes the flow, unless it is closed, and then it was the close handler. */
  #threw(error: unknown): void {
    if (this.fd < 0) this.#turns.throwLater(error);
    else this.close(error as Error);
  }

  #tell(error: Error): void {
    try {
      this.#handler.error?.(error, this);
    } catch (thrown) {
      this.#turns.throwLater(thrown);
    }
  }

  /** True when the datagram is gone: sent, or refused with an error that was told. */
  #send(data: Uint8Array, to: Uint8Array | null): boolean {
    const result = this.#port.send(data, to);
    if (result >= 0) {
      this.datagramsSent += 1;
      return true;
    }
    // ENOBUFS is a full queue of the interface, EAGAIN of the socket; only the second has an event.
    if (-result === errno.EAGAIN) return false;
    this.#refuse(-result, to);
    return true;
  }

  #refuse(number: number, to: Uint8Array | null): void {
    this.#tell(systemError("send", number, to === null ? undefined : sockaddrDecode(to)));
  }

  #flush(): void {
    while (this.fd >= 0) {
      const first = this.#queue[0];
      if (first === undefined) break;
      if (!this.#send(first.data, first.address)) return;
      this.#queue.shift();
    }
    if (this.fd < 0) return;
    this.#own.unwatch(POLLOUT);
    if (!this.#needsDrain) return;
    this.#needsDrain = false;
    try {
      this.#handler.drain?.(this);
    } catch (error) {
      this.#threw(error);
    }
  }
}
