import assert from "node:assert/strict";
import { test } from "node:test";
import * as reasons from "./reason.ts";

test("each reason has a text of its own, and a number without one says so", () => {
  const numbers = Object.values(reasons).filter((value) => typeof value === "number");
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    Array.from(numbers, (_, i) => i),
  );
  const texts = numbers.map((number) => reasons.reasonText(number));
  assert.equal(new Set(texts).size, numbers.length);
  assert.equal(reasons.reasonText(reasons.BAD_CHECKSUM), "bad checksum");
  assert.equal(reasons.reasonText(99), "reason 99");
});
