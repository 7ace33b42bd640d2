/**
 * The Internet checksum: RFC 1071, with RFC 1624's update and the pseudo-headers of TCP, UDP and ICMPv6.
 *
 * A *sum* is the one's complement sum of 16-bit words in network order, folded to 0…0xffff. Zero has two forms in one's
 * complement; a sum is 0 only when every word was, and 0xffff otherwise. A *checksum* is the complement of a sum.
 */

/** More than this in one call would round in a double: 2^18 words of 32 bits. No packet is near it. */
export const MAX_SUM_BYTES = 0x100000;

/** Folds a sum of words, up to 2^50, to 16 bits. */
function fold(total: number): number {
  // 65536 is 1 in one's complement (modulo 65535), and so is 2^32: the parts are added, then their carries.
  const low = total >>> 0;
  const high = Math.floor(total / 0x1_0000_0000);
  const sums = (low >>> 16) + (low & 0xffff) + high;
  return addSums(0, (sums >>> 16) + (sums & 0xffff));
}

/** Exchanges the two bytes of a sum: what it is when its bytes are counted from an odd place (RFC 1071 §2 B). */
export function swapSum(sum: number): number {
  return ((sum & 0xff) << 8) | (sum >>> 8);
}

/**
 * The sum of the bytes from `start` to `end`, added to `initial`, which is a sum or several of them added with `+`.
 * Any offset will do. An odd last byte is padded with a zero, so only the last part of a chain may be odd: `joinSums`.
 */
export function sum(view: DataView, start: number, end: number, initial = 0): number {
  let a = ((initial & 0xff) << 8) + (initial >>> 8);
  let b = 0;
  let c = 0;
  let d = 0;
  let at = start;
  // Little-endian words are what the processor loads; the sum is swapped once at the end (RFC 1071 §2 B). Doubles hold
  // 2^21 of them exactly, so no carry is looked at on the way; four of them, so that none waits for another.
  for (const last = end - 32; at <= last; at += 32) {
    a += view.getUint32(at, true);
    b += view.getUint32(at + 4, true);
    c += view.getUint32(at + 8, true);
    d += view.getUint32(at + 12, true);
    a += view.getUint32(at + 16, true);
    b += view.getUint32(at + 20, true);
    c += view.getUint32(at + 24, true);
    d += view.getUint32(at + 28, true);
  }
  for (const last = end - 4; at <= last; at += 4) a += view.getUint32(at, true);
  if (at + 2 <= end) {
    b += view.getUint16(at, true);
    at += 2;
  }
  if (at < end) c += view.getUint8(at);
  return swapSum(fold(a + b + (c + d)));
}

/** The checksum of the bytes from `start` to `end` and of what `initial` sums: 0 when a valid one is among them. */
export function checksum(view: DataView, start: number, end: number, initial = 0): number {
  return ~sum(view, start, end, initial) & 0xffff;
}

/** The sum of two parts, the first of which is `firstBytes` long, be that odd. */
export function joinSums(first: number, firstBytes: number, second: number): number {
  return addSums(first, (firstBytes & 1) === 0 ? second : swapSum(second));
}

/** The sum of two sums. */
export function addSums(first: number, second: number): number {
  const both = first + second;
  return (both & 0xffff) + (both >>> 16);
}

/** The sum of a 32-bit word, signed or not. */
export function sumOfWord(word: number): number {
  return addSums(word >>> 16, word & 0xffff);
}

/**
 * The sum of a pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1) from the words of both addresses. It serves IPv4 as well:
 * the words of an IPv4-mapped address add 0xffff to those of the IPv4 address, which is zero in one's complement, and
 * the wider fields of the IPv6 form add zeros. With `length` 0 it can be kept for a connection:
 * `addSums(kept, length)` is the sum for a length up to 0xffff.
 */
export function pseudoHeaderSum(
  source0: number,
  source1: number,
  source2: number,
  source3: number,
  destination0: number,
  destination1: number,
  destination2: number,
  destination3: number,
  protocol: number,
  length: number,
): number {
  const high =
    (source0 >>> 16) +
    (source1 >>> 16) +
    (source2 >>> 16) +
    (source3 >>> 16) +
    (destination0 >>> 16) +
    (destination1 >>> 16) +
    (destination2 >>> 16) +
    (destination3 >>> 16) +
    (length >>> 16);
  const low =
    (source0 & 0xffff) +
    (source1 & 0xffff) +
    (source2 & 0xffff) +
    (source3 & 0xffff) +
    (destination0 & 0xffff) +
    (destination1 & 0xffff) +
    (destination2 & 0xffff) +
    (destination3 & 0xffff) +
    (length & 0xffff);
  const folded = addSums(0, high + low + protocol);
  return addSums(0, folded);
}

/** The checksum after a 16-bit word of what it covers has changed: RFC 1624 §3, equation 3. */
export function updateChecksum(before: number, oldWord: number, newWord: number): number {
  const changed = (~before & 0xffff) + (~oldWord & 0xffff) + (newWord & 0xffff);
  return ~addSums(0, addSums(0, changed)) & 0xffff;
}

/** The checksum after a 32-bit word of what it covers, at an even offset, has changed: an address, a timestamp. */
export function updateChecksum32(before: number, oldWord: number, newWord: number): number {
  return updateChecksum(updateChecksum(before, oldWord >>> 16, newWord >>> 16), oldWord, newWord);
}
