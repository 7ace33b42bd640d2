import assert from "node:assert/strict";
import { test } from "node:test";
import { inet_addr, inet_aton, inet_ntoa } from "./inet-aton.ts";

function parts(text: string): number[] | undefined {
  const bytes = inet_aton(text);
  return bytes === undefined ? undefined : [...bytes];
}

test("one to four parts; the last one fills the bytes that are left", () => {
  assert.deepEqual(parts("1.2.3.4"), [1, 2, 3, 4]);
  assert.deepEqual(parts("1.2.772"), [1, 2, 3, 4]);
  assert.deepEqual(parts("1.131844"), [1, 2, 3, 4]);
  assert.deepEqual(parts("16909060"), [1, 2, 3, 4]);
  assert.deepEqual(parts("4294967295"), [255, 255, 255, 255]);
});

test("a part is decimal, octal or hexadecimal", () => {
  assert.deepEqual(parts("0x7f.1"), [127, 0, 0, 1]);
  assert.deepEqual(parts("0X7F.0.0.01"), [127, 0, 0, 1]);
  assert.deepEqual(parts("0177.0.0.010"), [127, 0, 0, 8]);
  assert.deepEqual(parts("00000000000000.0.0.000377"), [0, 0, 0, 255]);
});

test("a part that is too large for its place is refused", () => {
  for (const text of [
    "256.1",
    "1.256.1",
    "1.2.3.256",
    "1.2.65536",
    "1.16777216",
    "4294967296",
    "99999999999999999999999",
  ]) {
    assert.equal(inet_aton(text), undefined, text);
  }
  assert.deepEqual(parts("1.2.65535"), [1, 2, 255, 255]);
  assert.deepEqual(parts("1.16777215"), [1, 255, 255, 255]);
});

test("white space ends the address, and what follows it is ignored, as in glibc", () => {
  for (const text of ["1.2.3.4 ", "1.2.3.4\n", "1.2.3.4\t x", "1.2.3.4\v5", "1.2.3.4 .5"]) {
    assert.deepEqual(parts(text), [1, 2, 3, 4], JSON.stringify(text));
  }
});

test("other text is no address", () => {
  const wrong = [
    "",
    " ",
    ".",
    "1.",
    "1.2.3.4.",
    "1.2.3.4.5",
    "..1",
    " 1.2.3.4",
    "+1.2.3.4",
    "-1",
    "1.2.3.4x",
    "08",
    "1.09",
    "0x",
  ];
  wrong.push("0x.1", "0xg", "1.2.3.0x", "1e3", "0b1", "localhost", "1.2.3.4\0", "1.2.3.4 \0", "1.2.3.4\u00a0", "٣");
  for (const text of wrong) assert.equal(inet_aton(text), undefined, JSON.stringify(text));
});

test("inet_addr gives C's number, and INADDR_NONE for text that is no address", () => {
  assert.equal(inet_addr("127.0.0.1"), 0x0100007f);
  assert.equal(inet_addr("0.0.0.255"), 0xff000000);
  assert.equal(inet_addr("255.255.255.255"), 0xffffffff);
  assert.equal(inet_addr("localhost"), 0xffffffff);
});

test("inet_ntoa takes the bytes or C's number", () => {
  assert.equal(inet_ntoa(Uint8Array.of(10, 0, 0, 1)), "10.0.0.1");
  assert.equal(inet_ntoa(0x0100000a), "10.0.0.1");
  assert.equal(inet_ntoa(0xff000000), "0.0.0.255");
  assert.equal(inet_ntoa(0xffffffff), "255.255.255.255");
});

test("wrong arguments are refused", () => {
  assert.throws(() => inet_aton(1 as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => inet_addr(undefined as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => inet_ntoa("1.2.3.4" as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => inet_ntoa(new Uint8Array(5)), { code: "ERR_OUT_OF_RANGE" });
  for (const number of [-1, 2 ** 32, 0.5]) assert.throws(() => inet_ntoa(number), { code: "ERR_OUT_OF_RANGE" });
});
