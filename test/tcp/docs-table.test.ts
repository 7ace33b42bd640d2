import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

test("every row of docs/tcp.md names a test that is there", () => {
  const rows = readFileSync("docs/tcp.md", "utf8").matchAll(
    /^\| RFC [^|]+ \| (.+) \| \[[^\]]+\]\(\.\.\/([^)]+)\) \|$/gm,
  );
  let count = 0;
  for (const [, rule = "", path = ""] of rows) {
    assert.ok(existsSync(path), path);
    assert.ok(readFileSync(path, "utf8").includes(rule), `${path}: ${rule}`);
    count++;
  }
  assert.ok(count > 100, `${count} rows`);
});
