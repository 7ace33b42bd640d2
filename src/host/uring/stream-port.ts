import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_WAITALL, POLLERR, POLLHUP, POLLIN, POLLRDHUP } from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import type { StreamPort } from "../../kernel/flow/port.ts";
import type { StreamFlow } from "../../kernel/flow/stream-flow.ts";
import {
  IORING_CQE_F_BUFFER,
  IORING_CQE_F_MORE,
  IORING_OP_RECV,
  IORING_OP_SEND,
  IORING_RECV_MULTISHOT,
  IOSQE_BUFFER_SELECT,
  IOSQE_CQE_SKIP_SUCCESS,
} from "../../layout/io-uring.ts";
import type { Descriptor } from "../descriptor.ts";
import { lingerForNothing, sendNow, shutdownSending, takePendingError } from "../ports/stream-port.ts";
import type { BufferRing } from "./buffer-ring.ts";
import type { UringEngine } from "./engine.ts";
import { SEND, type Taker } from "./taker.ts";

/** The kind of the operation that receives. */
const RECEIVE = 0;

/** Larger writes go out at once by send(2): copying them would cost more than the system call. */
const MOST_COPIED_BYTES = 8192;

/**
 * A connection on the ring. A multishot receive puts what comes into provided buffers; small writes are copied and
 * leave together, with the next io_uring_enter.
 */
export class RingStreamPort implements StreamPort, Taker {
  readonly #descriptor: Descriptor;
  readonly #fd: number;
  readonly #engine: UringEngine;
  readonly #buffers: BufferRing;
  #slot: number;
  #flow: StreamFlow | undefined;
  /** A multishot receive is in flight. */
  #armed = false;
  #stopped = false;
  #stopping = false;
  #paused = false;
  /** Of the completion that was not received yet: how many bytes, its flags, and where the bytes are. */
  #arrived = 0;
  #arrivedFlags = 0;
  #arrivedPlace = 0;
  /** The flags of the one that the flow has in its hands; -1 when it has none of a buffer's. */
  #inHandFlags = -1;
  /** Of the write that waits in the ring: its submission, where its bytes lie, how many they are. */
  #submission = 0;
  #batch = 0;
  #collectedAt = 0;
  #collected = 0;
  /** 1: the stream has ended; below 0: an errno, negated. */
  #end = 0;
  /** What came while the flow was paused, copied so that its buffers serve others. */
  #held: Uint8Array[] | undefined;

  constructor(engine: UringEngine, descriptor: Descriptor) {
    this.#descriptor = descriptor;
    this.#fd = descriptor.fd;
    this.#engine = engine;
    this.#buffers = engine.buffers;
    this.#slot = engine.takers.enter(this);
  }

  /** From now on what comes is told to the flow. */
  start(flow: StreamFlow, paused: boolean): void {
    this.#flow = flow;
    this.#paused = paused;
    this.#arm();
  }

