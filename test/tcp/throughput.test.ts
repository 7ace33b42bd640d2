import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { throughputPage } from "./throughput-table.ts";

test("docs/tcp-throughput.md is what TCP carries: node build/test/tcp/write-throughput.js", () => {
  assert.equal(throughputPage(), readFileSync("docs/tcp-throughput.md", "utf8"));
});
