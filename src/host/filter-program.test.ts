import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeOption, encodeOption } from "../layout/option.ts";
import { SOCK_FILTER, SOCK_FPROG } from "../layout/sock-fprog.ts";
import { memoryAt } from "./ffi/memory.ts";
import { filterProgram } from "./filter-program.ts";

test("a filter's structure has the number of instructions, and their address", () => {
  const instructions = [
    { code: 6, jt: 0, jf: 0, k: 1 },
    { code: 6, jt: 0, jf: 0, k: 0 },
  ];
  const fprog = filterProgram(encodeOption("filter", instructions));
  const view = new DataView(fprog.buffer, fprog.byteOffset, fprog.length);
  assert.equal(view.getUint16(SOCK_FPROG.len, true), 2);
  const bytes = memoryAt(view.getBigUint64(SOCK_FPROG.filter, true), 2 * SOCK_FILTER.size);
  assert.deepEqual(decodeOption("filter", bytes), instructions);
});
