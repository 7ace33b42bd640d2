import { systemError } from "../../api/errors.ts";
import { errno } from "../../api/errno.ts";
import {
  IO_URING_CQE,
  IO_URING_SQE,
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_ANY,
  IORING_CQ_EVENTFD_DISABLED,
  IORING_ENTER_GETEVENTS,
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_NOP,
  IORING_SQ_CQ_OVERFLOW,
  IORING_SQ_TASKRUN,
  IOSQE_CQE_SKIP_SUCCESS,
} from "../../layout/io-uring.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { nativeMemory } from "../ffi/memory.ts";
import { setUpRing, SYS_io_uring_enter, type RingParts, type RingSizes } from "./ring-setup.ts";

const EVENTFD_BYTES = 8;

const WORDS_OF_SQE = IO_URING_SQE.size / 4;
const WORDS_OF_CQE = IO_URING_CQE.size / 4;

/** Words of a submission. */
const FD = IO_URING_SQE.fd / 4;
const OFF = IO_URING_SQE.off / 4;
const ADDR = IO_URING_SQE.addr / 4;
const LEN = IO_URING_SQE.len / 4;
const OP_FLAGS = IO_URING_SQE.op_flags / 4;
const USER_DATA = IO_URING_SQE.user_data / 4;
const BUF_GROUP = IO_URING_SQE.buf_group / 4;

/**
 * An io_uring(7) of this thread: its two queues are memory that is shared with the kernel. Submissions are written in
 * place and go out with `enter`; completions are read one by one with `next`.
 */
export class Ring {
  readonly fd: number;
  /** An eventfd(2): readable when completions or work have come, unless that was muted. */
  readonly eventFd: number;
  /** Of the completion that `next` moved to: the two halves of its user data, its result, its flags. */
  taker = 0;
  kind = 0;
  result = 0;
  flags = 0;
  /** Calls of io_uring_enter. */
  enters = 0;
  /** How often all submissions had been handed over. */
  batch = 0;
  readonly #words: Int32Array;
  readonly #entries: Int32Array;
  readonly #submissionMask: number;
  readonly #completionMask: number;
  readonly #at: RingParts;
  readonly #eventCount: Uint8Array = nativeMemory(EVENTFD_BYTES);
  /** Our own copies: the next submission to write, the first that the kernel was not told of, the next completion. */
  #tail = 0;
  #told = 0;
  #head = 0;
  /** The end of the completions that were seen. */
  #seen = 0;

  constructor(sizes: RingSizes) {
    this.#at = setUpRing(sizes);
    this.fd = this.#at.fd;
    this.eventFd = this.#at.eventFd;
    this.#words = this.#at.words;
    this.#entries = this.#at.entries;
    this.#submissionMask = this.#at.submissionMask;
    this.#completionMask = this.#at.completionMask;
  }

