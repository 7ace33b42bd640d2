import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { SendBuffer } from "./send-buffer.ts";

const bytesOf = (length: number, from: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => ((from + i) * 7 + 3) & 0xff);

test("the send buffer gives any part of what it holds, from any place in the sequence space", () => {
  const step = fc.tuple(fc.nat(5000), fc.nat(5000));
  fc.assert(
    fc.property(fc.integer(), fc.array(step, { maxLength: 40 }), (start, steps) => {
      const buffer = new SendBuffer();
      buffer.begin(start | 0);
      let written = 0;
      let dropped = 0;
      for (const [add, drop] of steps) {
        buffer.append(bytesOf(add, written), 0, add);
        written += add;
        assert.equal(buffer.length, written - dropped);
        const whole = new Uint8Array(buffer.length);
        buffer.copy(buffer.start, whole, 0, whole.length);
        assert.deepEqual(whole, bytesOf(whole.length, dropped));
        dropped = Math.min(written, dropped + drop);
        buffer.drop((start + dropped) | 0);
      }
    }),
    { numRuns: 50 },
  );
});

test("the receive buffer holds what came in and out of order, each byte at its place", () => {
  const piece = fc.tuple(fc.nat(3000), fc.integer({ min: 1, max: 500 }));
  fc.assert(
    fc.property(fc.integer(), fc.array(piece, { maxLength: 60 }), (start, pieces) => {
      const buffer = new ReceiveBuffer();
      buffer.begin(start | 0);
      let read = 0;
      for (const [ahead, length] of pieces) {
        const next = (buffer.next - start) | 0;
        const from = next + (ahead > 1000 ? ahead : 0);
        const data = bytesOf(length, from);
        if (from === next) buffer.append(data, 0, length);
        else buffer.insert((start + from) | 0, data, 0, length);
        const count = buffer.length;
        const into = new Uint8Array(count);
        buffer.copy(0, into, 0, count);
        assert.deepEqual(into, bytesOf(count, read));
        const drop = count >> 1;
        buffer.drop(drop);
        read += drop;
      }
    }),
    { numRuns: 100 },
  );
});

test("memory that was hardly used for a while is given back when the buffer is empty", () => {
  const buffer = new SendBuffer();
  buffer.begin(0);
  const put = (length: number): void => {
    buffer.append(new Uint8Array(length), 0, length);
    buffer.drop(buffer.end);
  };
  put(1_000_000);
  assert.equal(buffer.memoryBytes, 1 << 20);
  for (let batch = 1; batch < 256; batch += 1) put(10);
  assert.equal(buffer.memoryBytes, 1 << 20);
  put(10);
  assert.equal(buffer.memoryBytes, 0);
  put(1_000_000);
  for (let batch = 0; batch < 40; batch += 1) put(batch % 10 === 0 ? 200_000 : 10);
  assert.equal(buffer.memoryBytes, 1 << 20);
});
