import assert from "node:assert/strict";
import { test } from "node:test";
import { interleaveFamilies } from "./address-order.ts";

const order = (families: string): string =>
  interleaveFamilies(
    families.split("").map((letter, index) => ({ family: letter.charCodeAt(0), name: letter + index })),
  )
    .map(({ name }) => name)
    .join(" ");

test("RFC 8305 §4: the families take turns, beginning with the resolver's first", () => {
  assert.equal(order("666444"), "60 43 61 44 62 45");
  assert.equal(order("444666"), "40 63 41 64 42 65");
});

test("within a family the resolver's order stays, and the longer family comes to its end", () => {
  assert.equal(order("6664"), "60 43 61 62");
  assert.equal(order("4664"), "40 61 43 62");
  assert.equal(order("66"), "60 61");
  assert.equal(order(""), "");
});
