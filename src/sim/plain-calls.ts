/** Calls that a kernel answers at once, and so cannot leave waiting. */
const PLAIN: ReadonlySet<string> = new Set([
  ..."socket socketpair bind listen shutdown close getsockname getpeername getsockopt setsockopt".split(" "),
  ..."dup fcntl ioctl flow acceptFlow datagramFlow unlink if_nametoindex if_indextoname if_nameindex".split(" "),
]);

/** Whether a call throws its errors and returns its result; the others are promises. */
export function isPlainCall(name: string): boolean {
  return PLAIN.has(name);
}
