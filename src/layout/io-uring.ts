/*
 * The structures of io_uring(7), <linux/io_uring.h>: offsets in bytes, constants with the kernel that brought them.
 */

/** `struct io_uring_params`, io_uring_setup(2). */
export const IO_URING_PARAMS = {
  size: 120,
  sq_entries: 0,
  cq_entries: 4,
  flags: 8,
  features: 20,
  sq_off: 40,
  cq_off: 80,
} as const;

/** `struct io_sqring_offsets`, in `sq_off`. */
export const IO_SQRING_OFFSETS = {
  size: 40,
  head: 0,
  tail: 4,
  ring_mask: 8,
  flags: 16,
  array: 24,
  user_addr: 32,
} as const;

/** `struct io_cqring_offsets`, in `cq_off`. */
export const IO_CQRING_OFFSETS = {
  size: 40,
  head: 0,
  tail: 4,
  ring_mask: 8,
  overflow: 16,
  cqes: 20,
  flags: 24,
  user_addr: 32,
} as const;

/** `struct io_uring_sqe`. */
export const IO_URING_SQE = {
  size: 64,
  opcode: 0,
  flags: 1,
  ioprio: 2,
  fd: 4,
  off: 8,
  addr: 16,
  len: 24,
  op_flags: 28,
  user_data: 32,
  buf_group: 40,
} as const;

/** `struct io_uring_cqe`. */
export const IO_URING_CQE = { size: 16, user_data: 0, res: 8, flags: 12 } as const;

/** `struct io_uring_buf`; the ring's tail lies in `resv` of the first. */
export const IO_URING_BUF = { size: 16, addr: 0, len: 8, bid: 12, tail: 14 } as const;

/** `struct io_uring_buf_reg`, for IORING_REGISTER_PBUF_RING. */
export const IO_URING_BUF_REG = { size: 40, ring_addr: 0, ring_entries: 8, bgid: 12, flags: 14 } as const;

// Set-up flags.
export const IORING_SETUP_CQSIZE = 0x8;
export const IORING_SETUP_CLAMP = 0x10;
/** An error of one submission does not hold up the ones behind it (5.18). */
export const IORING_SETUP_SUBMIT_ALL = 0x80;
/** The submission ring's flags say when work waits for io_uring_enter (5.19). */
export const IORING_SETUP_TASKRUN_FLAG = 0x200;
/** Only one thread submits (6.0). */
export const IORING_SETUP_SINGLE_ISSUER = 0x1000;
/** Work on completions is done in io_uring_enter alone, never behind the program's back (6.1). */
export const IORING_SETUP_DEFER_TASKRUN = 0x2000;

/** The program brings the memory of the queues (6.5). */
export const IORING_SETUP_NO_MMAP = 0x4000;

// Features.
export const IORING_FEAT_SINGLE_MMAP = 0x1;
/** Completions that find the ring full are kept, not dropped (5.5). */
export const IORING_FEAT_NODROP = 0x2;
/** IOSQE_CQE_SKIP_SUCCESS works (5.17). */
export const IORING_FEAT_CQE_SKIP = 0x800;

// io_uring_enter(2).
export const IORING_ENTER_GETEVENTS = 0x1;

/** In the submission ring's flags: completions wait in the kernel for room. */
export const IORING_SQ_CQ_OVERFLOW = 0x2;

/** In the submission ring's flags: work waits for io_uring_enter. */
export const IORING_SQ_TASKRUN = 0x4;

/** In the completion ring's flags: the event descriptor is not told for now. */
export const IORING_CQ_EVENTFD_DISABLED = 0x1;

// io_uring_register(2).
export const IORING_REGISTER_EVENTFD = 4;
export const IORING_REGISTER_PBUF_RING = 22;
/** Buffers are consumed part by part (6.12). */
export const IOU_PBUF_RING_INC = 2;

// mmap(2) offsets.
export const IORING_OFF_SQ_RING = 0n;
export const IORING_OFF_SQES = 0x10000000n;

// Operations.
export const IORING_OP_NOP = 0;
export const IORING_OP_POLL_ADD = 6;
export const IORING_OP_ASYNC_CANCEL = 14;
export const IORING_OP_SEND = 26;
export const IORING_OP_RECV = 27;

// Submission flags.
export const IOSQE_BUFFER_SELECT = 0x20;
export const IOSQE_CQE_SKIP_SUCCESS = 0x40;

// Flags of operations.
export const IORING_POLL_ADD_MULTI = 0x1;
export const IORING_RECV_MULTISHOT = 0x2;
export const IORING_ASYNC_CANCEL_ALL = 0x1;
/** Whatever operation it is (5.19). */
export const IORING_ASYNC_CANCEL_ANY = 0x4;

// Completion flags.
export const IORING_CQE_F_BUFFER = 0x1;
/** The operation goes on: more completions will come. */
export const IORING_CQE_F_MORE = 0x2;
/** The buffer is not used up: the next completion goes on behind this one (6.12). */
export const IORING_CQE_F_BUF_MORE = 0x10;
export const IORING_CQE_BUFFER_SHIFT = 16;
