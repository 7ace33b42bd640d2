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
import { SOCK_STREAM } from "../../api/constants.ts";
import { systemError } from "../../api/errors.ts";
import type { Direction } from "../../kernel/call.ts";
import { StreamFlow } from "../../kernel/flow/stream-flow.ts";
import { Continuations } from "../continuations.ts";
import type { Descriptor } from "../descriptor.ts";
import type { DescriptorTable } from "../descriptor-table.ts";
import type { Engine } from "../engine.ts";
import type { PollHandle } from "../ffi/library.ts";
import { pollReadable } from "../ffi/poll-handle.ts";
import { atThreadExit } from "../ffi/thread-end.ts";
import { ReadinessFlows } from "../readiness-flows.ts";
import { INTEREST } from "../readiness.ts";
import { hostTurns } from "../turns.ts";
import type { WaitingReceive } from "../waiting-receive.ts";
import { IORING_CQE_F_BUFFER } from "../../layout/io-uring.ts";
import { BufferRing } from "./buffer-ring.ts";
import { Inbox } from "./inbox.ts";
import { LaterLooks } from "./later-looks.ts";
import type { RingLimits } from "./limits.ts";
import { Ring } from "./ring.ts";
import { SendArena } from "./send-arena.ts";
import { RingStreamPort } from "./stream-port.ts";
import { SEND, Takers, type Taker } from "./taker.ts";
import { Watch } from "./watch.ts";

/** Completions in a batch from which on small writes are collected: for fewer, a system call each is as good. */
const MANY_COMPLETIONS = 4;

/** Completions in one turn of the event loop, before timers and other work have their turn. */
const MOST_COMPLETIONS = 512;

/** Calls of io_uring_enter for the end of one operation; far more than the work of a full ring takes. */
const MOST_EXCHANGES = 4096;

/** Completions that settle promises in one turn: as many as stay in the cache until the promises go on. */
const PROMISE_BATCH = 64;

/** Busy polling in one turn of the event loop; it goes on in the next. */
const MOST_SPINNING_MS = 1;

/**
 * Waits with io_uring(7). Operations are written into a ring that is shared with the kernel; one io_uring_enter hands
 * over what a batch of completions has led to, and brings the next. The event loop polls one descriptor, an eventfd.
 */
export class UringEngine implements Engine {
  readonly name = "io_uring";
  readonly ring: Ring;
  readonly takers: Takers = new Takers();
  readonly arena: SendArena;
  readonly #limits: RingLimits;
  readonly #busyPollMs: number;
  readonly #poll: PollHandle;
  readonly #inbox = new Inbox();
  readonly #watches = new Map<Descriptor, Watch>();
  readonly #readiness: ReadinessFlows;
  readonly #continuations = new Continuations();
  #buffers: BufferRing | undefined;
  /** Receives that ended for want of buffers. */
  #starved: (() => void)[] = [];
  /** Promises were settled in this turn: they go on at its end, with connections that are in the cache still. */
  settled = false;
  /** Small writes are worth collecting: they come from one of many completions. */
  collects = false;
  /** When busy polling ends, unless something comes. */
  #spinsUntil = 0;
  #holds = 0;
  #turns = 0;
  #inTurn = false;
  #turnComes = false;
  /** How many completions the last turn took that settled promises. */
  #crowd = 0;
  readonly #laterLooks = new LaterLooks(() => this.#turns);

