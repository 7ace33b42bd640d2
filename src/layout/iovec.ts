/** `struct iovec`, readv(2): a buffer. */
export const IOVEC = { size: 16, base: 0, len: 8 } as const;
