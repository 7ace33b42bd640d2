import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { htonl, htons, ntohl, ntohs } from "./byte-order.ts";

test("a number in network order has its most significant byte first in memory", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffffffff }), (short, long) => {
      const memory = new DataView(new ArrayBuffer(8));
      memory.setUint16(0, htons(short), true);
      memory.setUint32(4, htonl(long), true);
      assert.equal(memory.getUint16(0, false), short);
      assert.equal(memory.getUint32(4, false), long);
    }),
  );
});

test("the way back gives the number again", () => {
  for (const short of [0, 1, 7, 0x1234, 0x8000, 0xffff]) assert.equal(ntohs(htons(short)), short);
  for (const long of [0, 1, 0x12345678, 0x7fffffff, 0x80000000, 0xffffffff]) assert.equal(ntohl(htonl(long)), long);
});

test("the textbook's values", () => {
  assert.equal(htons(7), 0x0700);
  assert.equal(htons(0x1234), 0x3412);
  assert.equal(htonl(0x7f000001), 0x0100007f);
  assert.equal(htonl(0xff), 0xff000000);
});

test("a number that does not fit is refused", () => {
  for (const turn of [htons, ntohs, htonl, ntohl]) {
    const largest = turn === htons || turn === ntohs ? 0xffff : 0xffffffff;
    for (const wrong of [-1, largest + 1, 1.5, NaN, Infinity]) {
      assert.throws(() => turn(wrong), { name: "RangeError", code: "ERR_OUT_OF_RANGE" });
    }
    assert.throws(() => turn("7" as never), { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" });
    assert.equal(turn(largest), largest);
  }
});
