/** `struct mmsghdr`, sendmmsg(2): a message and the bytes that it moved. */
export const MMSGHDR = { size: 64, hdr: 0, len: 56 } as const;
