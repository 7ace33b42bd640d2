import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { viewOf } from "../../test/wire/bytes.ts";
import { canonicalName, labelText, MAX_LABEL_BYTES, MAX_NAME_BYTES, nameLabels, sameName } from "./dns-name.ts";

const label = fc.uint8Array({ minLength: 1, maxLength: MAX_LABEL_BYTES, size: "max" });

function textOf(labels: readonly Uint8Array[]): string {
  return labels.map((bytes) => labelText(viewOf(bytes), 0, bytes.length)).join(".");
}

test("text and bytes say the same, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), (labels) => {
      fc.pre(labels.reduce((sum, bytes) => sum + bytes.length + 1, 1) <= MAX_NAME_BYTES);
      assert.deepEqual(nameLabels(textOf(labels)), labels);
    }),
  );
});

test("names as they are written", () => {
  const text = (name: string): string[] | undefined => nameLabels(name)?.map((bytes) => String.fromCharCode(...bytes));
  assert.deepEqual(text("www.example.com"), ["www", "example", "com"]);
  assert.deepEqual(text("www.example.com."), ["www", "example", "com"]);
  assert.deepEqual(text("a\\.b.c"), ["a.b", "c"]);
  assert.deepEqual(text("a\\\\.\\065"), ["a\\", "A"]);
  assert.deepEqual(text("my printer._ipp._tcp.local"), ["my printer", "_ipp", "_tcp", "local"]);
  assert.deepEqual(text("."), []);
  assert.deepEqual(text(""), []);
});

test("text that is no name", () => {
  const long = "a".repeat(63);
  for (const wrong of ["..", ".a", "a..b", "a\\", "a\\25", "a\\256", "a\\12x", "ü.de", "a\tb", `${long}a`, "a\u0000"]) {
    assert.equal(nameLabels(wrong), undefined, wrong);
  }
  assert.ok(nameLabels(`${long}.${long}.${long}.${"a".repeat(61)}`));
  assert.equal(nameLabels(`${long}.${long}.${long}.${"a".repeat(62)}`), undefined);
});

test("any text is survived", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const labels = nameLabels(text);
      if (labels !== undefined) assert.deepEqual(nameLabels(textOf(labels)), labels);
    }),
  );
});

test("letters of ASCII are compared without case", () => {
  assert.ok(sameName("WWW.Example.com", "www.example.COM."));
  assert.ok(!sameName("www.example.com", "example.com"));
  assert.ok(sameName(".", ""));
  assert.equal(canonicalName("A\\."), "a\\.");
});
