import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { distance, isAfter, isBefore, later } from "./sequence.ts";

test("RFC 9293 §3.4: a number is before another up to half the space away, around the wrap too", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 0x7fffffff }), (a, ahead) => {
      const b = (a + ahead) | 0;
      assert.ok(isBefore(a, b) && !isBefore(b, a));
      assert.ok(isAfter(b, a) && !isAfter(a, b));
      assert.equal(distance(b, a), ahead);
      assert.equal(later(a | 0, b), b);
    }),
  );
});
