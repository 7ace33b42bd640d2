/** `struct sock_extended_err`, IP_RECVERR in ip(7). The address of who reported it follows. */
export const SOCK_EXTENDED_ERR = {
  size: 16,
  errno: 0,
  origin: 4,
  type: 5,
  code: 6,
  pad: 7,
  info: 8,
  data: 12,
} as const;
