/**
 * The Internet checksum of some bytes: RFC 1071. The interpreter has its own, written for clearness: what it judges has
 * the other.
 */
export function checksumOf(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (const [index, byte] of part.entries()) sum += index % 2 === 0 ? byte << 8 : byte;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
