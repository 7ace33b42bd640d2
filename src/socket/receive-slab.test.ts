import assert from "node:assert/strict";
import { test } from "node:test";
import { ReceiveSlab } from "./receive-slab.ts";

/** Receives as a kernel does: into what the handler allocates, else into its own memory. */
function receive(slab: ReceiveSlab, kernelMemory: Uint8Array, bytes: number, value: number): Uint8Array {
  const allocated = slab.allocate();
  const memory = allocated.length > 0 ? allocated : kernelMemory;
  const length = Math.min(bytes, memory.length);
  memory.fill(value, 0, length);
  return slab.keep(memory.subarray(0, length));
}

test("what is kept stays as it is, large or small", () => {
  const slab = new ReceiveSlab();
  const kernelMemory = new Uint8Array(65_536);
  const kept: [Uint8Array, number][] = [];
  const sizes = [65_536, 65_536, 10_000, 20_000, 65_536, 5, 5, 65_536, 8192, 8192, 40_000, 1];
  for (const [value, bytes] of sizes.entries()) kept.push([receive(slab, kernelMemory, bytes, value), value]);
  for (const [chunk, value] of kept) assert.ok(chunk.length > 0 && chunk.every((byte) => byte === value));
});

test("small chunks take no slab, and large ones no copy", () => {
  const made: number[] = [];
  const slab = new ReceiveSlab((bytes) => {
    made.push(bytes);
    return new Uint8Array(bytes);
  });
  const kernelMemory = new Uint8Array(65_536);
  for (let count = 0; count < 3; count += 1) receive(slab, kernelMemory, 100, 0);
  assert.deepEqual(made, [100, 100, 100]);
  made.length = 0;
  receive(slab, kernelMemory, 65_536, 0);
  assert.deepEqual(made, [65_536], "the first large one is copied");
  made.length = 0;
  for (let count = 0; count < 4; count += 1) receive(slab, kernelMemory, 20_000, 0);
  assert.deepEqual(made, [65_536, 65_536], "three slices of a slab, then the next");
});
