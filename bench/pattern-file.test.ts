import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { patternFile } from "./pattern-file.ts";

test("a file is as long as was asked for, and each byte is what its place decides", () => {
  const bytes = 251 * 16_384 + 1000;
  const file = readFileSync(patternFile(bytes));
  assert.equal(file.length, bytes);
  assert.ok(file.every((byte, place) => byte === (place * 7) % 251));
});

test("the file and its folder are gone with the process that made them", () => {
  const module = new URL("pattern-file.js", import.meta.url).href;
  const program = `import { patternFile } from ${JSON.stringify(module)}; process.stdout.write(patternFile(10));`;
  const path = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  assert.match(path, /dialtone-bench-/);
  assert.equal(existsSync(dirname(path)), false);
});
