import type {
  AcceptFlow,
  AcceptHandler,
  DatagramFlow,
  DatagramFlowOptions,
  DatagramHandler,
  Flow,
  FlowHandler,
  FlowOptions,
} from "../../api/flow.ts";
import { systemError } from "../../api/errors.ts";
import type { Direction } from "../../kernel/call.ts";
import type { EventTaker } from "../../kernel/descriptor.ts";
import { AcceptPushFlow } from "../../kernel/flow/accept-flow.ts";
import { DatagramPushFlow, DEFAULT_MAX_BYTES } from "../../kernel/flow/datagram-flow.ts";
import type { FlowKernel } from "../../kernel/flow/port.ts";
import { StreamFlow } from "../../kernel/flow/stream-flow.ts";
import { EPOLL_EVENT } from "../../layout/epoll-event.ts";
import type { Descriptor } from "../descriptor.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { Continuations } from "../continuations.ts";
import type { Engine } from "../engine.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import type { PollHandle } from "../ffi/library.ts";
import { nativeMemory } from "../ffi/memory.ts";
import { pollReadable } from "../ffi/poll-handle.ts";
import { HostAcceptPort } from "../ports/accept-port.ts";
import { HostDatagramPort } from "../ports/datagram-port.ts";
import { HostStreamPort } from "../ports/stream-port.ts";
import { dispatch, INTEREST } from "../readiness.ts";
import { hostTurns } from "../turns.ts";
import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLET } from "./events.ts";

/** Events taken from the kernel at a time; what is left comes at the next turn. */
const MAX_EVENTS = 1024;

/** Batches taken in one turn of the event loop, unless one had but few events. */
const MOST_BATCHES = 8;
const FEW_EVENTS = 8;

/**
 * Waits with epoll(7), edge-triggered: a descriptor is registered once, a call is always tried before it waits, and an
 * event means "try again". The event loop polls one descriptor, the epoll instance's own.
 */
export class EpollEngine implements Engine {
  readonly name = "epoll";
  readonly #table: DescriptorTable;
  readonly #epfd: number;
  readonly #poll: PollHandle;
  readonly #events: Uint8Array = nativeMemory(MAX_EVENTS * EPOLL_EVENT.size);
  readonly #view: DataView = new DataView(this.#events.buffer);
  readonly #event: Uint8Array = nativeMemory(EPOLL_EVENT.size);
  readonly #eventView: DataView = new DataView(this.#event.buffer);
  #holds = 0;
  #turns = 0;
  readonly #continuations = new Continuations();

