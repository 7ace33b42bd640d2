import type { IpAddress } from "../ip/address.ts";

/** Words that a pair of sockets takes: both addresses, and both ports in one. */
export const PAIR_WORDS = 9;

/** Writes a pair of sockets into the words of a message that is hashed: RFC 6528 §3, RFC 4987 §3.6. */
export function putPair(
  words: Int32Array,
  local: IpAddress,
  localPort: number,
  remote: IpAddress,
  remotePort: number,
): void {
  words[0] = local.w0;
  words[1] = local.w1;
  words[2] = local.w2;
  words[3] = local.w3;
  words[4] = remote.w0;
  words[5] = remote.w1;
  words[6] = remote.w2;
  words[7] = remote.w3;
  words[8] = (localPort << 16) | remotePort;
}
