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
import { EPOLL_EVENT } from "../../layout/epoll-event.ts";
import type { Descriptor } from "../descriptor.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import { Continuations } from "../continuations.ts";
import type { Engine } from "../engine.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import type { PollHandle } from "../ffi/library.ts";
import { nativeMemory } from "../ffi/memory.ts";
import { pollReadable } from "../ffi/poll-handle.ts";
import { ReadinessFlows } from "../readiness-flows.ts";
import { dispatch, INTEREST } from "../readiness.ts";
import { hostTurns } from "../turns.ts";
import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLET } from "./events.ts";

/**
 * Events taken from the kernel at a time: so few that what epoll_wait(2) has looked at, socket by socket, is in the
 * cache still when each has its turn.
 */
const BATCH_EVENTS = 64;

/** After so many events the rest of the program has its turn … */
const TURN_EVENTS = 1024;
/** … and after a batch of fewer than these: there is no hurry. */
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
  readonly #events: Uint8Array = nativeMemory(BATCH_EVENTS * EPOLL_EVENT.size);
  readonly #view: DataView = new DataView(this.#events.buffer);
  readonly #event: Uint8Array = nativeMemory(EPOLL_EVENT.size);
  readonly #eventView: DataView = new DataView(this.#event.buffer);
  /** By descriptor, so that an event of a flow touches nothing but the flow; a flow that ended has the number -1. */
  readonly #flows: (EventTaker | undefined)[] = [];
  readonly #generations: number[] = [];
  readonly #readiness: ReadinessFlows;
  #holds = 0;
  #turns = 0;
  /** Promises were settled in this turn. */
  #settled = false;
  readonly #continuations = new Continuations();

  constructor(table: DescriptorTable) {
    this.#table = table;
    this.#readiness = new ReadinessFlows(this, table);
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
    this.#flows[descriptor.fd] = descriptor.flow;
    this.#generations[descriptor.fd] = descriptor.generation;
    // A regular file is always ready and epoll refuses it (EPERM); the calls on one never wait, so nothing is lost.
    if (this.#control(operation, descriptor) < 0) {
      const number = lastErrno();
      descriptor.interest = 0;
      throw systemError("epoll_ctl", number);
    }
  }

  forget(descriptor: Descriptor): void {
    this.#flows[descriptor.fd] = undefined;
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
    return this.#readiness.stream(descriptor, handler, options);
  }

  acceptFlow(descriptor: Descriptor, handler: AcceptHandler): AcceptFlow {
    return this.#readiness.accept(descriptor, handler);
  }

  datagramFlow(descriptor: Descriptor, handler: DatagramHandler, options: DatagramFlowOptions): DatagramFlow {
    return this.#readiness.datagram(descriptor, handler, options);
  }

  inspect(): Record<string, unknown> {
    return { engine: this.name, epollDescriptor: this.#epfd, waits: this.#holds, turns: this.#turns };
  }

  #turn(): void {
    this.#turns += 1;
    this.#settled = false;
    setImmediate(afterTurn);
    // Under load the next batch is there already: taken now, it saves a turn of the event loop.
    for (let taken = 0; taken < TURN_EVENTS;) {
      const count = this.#batch(Math.min(BATCH_EVENTS, TURN_EVENTS - taken));
      // Promises go on at the end of the turn: with connections that are in the cache still, if it ends now.
      if (count < FEW_EVENTS || this.#settled) return;
      taken += count;
    }
  }

  #batch(most: number): number {
    const count = libc.epoll_wait(this.#epfd, this.#events, most, 0);
    const view = this.#view;
    for (let index = 0; index < count; index += 1) {
      const at = index * EPOLL_EVENT.size;
      const fd = view.getUint32(at + EPOLL_EVENT.data, true);
      const generation = view.getUint32(at + EPOLL_EVENT.data + 4, true);
      const events = view.getUint32(at + EPOLL_EVENT.events, true);
      const flow = this.#flows[fd];
      try {
        if (flow?.fd !== fd || this.#generations[fd] !== generation) this.#dispatch(fd, generation, events);
        else if (flow.happened(events)) this.#settled = true;
      } catch (error) {
        hostTurns.throwLater(error);
      }
    }
    return count;
  }

  #dispatch(fd: number, generation: number, events: number): void {
    this.#settled = true;
    const descriptor = this.#table.find(fd);
    // An earlier event of this turn may have closed it, and its number may be another's by now.
    if (descriptor?.generation === generation && !dispatch(descriptor, events)) this.forget(descriptor);
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
