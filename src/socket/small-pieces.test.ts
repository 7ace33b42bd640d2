import assert from "node:assert/strict";
import { test } from "node:test";
import { smallPieces } from "./small-pieces.ts";

test("pieces never overlap, whatever their sizes", () => {
  const take = smallPieces();
  const sizes = [1, 64, 256, 257, 0, 64, 5000, 255, 100, 100, 100, 64, 1, 256, 256, 256, 256];
  const pieces = sizes.map((bytes, index) => take(bytes).fill(index));
  for (const [index, piece] of pieces.entries()) {
    assert.equal(piece.length, sizes[index]);
    assert.ok(piece.every((byte) => byte === index));
  }
});

test("a block that was transferred is not used again", () => {
  const take = smallPieces();
  const first = take(10);
  structuredClone(first, { transfer: [first.buffer as ArrayBuffer] });
  assert.equal(first.length, 0);
  assert.equal(take(10).length, 10);
});

test("two connections share no memory", () => {
  assert.notEqual(smallPieces()(10).buffer, smallPieces()(10).buffer);
});
