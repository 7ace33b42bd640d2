import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BulkStream } from "./stream.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What is held after a collection: objects and buffers. */
function heldBytes(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

for (const mtu of [1500, 65_535]) {
  test(`a stream over MTU ${mtu} needs no more memory the longer it runs`, () => {
    const stream = new BulkStream(mtu);
    stream.carry(50_000_000);
    const { pool } = stream.line;
    const [packetBytes, held] = [pool.memoryBytes, heldBytes()];
    stream.carry(150_000_000);
    assert.equal(pool.memoryBytes, packetBytes);
    assert.ok(pool.inUse <= 100, `${pool.inUse} packets are held`);
    const grown = heldBytes() - held;
    assert.ok(grown < 2_000_000, `${grown} bytes more are held`);
  });
}
