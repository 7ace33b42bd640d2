import { systemError } from "../../api/errors.ts";
import {
  IO_CQRING_OFFSETS,
  IO_SQRING_OFFSETS,
  IO_URING_CQE,
  IO_URING_PARAMS,
  IO_URING_SQE,
  IORING_ENTER_GETEVENTS,
  IORING_FEAT_CQE_SKIP,
  IORING_FEAT_NODROP,
  IORING_FEAT_SINGLE_MMAP,
  IORING_OFF_SQ_RING,
  IORING_OFF_SQES,
  IORING_REGISTER_EVENTFD,
  IORING_SETUP_CLAMP,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_NO_MMAP,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_TASKRUN_FLAG,
} from "../../layout/io-uring.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { mapDescriptor, pagesOfThread, type MappedMemory } from "../ffi/mapped-memory.ts";
import { nativeMemory } from "../ffi/memory.ts";
import { isMainThread } from "../node.ts";

/** System call numbers, the same on every architecture. */
const SYS_io_uring_setup = 425;
export const SYS_io_uring_enter = 426;
export const SYS_io_uring_register = 427;

/**
 * DEFER_TASKRUN is what makes a ring safe here, and so it is required (Linux 6.1): the kernel touches the memory that
 * it was given inside io_uring_enter alone, so nothing is written behind the back of a thread that has ended.
 */
const SETUP_FLAGS =
  IORING_SETUP_CQSIZE |
  IORING_SETUP_CLAMP |
  IORING_SETUP_SUBMIT_ALL |
  IORING_SETUP_TASKRUN_FLAG |
  IORING_SETUP_SINGLE_ISSUER |
  IORING_SETUP_DEFER_TASKRUN;

const FEATURES_NEEDED = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_CQE_SKIP;

/** eventfd(2): EFD_CLOEXEC and EFD_NONBLOCK. */
const EVENTFD_FLAGS = 0o2004000;

const PAGE_BYTES = 4096;

/** Sizes of the two queues, in entries; they are rounded up to powers of two. */
export interface RingSizes {
  readonly submissions: number;
  readonly completions: number;
}

/** A ring as the kernel has made it: its descriptors, its memory, and where the parts of it are. */
export interface RingParts {
  readonly fd: number;
  /** Becomes readable when completions or work have come, unless that was muted. */
  readonly eventFd: number;
  /** The queues' indices and flags, and the completions. */
  readonly words: Int32Array;
  /** The submissions. */
  readonly entries: Int32Array;
  readonly submissionMask: number;
  readonly completionMask: number;
  // Where in `words` they are.
  readonly sqHead: number;
  readonly sqTail: number;
  readonly sqFlags: number;
  readonly cqHead: number;
  readonly cqTail: number;
  readonly cqFlags: number;
  readonly cqes: number;
}

/** io_uring_setup(2). Throws the system's error where the kernel, or a filter, refuses it or lacks a part. */
export function setUpRing(sizes: RingSizes): RingParts {
  const params = new Params(sizes);
  const memory = isMainThread ? undefined : params.bringMemory(sizes);
  const fd = libc.io_uring_setup(SYS_io_uring_setup, sizes.submissions, params.bytes);
  if (fd < 0) throw systemError("io_uring_setup", lastErrno());
  const eventFd = libc.eventfd(0, EVENTFD_FLAGS);
  try {
    if (eventFd < 0) throw systemError("eventfd", lastErrno());
    if ((params.features & FEATURES_NEEDED) !== FEATURES_NEEDED) {
      throw systemError("io_uring_setup", "EINVAL", undefined, "the kernel lacks features");
    }
    register(fd, eventFd);
    // A filter may allow the set-up alone. Asked before the memory is mapped, which would keep the ring.
    if (libc.io_uring_enter(SYS_io_uring_enter, fd, 0, 0, IORING_ENTER_GETEVENTS, null, 0) < 0) {
      throw systemError("io_uring_enter", lastErrno());
    }
    return params.parts(fd, eventFd, memory ?? params.mapMemory(fd));
  } catch (error) {
    if (eventFd >= 0) libc.close(eventFd);
    libc.close(fd);
    throw error;
  }
}

function register(fd: number, eventFd: number): void {
  const argument = nativeMemory(4);
  new DataView(argument.buffer).setInt32(0, eventFd, true);
  if (libc.io_uring_register(SYS_io_uring_register, fd, IORING_REGISTER_EVENTFD, argument, 1) < 0) {
    throw systemError("io_uring_register", lastErrno());
  }
}

