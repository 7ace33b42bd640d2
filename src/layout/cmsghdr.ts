/** `struct cmsghdr`, cmsg(3): the header of a control message. Its data follows; `len` counts the header too. */
export const CMSGHDR = { size: 16, len: 0, level: 8, type: 12 } as const;

/** What a control message is rounded up to, before the next one: CMSG_ALIGN. */
export const CMSG_ALIGNMENT = 8;

/** The length of a control message in its header: CMSG_LEN, cmsg(3). */
export function cmsgLength(dataBytes: number): number {
  return CMSGHDR.size + dataBytes;
}

/** The room that a control message takes: CMSG_SPACE, cmsg(3). */
export function cmsgSpace(dataBytes: number): number {
  return CMSGHDR.size + Math.ceil(dataBytes / CMSG_ALIGNMENT) * CMSG_ALIGNMENT;
}
