import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { fromHex, uint16, viewOf, word } from "../../test/wire/bytes.ts";
import {
  addSums,
  checksum,
  joinSums,
  MAX_SUM_BYTES,
  pseudoHeaderSum,
  sum,
  sumOfWord,
  swapSum,
  updateChecksum,
  updateChecksum32,
} from "./checksum.ts";

/** As RFC 1071 §4.1 says it: word by word, with the carry added at once. */
function plainSum(bytes: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    total += ((bytes[i] as number) << 8) | (bytes[i + 1] ?? 0);
    total = (total & 0xffff) + (total >>> 16);
  }
  return total;
}

const anyBytes = fc.uint8Array({ maxLength: 300, size: "max" });

test("the example of RFC 1071 §3", () => {
  const view = fromHex("0001 f203 f4f5 f6f7");
  assert.equal(sum(view, 0, 8), 0xddf2);
  assert.equal(checksum(view, 0, 8), 0x220d);
});

test("a sum at any offset and of any length is the plain one", () => {
  fc.assert(
    fc.property(anyBytes, fc.nat({ max: 40 }), fc.nat({ max: 40 }), (bytes, before, after) => {
      const end = Math.max(0, bytes.length - after);
      const start = Math.min(before, end);
      assert.equal(sum(viewOf(bytes), start, end), plainSum(bytes.subarray(start, end)));
    }),
    { numRuns: 2000 },
  );
});

test("the largest sum is exact, and the two zeros are told apart", () => {
  const ones = new Uint8Array(MAX_SUM_BYTES).fill(0xff);
  assert.equal(sum(viewOf(ones), 0, ones.length), 0xffff);
  ones[ones.length - 1] = 0xfe;
  assert.equal(sum(viewOf(ones), 0, ones.length), 0xfffe);
  ones[ones.length - 2] = 0;
  ones[ones.length - 1] = 1;
  assert.equal(sum(viewOf(ones), 0, ones.length), 1);
  assert.equal(sum(viewOf(new Uint8Array(64)), 0, 64), 0);
  assert.equal(checksum(viewOf(new Uint8Array(64)), 0, 64), 0xffff);
});

test("with its own checksum among them, bytes sum to 0xffff", () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const padded = new Uint8Array(((bytes.length + 1) & ~1) + 2);
      padded.set(bytes, 2);
      const view = viewOf(padded);
      view.setUint16(0, checksum(view, 0, padded.length));
      assert.equal(sum(view, 0, padded.length), 0xffff);
      assert.equal(checksum(view, 0, padded.length), 0);
    }),
  );
});

test("parts are chained by `initial` where the first is even, and joined where it is odd", () => {
  fc.assert(
    fc.property(anyBytes, fc.nat({ max: 300 }), (bytes, cut) => {
      const at = Math.min(cut, bytes.length);
      const view = viewOf(bytes);
      const first = sum(view, 0, at);
      assert.equal(joinSums(first, at, sum(view, at, bytes.length)), plainSum(bytes));
      if (at % 2 !== 0) return;
      assert.equal(sum(view, at, bytes.length, first), plainSum(bytes));
      // Sums that were only added, and not folded, will do.
      assert.equal(sum(view, at, bytes.length, first + 0xffff + 0xffff), addSums(plainSum(bytes), 0xffff));
    }),
    { numRuns: 1000 },
  );
});

test("the sum of a word is that of its bytes", () => {
  fc.assert(
    fc.property(word, (value) => {
      const view = new DataView(new ArrayBuffer(4));
      view.setInt32(0, value);
      assert.equal(sumOfWord(value), sum(view, 0, 4));
    }),
  );
});

test("bytes exchanged twice are as before", () => {
  fc.assert(fc.property(uint16, (value) => assert.equal(swapSum(swapSum(value)), value)));
  assert.equal(swapSum(0x1234), 0x3412);
});

const eightWords = fc.tuple(word, word, word, word, word, word, word, word);

test("an IPv6 pseudo-header's sum is that of its forty bytes", () => {
  fc.assert(
    fc.property(eightWords, fc.nat({ max: 255 }), fc.nat({ max: 0xfffff }), (words, protocol, length) => {
      const view = new DataView(new ArrayBuffer(40));
      for (const [i, value] of words.entries()) view.setInt32(i * 4, value);
      view.setUint32(32, length);
      view.setUint32(36, protocol);
      assert.equal(pseudoHeaderSum(...words, protocol, length), sum(view, 0, 40));
    }),
  );
});

test("an IPv4 pseudo-header's sum comes from the IPv4-mapped words", () => {
  fc.assert(
    fc.property(word, word, fc.integer({ min: 1, max: 255 }), uint16, (source, destination, protocol, length) => {
      const view = new DataView(new ArrayBuffer(12));
      view.setInt32(0, source);
      view.setInt32(4, destination);
      view.setUint8(9, protocol);
      view.setUint16(10, length);
      const mapped = pseudoHeaderSum(0, 0, 0xffff, source, 0, 0, 0xffff, destination, protocol, length);
      assert.equal(mapped, sum(view, 0, 12));
      const kept = pseudoHeaderSum(0, 0, 0xffff, source, 0, 0, 0xffff, destination, protocol, 0);
      assert.equal(addSums(kept, length), mapped);
    }),
  );
});

test("the example of RFC 1624 §4", () => {
  assert.equal(updateChecksum(0xdd2f, 0x5555, 0x3285), 0x0000);
});

test("an updated checksum is the one made anew", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 24 }), fc.nat({ max: 5 }), word, (bytes, index, value) => {
      // Bytes that are all zero have no checksum: no header is.
      bytes[23] = 1;
      bytes[22] = 1;
      const view = viewOf(bytes);
      const at = index * 4;
      const before = checksum(view, 0, 24);
      const old = view.getInt32(at);
      view.setInt32(at, value);
      if (at === 20) view.setInt32(at, value | 1);
      const now = view.getInt32(at);
      assert.equal(updateChecksum32(before, old, now), checksum(view, 0, 24));
    }),
    { numRuns: 1000 },
  );
});

test("an updated checksum of one word is the one made anew", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), uint16, (bytes, value) => {
      bytes[0] = 0x45;
      const view = viewOf(bytes);
      const before = checksum(view, 0, 20);
      const old = view.getUint16(8);
      view.setUint16(8, value);
      assert.equal(updateChecksum(before, old, value), checksum(view, 0, 20));
    }),
    { numRuns: 1000 },
  );
});
