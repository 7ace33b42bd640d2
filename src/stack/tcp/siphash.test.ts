import assert from "node:assert/strict";
import { test } from "node:test";
import { siphash, siphashInto } from "./siphash.ts";

/** The key and messages of the algorithm's paper: bytes 0, 1, 2, … */
const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);
const key = new Int32Array(bytes.buffer.slice(0, 16));
const message = (length: number): Int32Array => new Int32Array(bytes.buffer.slice(0, length));

test("SipHash-2-4 gives the published values", () => {
  assert.equal(siphash(key, message(0)) >>> 0, 0xdd0e0e31);
  assert.equal(siphash(key, message(8)) >>> 0, 0x9a932462);
  const both = new Int32Array(2);
  siphashInto(key, message(8), both);
  assert.deepEqual([...new Uint32Array(both.buffer)], [0x9a932462, 0x93f5f579]);
});
