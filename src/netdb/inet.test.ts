import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET, AF_INET6, AF_UNIX } from "../api/constants.ts";
import { inet_ntop, inet_pton } from "./inet.ts";

function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("hex");
}

test("inet_pton reads four decimal parts, and no other form of IPv4", () => {
  assert.equal(hex(inet_pton(AF_INET, "127.0.0.1")), "7f000001");
  assert.equal(hex(inet_pton(AF_INET, "255.255.255.255")), "ffffffff");
  const others = [
    "",
    "1",
    "127.1",
    "0x7f.1",
    "1.2.3",
    "1.2.3.",
    "1.2.3.4.",
    "1.2.3.4.5",
    ".1.2.3",
    "1..2.3",
    "01.2.3.4",
  ];
  others.push("1.2.3.00", "256.1.1.1", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\0", "1.2.3.-4", "1.2.3.+4", "١.2.3.4", "::1");
  for (const text of others) assert.equal(inet_pton(AF_INET, text), undefined, JSON.stringify(text));
});

test("inet_pton reads the forms of RFC 4291", () => {
  const forms = {
    "::": "00".repeat(16),
    "::1": `${"00".repeat(15)}01`,
    "2001:DB8::8:800:200C:417A": "20010db80000000000080800200c417a",
    "1:2:3:4:5:6:7:8": "00010002000300040005000600070008",
    "::2:3:4:5:6:7:8": "00000002000300040005000600070008",
    "1:2:3:4:5:6:7::": "00010002000300040005000600070000",
    "::ffff:1.2.3.4": `${"00".repeat(10)}ffff01020304`,
    "1:2:3:4:5:6:1.2.3.4": "00010002000300040005000601020304",
    "64:ff9b::192.0.2.33": "0064ff9b0000000000000000c0000221",
  };
  for (const [text, bytes] of Object.entries(forms)) assert.equal(hex(inet_pton(AF_INET6, text)), bytes, text);
});

test("inet_pton refuses what is not IPv6, a zone included", () => {
  const wrong = [
    "",
    ":",
    ":::",
    "::1::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
  ];
  wrong.push(
    "1:",
    ":1",
    "12345::",
    "01234::",
    "g::",
    "::1.2.3",
    "::1.2.3.4:5",
    "1:2:3:4:5:6:7:1.2.3.4",
    "::01.2.3.4",
    "::1.2.3.256",
  );
  wrong.push("fe80::1%2", "fe80::1%lo", "::1 ", " ::1", "[::1]", "::1/64", "1.2.3.4", "::1\0");
  for (const text of wrong) assert.equal(inet_pton(AF_INET6, text), undefined, JSON.stringify(text));
});

test("inet_ntop shortens the first of the longest runs of zeros", () => {
  const texts = [
    "::",
    "::1",
    "1::",
    "1:0:2::3:4:5",
    "1::2:3:4:5:6",
    "1:0:2:0:3:0:4:0",
    "0:1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:0",
  ];
  texts.push(
    "1::2:0:0:3:4",
    "1:0:0:2::3",
    "2001:db8::8:800:200c:417a",
    "::ffff:1.2.3.4",
    "::1.2.3.4",
    "::ffff:0:1:2",
    "::1:2:3",
  );
  for (const text of texts) assert.equal(inet_ntop(AF_INET6, inet_pton(AF_INET6, text)!), text);
  assert.equal(inet_ntop(AF_INET6, inet_pton(AF_INET6, "0:0:0:0:0:0:0:0001")!), "::1");
  assert.equal(inet_ntop(AF_INET6, inet_pton(AF_INET6, "1:0:0:2:3:0:0:4")!), "1::2:3:0:0:4");
  assert.equal(inet_ntop(AF_INET, Uint8Array.of(192, 0, 2, 1)), "192.0.2.1");
});

test("a family without such text is EAFNOSUPPORT", () => {
  const unsupported = { code: "EAFNOSUPPORT", errno: -97 };
  assert.throws(() => inet_pton(AF_UNIX, "::1"), { ...unsupported, syscall: "inet_pton" });
  assert.throws(() => inet_ntop(99, new Uint8Array(4)), { ...unsupported, syscall: "inet_ntop" });
});

test("wrong arguments are refused by name", () => {
  assert.throws(() => inet_pton("2" as never, "1.2.3.4"), { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => inet_pton(AF_INET, 1 as never), /"text" argument must be a string/);
  assert.throws(() => inet_ntop(AF_INET, "1.2.3.4" as never), /"bytes" argument must be a Uint8Array/);
  for (const length of [0, 3, 5, 16]) {
    assert.throws(() => inet_ntop(AF_INET, new Uint8Array(length)), { name: "RangeError", code: "ERR_OUT_OF_RANGE" });
  }
  assert.throws(() => inet_ntop(AF_INET6, new Uint8Array(4)), { code: "ERR_OUT_OF_RANGE" });
});