  /** Submissions that were written and not yet handed to the kernel. */
  get unsubmitted(): number {
    return (this.#tail - this.#told) | 0;
  }

  /** Room for another submission; when there is none, `enter` makes it. */
  get isFull(): boolean {
    return ((this.#tail - Atomics.load(this.#words, this.#at.sqHead)) | 0) > this.#submissionMask;
  }

  /**
   * Writes a submission. `opFlags` is the union of flags that the operation has, `ioprio` its own flags. The caller has
   * seen that there is room.
   */
  submit(
    opcode: number,
    sqeFlags: number,
    ioprio: number,
    fd: number,
    address: number,
    length: number,
    opFlags: number,
    taker: number,
    kind: number,
    bufferGroup = 0,
  ): void {
    const words = this.#entries;
    const at = (this.#tail & this.#submissionMask) * WORDS_OF_SQE;
    words[at] = opcode | (sqeFlags << 8) | (ioprio << 16);
    words[at + FD] = fd;
    words[at + OFF] = 0;
    words[at + OFF + 1] = 0;
    words[at + ADDR] = address;
    words[at + ADDR + 1] = Math.floor(address / 0x1_0000_0000);
    words[at + LEN] = length;
    words[at + OP_FLAGS] = opFlags;
    words[at + USER_DATA] = taker;
    words[at + USER_DATA + 1] = kind;
    words[at + BUF_GROUP] = bufferGroup;
    words[at + BUF_GROUP + 1] = 0;
    words[at + BUF_GROUP + 2] = 0;
    words[at + BUF_GROUP + 3] = 0;
    this.#tail = (this.#tail + 1) | 0;
  }

  /** Asks for the end of the operation with this user data. A failure (it has ended already) goes to taker 0. */
  submitCancel(taker: number, kind: number): void {
    this.submit(IORING_OP_ASYNC_CANCEL, IOSQE_CQE_SKIP_SUCCESS, 0, -1, 0, 0, 0, 0, 0);
    const at = ((this.#tail - 1) & this.#submissionMask) * WORDS_OF_SQE;
    this.#entries[at + ADDR] = taker;
    this.#entries[at + ADDR + 1] = kind;
  }

  /** Asks for the end of all operations. */
  submitCancelAll(): void {
    this.submit(
      IORING_OP_ASYNC_CANCEL,
      IOSQE_CQE_SKIP_SUCCESS,
      0,
      -1,
      0,
      0,
      IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY,
      0,
      0,
    );
  }

  /**
   * io_uring_enter(2): hands over what was submitted, does the kernel's part of what became ready since, and makes room
   * in a full queue. Does not wait.
   */
  enter(): void {
    const submissions = this.unsubmitted;
    // The release of the entries' contents to the kernel.
    Atomics.store(this.#words, this.#at.sqTail, this.#tail);
    this.enters += 1;
    const taken = libc.io_uring_enter(SYS_io_uring_enter, this.fd, submissions, 0, IORING_ENTER_GETEVENTS, null, 0);
    if (taken >= 0) {
      this.#told = (this.#told + taken) | 0;
      if (this.#told === this.#tail) this.batch += 1;
      return;
    }
    const number = lastErrno();
    // EAGAIN, EBUSY: no memory now, or completions to be read first. EINTR: a signal. Asked again at the next turn.
    if (number !== errno.EAGAIN && number !== errno.EBUSY && number !== errno.EINTR) {
      throw systemError("io_uring_enter", number);
    }
  }

  /** Has the event descriptor not told of anything: what comes is looked for. */
  mute(): void {
    Atomics.store(this.#words, this.#at.cqFlags, IORING_CQ_EVENTFD_DISABLED);
  }

  /** Has the event descriptor tell again. False when something came meanwhile, of which it will not. */
  unmute(): boolean {
    Atomics.store(this.#words, this.#at.cqFlags, 0);
    return !this.hasWork && this.#head === Atomics.load(this.#words, this.#at.cqTail);
  }

  /** Takes back what the event descriptor has told. */
  quiet(): void {
    libc.read(this.eventFd, this.#eventCount, EVENTFD_BYTES);
  }

  /** Work waits for `enter`: operations that can go on, or completions that found no room in the queue. */
  get hasWork(): boolean {
    return (Atomics.load(this.#words, this.#at.sqFlags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) !== 0;
  }

  /** Completions found no room in the queue: `enter` brings them. */
  get hasOverflow(): boolean {
    return (Atomics.load(this.#words, this.#at.sqFlags) & IORING_SQ_CQ_OVERFLOW) !== 0;
  }

  /** Moves to the next completion; false when there is none. */
  next(): boolean {
    const words = this.#words;
    if (this.#head === this.#seen) {
      // The release of what was read, then the acquisition of what is new: once for each batch.
      Atomics.store(words, this.#at.cqHead, this.#head);
      this.#seen = Atomics.load(words, this.#at.cqTail);
      if (this.#head === this.#seen) return false;
    }
    const at = this.#at.cqes + (this.#head & this.#completionMask) * WORDS_OF_CQE;
    this.taker = words[at] as number;
    this.kind = words[at + 1] as number;
    this.result = words[at + 2] as number;
    this.flags = words[at + 3] as number;
    this.#head = (this.#head + 1) | 0;
    return true;
  }

  /** The number of the submission that is written next; see `takeBack`. */
  get nextSubmission(): number {
    return this.#tail;
  }

  /** Whether a submission of this batch was not handed to the kernel yet. Numbers alone come round again. */
  isUnsubmitted(submission: number, batch: number): boolean {
    return batch === this.batch && ((submission - this.#told) | 0) >= 0;
  }

  /** Has an unsubmitted operation do more than it was to: its length. */
  extend(submission: number, length: number): void {
    this.#entries[(submission & this.#submissionMask) * WORDS_OF_SQE + LEN] = length;
  }

  /** Has an unsubmitted operation do nothing. */
  takeBack(submission: number): void {
    const at = (submission & this.#submissionMask) * WORDS_OF_SQE;
    this.#entries.fill(0, at, at + WORDS_OF_SQE);
    this.#entries[at] = IORING_OP_NOP | (IOSQE_CQE_SKIP_SUCCESS << 8);
  }
}
