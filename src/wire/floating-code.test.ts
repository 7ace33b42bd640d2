import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeByteCode, decodeShortCode, encodeByteCode, encodeShortCode } from "./floating-code.ts";

const CODES = [
  { decode: decodeByteCode, encode: encodeByteCode, last: 0xff },
  { decode: decodeShortCode, encode: encodeShortCode, last: 0xffff },
] as const;

test("every code is the code of its value, and values grow with codes", () => {
  for (const { decode, encode, last } of CODES) {
    for (let code = 0; code <= last; code++) {
      assert.equal(encode(decode(code)), code);
      if (code > 0) assert.ok(decode(code) > decode(code - 1));
    }
  }
});

test("a value between two codes is rounded down, and one beyond the last is the last", () => {
  for (const { decode, encode, last } of CODES) {
    fc.assert(
      fc.property(fc.nat({ max: decode(last) * 2 }), (value) => {
        const code = encode(value);
        assert.ok(decode(code) <= value);
        if (code < last) assert.ok(decode(code + 1) > value);
      }),
    );
  }
});

test("values of the RFCs' formulas", () => {
  assert.deepEqual([0, 127, 128, 255].map(decodeByteCode), [0, 127, 128, 31_744]);
  assert.deepEqual([0, 0x7fff, 0x8000, 0xffff].map(decodeShortCode), [0, 32_767, 32_768, 8_387_584]);
});
