/** `struct addrinfo`, getaddrinfo(3). `addr`, `canonname` and `next` are addresses. */
export const ADDRINFO = {
  size: 48,
  flags: 0,
  family: 4,
  socktype: 8,
  protocol: 12,
  addrlen: 16,
  addr: 24,
  canonname: 32,
  next: 40,
} as const;