/** The memory of a ring: that of the queues, and that of the submissions' entries. */
interface RingMemory {
  readonly queues: MappedMemory;
  readonly entries: MappedMemory;
}

/** `struct io_uring_params`: what is asked for, then what the kernel made of it. */
class Params {
  readonly bytes: Uint8Array = nativeMemory(IO_URING_PARAMS.size);
  readonly #view: DataView = new DataView(this.bytes.buffer);

  constructor({ completions }: RingSizes) {
    this.#view.setUint32(IO_URING_PARAMS.cq_entries, completions, true);
    this.#view.setUint32(IO_URING_PARAMS.flags, SETUP_FLAGS, true);
  }

  get features(): number {
    return this.#view.getUint32(IO_URING_PARAMS.features, true);
  }

  /**
   * A worker brings the memory itself: what the kernel maps would keep the ring alive after the thread was terminated,
   * and with it every file that an operation waits for.
   */
  bringMemory({ submissions, completions }: RingSizes): RingMemory {
    const entryBytes = wholePages(roundUp(submissions) * IO_URING_SQE.size);
    const queueBytes = wholePages(PAGE_BYTES + roundUp(completions) * IO_URING_CQE.size + roundUp(submissions) * 4);
    const memory = { entries: pagesOfThread(entryBytes), queues: pagesOfThread(queueBytes) };
    const view = this.#view;
    view.setUint32(IO_URING_PARAMS.flags, SETUP_FLAGS | IORING_SETUP_NO_MMAP, true);
    view.setBigUint64(IO_URING_PARAMS.sq_off + IO_SQRING_OFFSETS.user_addr, memory.entries.address, true);
    view.setBigUint64(IO_URING_PARAMS.cq_off + IO_CQRING_OFFSETS.user_addr, memory.queues.address, true);
    return memory;
  }

  mapMemory(fd: number): RingMemory {
    const { submissions, completions } = this.#made;
    const ends = [
      this.#sq(IO_SQRING_OFFSETS.array) + submissions * 4,
      this.#cq(IO_CQRING_OFFSETS.cqes) + completions * IO_URING_CQE.size,
    ];
    return {
      queues: mapDescriptor(fd, IORING_OFF_SQ_RING, Math.max(...ends)),
      entries: mapDescriptor(fd, IORING_OFF_SQES, submissions * IO_URING_SQE.size),
    };
  }

  parts(fd: number, eventFd: number, { queues, entries }: RingMemory): RingParts {
    const { submissions, completions } = this.#made;
    const words = new Int32Array(queues.buffer);
    // Submission n always lies in entry n: the level of indirection between them is not used.
    const array = this.#sq(IO_SQRING_OFFSETS.array) / 4;
    for (let index = 0; index < submissions; index += 1) words[array + index] = index;
    return {
      fd,
      eventFd,
      words,
      entries: new Int32Array(entries.buffer),
      submissionMask: submissions - 1,
      completionMask: completions - 1,
      sqHead: this.#sq(IO_SQRING_OFFSETS.head) / 4,
      sqTail: this.#sq(IO_SQRING_OFFSETS.tail) / 4,
      sqFlags: this.#sq(IO_SQRING_OFFSETS.flags) / 4,
      cqHead: this.#cq(IO_CQRING_OFFSETS.head) / 4,
      cqTail: this.#cq(IO_CQRING_OFFSETS.tail) / 4,
      cqFlags: this.#cq(IO_CQRING_OFFSETS.flags) / 4,
      cqes: this.#cq(IO_CQRING_OFFSETS.cqes) / 4,
    };
  }

  get #made(): RingSizes {
    return {
      submissions: this.#view.getUint32(IO_URING_PARAMS.sq_entries, true),
      completions: this.#view.getUint32(IO_URING_PARAMS.cq_entries, true),
    };
  }

  #sq(field: number): number {
    return this.#view.getUint32(IO_URING_PARAMS.sq_off + field, true);
  }

  #cq(field: number): number {
    return this.#view.getUint32(IO_URING_PARAMS.cq_off + field, true);
  }
}

function wholePages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

/** To a power of two, as the kernel does. */
function roundUp(entries: number): number {
  return 2 ** Math.ceil(Math.log2(entries));
}
