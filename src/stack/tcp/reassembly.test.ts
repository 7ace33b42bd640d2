import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Reassembly } from "./reassembly.ts";

const BASE = 0x7fff_fff0;
const SPAN = 400;

const pieces = fc.array(fc.tuple(fc.nat(SPAN - 1), fc.integer({ min: 1, max: 60 })), { maxLength: 60 });

/** What the ranges say, as one flag a byte. */
function bytesOf(ranges: Reassembly): boolean[] {
  const bytes = Array.from({ length: 2 * SPAN }, () => false);
  for (let i = 0; i < ranges.count; i++) {
    const start = (ranges.start(i) - BASE) | 0;
    const end = (ranges.end(i) - BASE) | 0;
    assert.ok(start < end, "a range has bytes");
    if (i > 0) assert.ok(((ranges.end(i - 1) - BASE) | 0) < start, "ranges are sorted, and do not touch");
    bytes.fill(true, start, end);
  }
  return bytes;
}

test("ranges are what was added, whatever the order and the overlap, around the wrap", () => {
  fc.assert(
    fc.property(pieces, (added) => {
      const ranges = new Reassembly();
      const expected = Array.from({ length: 2 * SPAN }, () => false);
      for (const [start, length] of added) {
        const hadAny = expected.slice(start, start + length).some(Boolean);
        assert.ok(ranges.add((BASE + start) | 0, (BASE + start + length) | 0));
        assert.equal(ranges.duplicateStart !== ranges.duplicateEnd, hadAny, "a duplicate is reported");
        expected.fill(true, start, start + length);
        assert.deepEqual(bytesOf(ranges), expected);
      }
    }),
  );
});

test("`take` closes the first hole, and all that follows from it", () => {
  fc.assert(
    fc.property(pieces, fc.nat(SPAN), (added, upTo) => {
      const ranges = new Reassembly();
      const has = Array.from({ length: 2 * SPAN }, (_, i) => i < upTo);
      for (const [start, length] of added) {
        ranges.add((BASE + start) | 0, (BASE + start + length) | 0);
        has.fill(true, start, start + length);
      }
      const next = (ranges.take((BASE + upTo) | 0) - BASE) | 0;
      assert.equal(next, has.indexOf(false));
      for (let i = 0; i < ranges.count; i++) assert.ok(((ranges.start(i) - BASE) | 0) > next);
    }),
  );
});

test("RFC 2018 §4: every block that is reported is a range, none twice, the newest first", () => {
  fc.assert(
    fc.property(pieces, (added) => {
      const ranges = new Reassembly();
      const blocks = new Int32Array(8);
      for (const [start, length] of added) {
        const from = (BASE + start) | 0;
        ranges.add(from, (from + length) | 0);
        const count = ranges.blocks(blocks, 0, 3);
        assert.equal(count, Math.min(3, ranges.count));
        const all = Array.from({ length: ranges.count }, (_, i) => `${ranges.start(i)}-${ranges.end(i)}`);
        const told = Array.from({ length: count }, (_, i) => `${blocks[2 * i]}-${blocks[2 * i + 1]}`);
        assert.equal(new Set(told).size, count);
        assert.ok(told.every((block) => all.includes(block)));
        assert.ok(((from - (blocks[0] as number)) | 0) >= 0 && (((blocks[1] as number) - from) | 0) > 0);
      }
    }),
  );
});

test("holes are bounded: a segment that would make one too many is refused", () => {
  const ranges = new Reassembly();
  let count = 0;
  while (ranges.add(count * 2, count * 2 + 1)) count++;
  assert.equal(count, 8192);
  assert.ok(ranges.add(1, 2), "what closes a hole is welcome");
});
