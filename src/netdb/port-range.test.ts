import assert from "node:assert/strict";
import { test } from "node:test";
import { portRange } from "./port-range.ts";

test("the ranges begin and end where RFC 6335 says", () => {
  const ports = [0, 1, 1023, 1024, 49151, 49152, 65535];
  const ranges = ["reserved", "well-known", "well-known", "registered", "registered", "dynamic", "dynamic"];
  assert.deepEqual(ports.map(portRange), ranges);
});

test("what is no port is refused", () => {
  for (const wrong of [-1, 65536, 7.5, NaN]) assert.throws(() => portRange(wrong), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(() => portRange("7" as never), { code: "ERR_INVALID_ARG_TYPE" });
});
