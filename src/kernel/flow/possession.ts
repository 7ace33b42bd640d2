import { systemError } from "../../api/errors.ts";
import type { WaitingDescriptor, WaitingTable } from "../descriptor.ts";
import type { WaitEngine } from "../engine.ts";
import type { FlowKernel } from "./port.ts";

const ANY_EVENTS = -1;

/** A flow's hold on its descriptor: from the hand-over until it is closed or given back. */
export class Possession {
  /** The descriptor; -1 when it is no longer held. */
  fd: number;
  readonly #engine: WaitEngine;
  readonly #table: WaitingTable;
  readonly #descriptor: WaitingDescriptor;
  #referenced = false;
  #continuing = false;

  constructor({ engine, table, descriptor }: FlowKernel) {
    this.#engine = engine;
    this.#table = table;
    this.#descriptor = descriptor;
    this.fd = descriptor.fd;
    if (descriptor.referenced) this.ref();
  }

  ref(): void {
    if (this.#referenced || this.fd < 0) return;
    this.#referenced = true;
    this.#engine.hold();
  }

  unref(): void {
    if (!this.#referenced) return;
    this.#referenced = false;
    this.#engine.release();
  }

  /** Closes the descriptor. The table no longer knows the flow by then, so it does not come back to it. */
  close(): void {
    this.#table.close(this.#giveUp());
  }

  /** Gives the descriptor back to the pull calls. */
  detach(): number {
    if (this.fd < 0) throw systemError("detach", "EBADF", undefined, "the flow is closed");
    // The flow was told of events, and the calls know of none: watched anew, the descriptor tells its state again.
    this.#engine.unwatch(this.#descriptor, ANY_EVENTS);
    return this.#giveUp();
  }

  /** An error that nobody was told of: the next call on the descriptor reports it. */
  deferError(number: number): void {
    this.#descriptor.deferError(systemError("recv", number));
  }

  /** The descriptor was closed by `close(fd)`. */
  lost(): void {
    this.unref();
    this.fd = -1;
  }

  watch(events: number): void {
    this.#engine.watch(this.#descriptor, events);
  }

  unwatch(events: number): void {
    this.#engine.unwatch(this.#descriptor, events);
  }

  /** Calls back in the next turn of the event loop. */
  nextTurn(work: () => void): void {
    this.#engine.continueLater(work);
  }

  /** Whether it goes on in the next turn of the event loop. */
  get continues(): boolean {
    return this.#continuing;
  }

  /** Goes on in the next turn of the event loop; asked for twice, once. */
  continueLater(work: () => void): void {
    if (this.#continuing) return;
    this.#continuing = true;
    this.#engine.continueLater(() => {
      this.#continuing = false;
      work();
    });
  }

  #giveUp(): number {
    const { fd } = this;
    this.#descriptor.flow = undefined;
    this.lost();
    return fd;
  }
}