  constructor(table: DescriptorTable) {
    this.#table = table;
    this.#epfd = libc.epoll_create1(EPOLL_CLOEXEC);
    if (this.#epfd < 0) throw systemError("epoll_create1", lastErrno());
    table.own(this.#epfd);
    this.#poll = pollReadable(this.#epfd, () => this.#turn());
    this.#poll.unref();
  }

  want(descriptor: Descriptor, direction: Direction): void {
    this.watch(descriptor, INTEREST[direction]);
  }

  watch(descriptor: Descriptor, events: number): void {
    const missing = events & ~descriptor.interest;
    if (missing === 0) return;
    const operation = descriptor.interest === 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    descriptor.interest |= events;
    // A regular file is always ready and epoll refuses it (EPERM); the calls on one never wait, so nothing is lost.
    if (this.#control(operation, descriptor) < 0) {
      const number = lastErrno();
      descriptor.interest = 0;
      throw systemError("epoll_ctl", number);
    }
  }

  forget(descriptor: Descriptor): void {
    if (descriptor.interest === 0) return;
    descriptor.interest = 0;
    this.#control(EPOLL_CTL_DEL, descriptor);
  }

  /** Stops watching for some events: where each datagram sent would make one that nobody waits for. */
  unwatch(descriptor: Descriptor, events: number): void {
    if ((descriptor.interest & events) === 0) return;
    descriptor.interest &= ~events;
    this.#control(descriptor.interest === 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD, descriptor);
  }

  hold(): void {
    if (this.#holds++ === 0) this.#poll.ref();
  }

  release(): void {
    if (--this.#holds === 0) this.#poll.unref();
  }

  continueLater(work: () => void): void {
    this.#continuations.later(work);
  }

  flow(descriptor: Descriptor, handler: FlowHandler, options: FlowOptions): Flow {
    return this.#handOver(
      descriptor,
      new StreamFlow(this.#flowKernel(descriptor), new HostStreamPort(descriptor.fd), handler, options),
    );
  }

  acceptFlow(descriptor: Descriptor, handler: AcceptHandler): AcceptFlow {
    return this.#handOver(
      descriptor,
      new AcceptPushFlow(this.#flowKernel(descriptor), new HostAcceptPort(descriptor.fd, this.#table), handler),
    );
  }

  datagramFlow(descriptor: Descriptor, handler: DatagramHandler, options: DatagramFlowOptions): DatagramFlow {
    const port = new HostDatagramPort(descriptor.fd, options.maxBytes ?? DEFAULT_MAX_BYTES);
    return this.#handOver(descriptor, new DatagramPushFlow(this.#flowKernel(descriptor), port, handler, options));
  }

  #flowKernel(descriptor: Descriptor): FlowKernel {
    return { engine: this, table: this.#table, turns: hostTurns, descriptor };
  }

  #handOver<T extends EventTaker>(descriptor: Descriptor, flow: T): T {
    descriptor.flow = flow;
    // What arrived before has made its edge already: registered anew, the descriptor tells its state at once.
    this.forget(descriptor);
    this.watch(descriptor, flow.interest);
    return flow;
  }

  inspect(): Record<string, unknown> {
    return { engine: this.name, epollDescriptor: this.#epfd, waits: this.#holds, turns: this.#turns };
  }

  #turn(): void {
    this.#turns += 1;
    setImmediate(afterTurn);
    // Under load the next batch is there already: taken now, it saves a turn of the event loop.
    let taken = 0;
    for (let batch = 0; batch < MOST_BATCHES && taken < MAX_EVENTS; batch += 1) {
      const count = this.#batch();
      if (count < FEW_EVENTS) return;
      taken += count;
    }
  }

  #batch(): number {
    const count = libc.epoll_wait(this.#epfd, this.#events, MAX_EVENTS, 0);
    const view = this.#view;
    for (let index = 0; index < count; index += 1) {
      const at = index * EPOLL_EVENT.size;
      const descriptor = this.#table.find(view.getUint32(at + EPOLL_EVENT.data, true));
      // An earlier event of this turn may have closed it, and its number may be another's by now.
      if (descriptor === undefined || descriptor.generation !== view.getUint32(at + EPOLL_EVENT.data + 4, true))
        continue;
      const events = view.getUint32(at + EPOLL_EVENT.events, true);
      try {
        if (!dispatch(descriptor, events)) this.forget(descriptor);
      } catch (error) {
        hostTurns.throwLater(error);
      }
    }
    return count;
  }

  #control(operation: number, descriptor: Descriptor): number {
    this.#eventView.setUint32(EPOLL_EVENT.events, (descriptor.interest | EPOLLET) >>> 0, true);
    this.#eventView.setUint32(EPOLL_EVENT.data, descriptor.fd, true);
    this.#eventView.setUint32(EPOLL_EVENT.data + 4, descriptor.generation, true);
    return libc.epoll_ctl(this.#epfd, operation, descriptor.fd, this.#event);
  }
}

/**
 * The FFI calls back outside of Node's own callbacks, and not every Node runs process.nextTick and promises'
 * continuations after such a call (26 does not). It does after an immediate, which is the next thing in the same turn
 * of the loop: so each turn begins with asking for an empty one.
 */
function afterTurn(): void {}