  pause(): void {
    this.#paused = true;
    if (this.#armed && !this.#stopped) this.#engine.cancel(this.#slot, RECEIVE);
  }

  resume(): void {
    this.#paused = false;
    this.#arm();
  }

  get drained(): boolean {
    return this.#arrived === 0 && this.#end === 0 && this.#held === undefined;
  }

  receive(memory: Uint8Array | undefined): Uint8Array | number {
    if (this.#held !== undefined) return this.#receiveHeld(this.#held, memory);
    if (this.#arrived > 0) return memory === undefined ? this.#handOver() : this.#copyInto(memory);
    if (this.#end === 1) return 0;
    if (this.#end < 0) return this.#end;
    this.#arm();
    return -errno.EAGAIN;
  }

  taken(): void {
    if (this.#inHandFlags >= 0) {
      this.#buffers.giveBack(this.#inHandFlags);
      this.#inHandFlags = -1;
    }
    this.#arm();
  }

  send(data: Uint8Array): number {
    const { length } = data;
    const { ring, arena } = this.#engine;
    const collecting = this.#isCollecting;
    if (length <= MOST_COPIED_BYTES && arena.hasRoom(length)) {
      if (!collecting && this.#engine.collects && !ring.isFull && !this.#stopped) {
        this.#collect(data);
        return length;
      }
      if (collecting && this.#collectedAt + this.#collected === arena.end) {
        arena.put(data);
        this.#collected += length;
        ring.extend(this.#submission, this.#collected);
        return length;
      }
    }
    return this.flush() ? sendNow(this.#fd, data) : -errno.EAGAIN;
  }

  flush(): boolean {
    if (!this.#isCollecting) return true;
    this.#engine.ring.takeBack(this.#submission);
    return this.#sent(sendNow(this.#fd, this.#engine.arena.bytes(this.#collectedAt, this.#collected)));
  }

  stop(): void {
    if (this.#stopped) return;
    this.flush();
    this.#stopped = true;
    if (this.#armed) {
      this.#stopping = true;
      this.#engine.cancel(this.#slot, RECEIVE);
      this.#engine.exchangeUntil(this.#slot, this, () => !this.#armed);
      this.#stopping = false;
    }
    if (!this.#armed) this.#engine.takers.leave(this.#slot);
  }

  restart(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    if (!this.#armed) this.#slot = this.#engine.takers.enter(this);
    this.#arm();
  }

  shutdown(): void {
    shutdownSending(this.#fd);
  }

  takeError(): number {
    // A receive may have taken it ahead.
    return this.#end < 0 ? -this.#end : takePendingError(this.#fd);
  }

  linger(): void {
    lingerForNothing(this.#fd);
  }

  completed(kind: number, result: number, flags: number, place: number): void {
    if (kind === SEND) {
      this.#sent(result);
      return;
    }
    const wasStopped = this.#stopped;
    if ((flags & IORING_CQE_F_MORE) === 0) this.#armed = false;
    if (result > 0) this.#arrive(result, flags, place);
    else {
      if (flags & IORING_CQE_F_BUFFER) this.#buffers.giveBack(flags);
      this.#finish(result);
    }
    // Stopped while this was in flight: the slot was kept for it. (`stop` itself gives it back when nothing is.)
    if (wasStopped && !this.#armed && !this.#stopping) this.#engine.takers.leave(this.#slot);
  }

  #handOver(): Uint8Array {
    const bytes = this.#buffers.bytes(this.#arrivedFlags, this.#arrivedPlace, this.#arrived);
    this.#inHandFlags = this.#arrivedFlags;
    this.#arrived = 0;
    return bytes;
  }

  /** The flow brings memory of its own: what finds no room there comes next. */
  #copyInto(memory: Uint8Array): Uint8Array {
    const bytes = Math.min(this.#arrived, memory.length);
    memory.set(this.#buffers.bytes(this.#arrivedFlags, this.#arrivedPlace, bytes));
    this.#arrivedPlace += bytes;
    this.#arrived -= bytes;
    if (this.#arrived === 0) this.#buffers.giveBack(this.#arrivedFlags);
    return memory.subarray(0, bytes);
  }

  #receiveHeld(held: Uint8Array[], memory: Uint8Array | undefined): Uint8Array {
    const chunk = held[0] as Uint8Array;
    const bytes = Math.min(chunk.length, memory?.length ?? chunk.length);
    if (bytes < chunk.length) held[0] = chunk.subarray(bytes);
    else held.shift();
    if (held.length === 0) this.#held = undefined;
    if (memory === undefined) return chunk;
    memory.set(chunk.subarray(0, bytes));
    return memory.subarray(0, bytes);
  }

  get #isCollecting(): boolean {
    return this.#collected > 0 && this.#engine.ring.isUnsubmitted(this.#submission, this.#batch);
  }

  /** A send that completes at once or not at all, and is told of only when it did not send all. */
  #collect(data: Uint8Array): void {
    const { ring, arena } = this.#engine.prepare();
    this.#submission = ring.nextSubmission;
    this.#batch = ring.batch;
    this.#collectedAt = arena.put(data);
    this.#collected = data.length;
    ring.submit(
      IORING_OP_SEND,
      IOSQE_CQE_SKIP_SUCCESS,
      0,
      this.#fd,
      arena.address(this.#collectedAt),
      data.length,
      MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL,
      this.#slot,
      SEND,
    );
  }

  /** The result of the write that was collected: how many bytes, or an errno, negated. True when it sent all. */
  #sent(result: number): boolean {
    const bytes = this.#collected;
    this.#collected = 0;
    if (result < 0 && result !== -errno.EAGAIN && result !== -errno.EINTR) {
      this.#flow?.sendFailed(-result, bytes);
      return false;
    }
    const sent = Math.max(result, 0);
    if (sent === bytes) return true;
    this.#flow?.unsent(this.#engine.arena.bytes(this.#collectedAt + sent, bytes - sent));
    return false;
  }

  #arm(): void {
    if (this.#armed || this.#paused || this.#stopped || !this.drained) return;
    this.#armed = true;
    const { ring } = this.#engine.prepare();
    ring.submit(IORING_OP_RECV, IOSQE_BUFFER_SELECT, IORING_RECV_MULTISHOT, this.#fd, 0, 0, 0, this.#slot, RECEIVE);
  }

  #arrive(bytes: number, flags: number, place: number): void {
    // The handler of what came before has stopped this, and has not taken all of it.
    if (this.#arrived > 0) this.#hold();
    this.#arrived = bytes;
    this.#arrivedFlags = flags;
    this.#arrivedPlace = place;
    // In order: behind what is held already.
    if (this.#held === undefined && !this.#stopped) {
      if (this.#flow?.happened(POLLIN) === true) this.#engine.settled = true;
      if (this.#arrived === 0) return this.#arm();
    }
    this.#hold();
  }

  /** Came before the pause took effect: copied, so that the buffer serves others. */
  #hold(): void {
    (this.#held ??= []).push(this.#buffers.bytes(this.#arrivedFlags, this.#arrivedPlace, this.#arrived).slice());
    this.#buffers.giveBack(this.#arrivedFlags);
    this.#arrived = 0;
  }

  /** The receive is over: the stream's end (0), or an errno, negated. */
  #finish(result: number): void {
    if (result === -errno.ENOBUFS) return this.#engine.afterBuffers(() => this.#arm());
    if (result === -errno.ECANCELED || result === -errno.EINTR) return this.#arm();
    this.#end = result === 0 ? 1 : result;
    if (this.#stopped) return;
    this.#flow?.happened(result === 0 ? POLLIN | POLLRDHUP : POLLIN | POLLERR | POLLRDHUP);
    // Half closed: from now on a poll tells of a reset.
    if (this.#end === 1 && !this.#stopped) this.#engine.watch(this.#descriptor, POLLERR | POLLHUP);
  }
}