  /** Throws the system's error where the kernel, or a filter, refuses the ring or a part of it. */
  constructor(table: DescriptorTable, limits: RingLimits, busyPollUs: number) {
    this.#readiness = new ReadinessFlows(this, table);
    this.#limits = limits;
    this.#busyPollMs = busyPollUs / 1000;
    this.ring = new Ring({ submissions: limits.submissions, completions: limits.completions });
    table.own(this.ring.fd);
    table.own(this.ring.eventFd);
    this.arena = new SendArena(limits.sendBytes);
    this.#poll = pollReadable(this.ring.eventFd, () => {
      try {
        this.#turn(true);
      } catch (error) {
        hostTurns.throwLater(error);
      }
      // See EpollEngine: not every Node runs promises' continuations after a callback of the FFI.
      setImmediate(afterTurn);
    });
    this.#poll.unref();
    atThreadExit(() => this.#exit());
  }

  /** The memory that all flows receive into; made for the first. */
  get buffers(): BufferRing {
    return (this.#buffers ??= new BufferRing(this.ring, {
      count: this.#limits.buffers,
      bytes: this.#limits.bufferBytes,
    }));
  }

  /** Sees to it that the next submission has room and goes out. */
  prepare(): this {
    if (this.ring.isFull) this.#makeRoom();
    this.#turnSoon();
    return this;
  }

  /** Asks for the end of an operation. */
  cancel(slot: number, kind: number): void {
    this.prepare().ring.submitCancel(slot, kind);
  }

  /**
   * Hands over what was submitted, and takes in what is complete. What could not be sent is told at once, while its
   * bytes lie in the arena and before a handler can write more; all else waits for its turn.
   */
  exchange(): void {
    const { ring } = this;
    do {
      ring.enter();
      while (ring.next()) this.#takeIn();
      // Among those that found no room may be a send that came back, and its bytes are in the arena.
    } while (ring.hasOverflow);
    if (ring.unsubmitted === 0) this.arena.clear();
    if (!this.#inbox.isEmpty) this.#turnSoon();
  }

  /**
   * Tells a taker of its completions before their turn, until what it waits for has come: the end of an operation that
   * it has cancelled. The kernel does but a part of its work in one io_uring_enter.
   */
  exchangeUntil(slot: number, taker: Taker, isOver: () => boolean): void {
    const { ring } = this;
    const inbox = this.#inbox;
    for (let most = MOST_EXCHANGES; most > 0; most -= 1) {
      this.exchange();
      while (inbox.takeOut(slot)) taker.completed(inbox.kind, inbox.result, inbox.flags, inbox.place);
      if (isOver() || (ring.unsubmitted === 0 && !ring.hasWork)) return;
    }
  }

  /** Calls back when the buffers of this batch were given back. */
  afterBuffers(work: () => void): void {
    this.#starved.push(work);
  }

  /** Before the thread blocks: what was collected leaves, since its answer may be what the program waits for. */
  flush(): void {
    if (this.ring.unsubmitted > 0) this.exchange();
  }

  want(descriptor: Descriptor, direction: Direction): void {
    this.watch(descriptor, INTEREST[direction]);
  }

  watch(descriptor: Descriptor, events: number): void {
    const missing = events & ~descriptor.interest;
    if (missing === 0) return;
    let watch = this.#watches.get(descriptor);
    if (watch === undefined) {
      watch = new Watch(this, descriptor);
      this.#watches.set(descriptor, watch);
    }
    watch.add(missing);
  }

  unwatch(descriptor: Descriptor, events: number): void {
    this.#watches.get(descriptor)?.remove(events);
  }

  forget(descriptor: Descriptor): void {
    const watch = this.#watches.get(descriptor);
    if (watch === undefined) return;
    this.#watches.delete(descriptor);
    watch.end();
  }

  looksLater(receive: WaitingReceive): boolean {
    if (this.#crowd < MANY_COMPLETIONS) return false;
    this.#laterLooks.add(receive);
    return true;
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
    // Memory that a handler brings is all that may be received. Records of a SOCK_SEQPACKET would be cut by what room a
    // buffer has left, and joined when they are collected.
    if ((handler.allocate !== undefined && options.readsAhead !== true) || descriptor.type !== SOCK_STREAM) {
      return this.#readiness.stream(descriptor, handler, options);
    }
    this.forget(descriptor);
    const port = new RingStreamPort(this, descriptor);
    const flow = new StreamFlow(this.#readiness.kernel(descriptor), port, handler, options);
    descriptor.flow = flow;
    port.start(flow, options.paused ?? false);
    return flow;
  }

  acceptFlow(descriptor: Descriptor, handler: AcceptHandler): AcceptFlow {
    return this.#readiness.accept(descriptor, handler);
  }

  datagramFlow(descriptor: Descriptor, handler: DatagramHandler, options: DatagramFlowOptions): DatagramFlow {
    return this.#readiness.datagram(descriptor, handler, options);
  }

  inspect(): Record<string, unknown> {
    return {
      engine: this.name,
      ringDescriptor: this.ring.fd,
      waits: this.#holds,
      turns: this.#turns,
      enters: this.ring.enters,
      takers: this.takers.size,
      buffersHeld: this.#buffers?.held ?? 0,
      ...this.#limits,
    };
  }

  #makeRoom(): void {
    this.exchange();
    if (this.ring.isFull) throw systemError("io_uring_enter", "EAGAIN", undefined, "no memory for submissions");
  }

  /** Of the completion that the ring is at. */
  #takeIn(): void {
    const { taker, kind, result, flags } = this.ring;
    const place = flags & IORING_CQE_F_BUFFER ? this.buffers.place(flags, Math.max(result, 0)) : 0;
    if (kind === SEND) this.takers.at(taker).completed(SEND, result, flags, place);
    else this.#inbox.push(taker, kind, result, flags, place);
  }

  #turnSoon(): void {
    if (this.#inTurn || this.#turnComes) return;
    this.#turnComes = true;
    setImmediate(() => {
      this.#turnComes = false;
      this.#turn(false);
    });
  }

  #turn(woken: boolean): void {
    this.#turns += 1;
    this.#inTurn = true;
    const turnEnds = this.#busyPollMs === 0 ? 0 : performance.now() + MOST_SPINNING_MS;
    try {
      this.#work(turnEnds);
    } finally {
      this.#inTurn = false;
    }
    const { ring } = this;
    // Muted, so that nothing is taken back but what led to this turn.
    if (woken) ring.quiet();
    // What came since is not told by the descriptor any more.
    if (!ring.unmute() || !this.#inbox.isEmpty || this.#spinsUntil > turnEnds) this.#turnSoon();
  }

  #work(turnEnds: number): void {
    const { ring } = this;
    this.settled = false;
    ring.mute();
    let taken = 0;
    do {
      if (this.#inbox.isEmpty && (ring.unsubmitted > 0 || ring.hasWork)) this.exchange();
      // One io_uring_enter does but a part of the kernel's work, and promises end a turn with their first batch.
      for (let most = this.#crowd; most > 0 && ring.hasWork && this.#inbox.size < PROMISE_BATCH; most -= 1)
        this.exchange();
      taken += this.#tell();
    } while (
      !this.settled &&
      taken < MOST_COMPLETIONS &&
      (ring.unsubmitted > 0 || ring.hasWork || this.#spin(turnEnds))
    );
    this.#crowd = this.settled ? taken : 0;
    if (ring.unsubmitted > 0) this.exchange();
  }

  /** Looks for more, for so long after something came as was asked for; true when there is. */
  #spin(turnEnds: number): boolean {
    while (performance.now() < Math.min(this.#spinsUntil, turnEnds)) {
      if (this.ring.hasWork) return true;
    }
    return false;
  }

  /** Tells the takers what is in the inbox; no more than a batch when promises go on with it. */
  #tell(): number {
    const inbox = this.#inbox;
    let told = 0;
    this.collects = inbox.size >= MANY_COMPLETIONS;
    while ((told < PROMISE_BATCH || !this.settled) && inbox.next()) {
      told += 1;
      try {
        this.takers.at(inbox.taker).completed(inbox.kind, inbox.result, inbox.flags, inbox.place);
      } catch (error) {
        hostTurns.throwLater(error);
      }
    }
    this.collects = false;
    if (told > 0 && this.#busyPollMs > 0) this.#spinsUntil = performance.now() + this.#busyPollMs;
    this.#buffers?.publish();
    const starved = this.#starved;
    if (starved.length > 0) {
      this.#starved = [];
      // Begun elsewhere each time: who comes first may take all buffers.
      const first = this.#turns % starved.length;
      for (const work of [...starved.slice(first), ...starved.slice(0, first)]) work();
    }
    return told;
  }

  /** What was written in the last moment still leaves. */
  #exit(): void {
    // Operations keep files open, and the kernel ends a ring at its leisure: a port would be taken for a while after.
    if (this.ring.isFull) this.#makeRoom();
    this.ring.submitCancelAll();
    this.exchange();
  }
}

function afterTurn(): void {}
