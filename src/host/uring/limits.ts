/** The sizes of a thread's ring, and of the memory that it works with. */
export interface RingLimits {
  /** Operations that are handed over at once. */
  readonly submissions: number;
  /** Completions that wait for the thread before the kernel holds back more. */
  readonly completions: number;
  /** Buffers that all flows receive into: a power of two, at most 32,768. */
  readonly buffers: number;
  /** Bytes of each. */
  readonly bufferBytes: number;
  /** Bytes for small writes of one batch; what finds no room is sent at once. */
  readonly sendBytes: number;
}

export const DEFAULT_RING_LIMITS: RingLimits = {
  submissions: 1024,
  completions: 4096,
  buffers: 16,
  bufferBytes: 65536,
  sendBytes: 262144,
};
