import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import * as fc from "fast-check";
import { glibc, withoutGlibc } from "../../test/glibc.ts";
import { AF_INET, AF_INET6 } from "../api/constants.ts";
import { inet_addr, inet_aton, inet_ntoa } from "./inet-aton.ts";
import { inet_lnaof, inet_makeaddr, inet_netof, inet_network } from "./inet-class.ts";
import { inet_ntop, inet_pton } from "./inet.ts";

type C<Result> = (...args: unknown[]) => Result;
let c: Record<"pton" | "aton", C<number>> & Record<"ntop", C<string | null>>;
let numbers: Record<"addr" | "network" | "makeaddr" | "lnaof" | "netof", C<number>> & Record<"ntoa", C<string>>;

const RUNS = { numRuns: 10_000 };

/** Text near the forms that the parsers know: made of their characters, or one edit away from an address. */
const part = fc.oneof(
  fc.nat(300).map(String),
  fc.nat().map(String),
  fc.nat(300).map((value) => `0x${value.toString(16)}`),
  fc.nat(300).map((value) => `0${value.toString(8)}`),
  fc.constantFrom(
    "",
    "0",
    "00",
    "x1",
    "0x",
    "08",
    "4294967295",
    "4294967296",
    "4294967297",
    "18446744073709551616",
    "255",
  ),
);
const dotted = fc
  .tuple(fc.array(part, { minLength: 1, maxLength: 5 }), fc.constantFrom("", "", "", " ", "\n", "\t.", "x", ".", "\v1"))
  .map(([parts, end]) => parts.join(".") + end);
const group = fc.oneof(
  fc.nat(0xffff).map((value) => value.toString(16)),
  fc.constantFrom("", "0", "FFFF", "00001", "0000", "g"),
);
const colons = fc
  .tuple(fc.array(group, { maxLength: 9 }), fc.nat(9), fc.constantFrom("", "", "::", "1.2.3.4", "%1", ":", "1.2.3"))
  .map(([groups, at, extra]) => [...groups.slice(0, at), extra, ...groups.slice(at)].join(":"));
const soup = fc.string({ unit: fc.constantFrom(...Array.from("0123456789abfFgxX.:: \t%/-+é")), maxLength: 46 });
const text = fc.oneof(
  dotted,
  colons,
  soup,
  fc.string().filter((each) => !each.includes("\0")),
);

const WITHOUT_SPACE = `
0 00 0x0 0X 0x 1 1. .1 1..2 127.1 127.0.1 0x7f.1 0177.1 1.2.3.4 1.2.3.04 01.2.3.4 1.2.3.256 256.2.3.4 1.2.3.4.5
1.2.3.4. 1.2.3 1.2.3. 08 09 0x7f.0x0.0x0.0x1 4294967295 4294967296 1.16777215 1.16777216 1.2.65535 1.2.65536
18446744073709551615 18446744073709551616 99999999999999999999999 -1 +1 1e1 0b1 1.2.3.4x 0x1g 0x.1 1.0x
x1 X10 0x1.x2 00x1 4294967297 256 0400 0377 00377 1.2.3.4é é ١ 1.2.3.4/8 0x7fffffff.1 1.0xffffff
: :: ::: :::: ::1 1:: 1::2 ::1:: 1::2::3 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7: 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8
1:2:3:4:5:6:7:8:: ::1:2:3:4:5:6:7:8 1:2:3:4::5:6:7:8 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1:2:3:4:5:6:7:8: :1 1: :1::
::1.2.3.4 ::ffff:1.2.3.4 1:2:3:4:5:6:1.2.3.4 1:2:3:4:5:6:7:1.2.3.4 1::1.2.3.4:5 ::1.2.3 ::1.2.3.4. ::01.2.3.4
1.2.3.4:: 1.2.3.4::1 ::256.1.1.1 ::fff.1.1.1 ::1234.1.1.1 1:2:3:4:5::1.2.3.4 1:2:3:4:5:6::1.2.3.4 ::1%1 ::%1 ::1%lo
12345:: 01234:: 0000:: 00000:: ::ABCD ::aBcD ::g fe80::1/64 [::1] ::ffff:0x7f.1 ::ffff:127.1`;
const WITH_SPACE = ["", " ", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4 x", "1.2.3.4\n", "1.2.3.4\t5", "1.2.3.4\v", "1.2.3.4\f"];
const TRICKY = [
  ...WITHOUT_SPACE.trim().split(/[ \n]/),
  ...WITH_SPACE,
  "1.2.3.4\r",
  "1.2.3.4\u00a0",
  "1 2",
  "::1 ",
  " ::1",
];

/** Each text of the table, then ten thousand made ones. */
function forTexts(check: (text: string) => void): void {
  for (const each of TRICKY) check(each);
  fc.assert(fc.property(text, check), RUNS);
}

function ptonOfC(family: number, length: number, each: string): Uint8Array | undefined {
  const bytes = new Uint8Array(length);
  return c.pton(family, each, bytes) === 1 ? bytes : undefined;
}

describe("the same answers as glibc", { skip: withoutGlibc }, () => {
  before(() => {
    const library = glibc!;
    const pton = library.func("int inet_pton(int, const char *, void *)");
    const ntop = library.func("const char *inet_ntop(int, const void *, void *, uint32_t)");
    const aton = library.func("int inet_aton(const char *, void *)");
    c = { pton, ntop, aton };
    numbers = {
      addr: library.func("uint32_t inet_addr(const char *)"),
      ntoa: library.func("const char *inet_ntoa(uint32_t)"), // struct in_addr is passed as its only member is
      network: library.func("uint32_t inet_network(const char *)"),
      makeaddr: library.func("uint32_t inet_makeaddr(uint32_t, uint32_t)"),
      lnaof: library.func("uint32_t inet_lnaof(uint32_t)"),
      netof: library.func("uint32_t inet_netof(uint32_t)"),
    };
  });

  test("inet_pton, IPv4", () => {
    forTexts((each) => assert.deepEqual(inet_pton(AF_INET, each), ptonOfC(AF_INET, 4, each), JSON.stringify(each)));
  });

  test("inet_pton, IPv6", () => {
    forTexts((each) => assert.deepEqual(inet_pton(AF_INET6, each), ptonOfC(AF_INET6, 16, each), JSON.stringify(each)));
  });

  test("inet_aton and inet_addr", () => {
    forTexts((each) => {
      const bytes = new Uint8Array(4);
      const expected = c.aton(each, bytes) === 0 ? undefined : bytes;
      assert.deepEqual(inet_aton(each), expected, JSON.stringify(each));
      assert.equal(inet_addr(each), numbers.addr(each), JSON.stringify(each));
    });
  });

  test("inet_network", () => {
    forTexts((each) => assert.equal(inet_network(each), numbers.network(each), JSON.stringify(each)));
  });

  test("inet_ntop, and inet_pton brings its text back", () => {
    const room = new Uint8Array(46);
    const zeros = fc.constantFrom(0, 0, 0, 0xff, 1);
    const ipv6 = fc.array(fc.oneof(zeros, fc.nat(255)), { minLength: 16, maxLength: 16 });
    const special = fc.tuple(
      fc.array(zeros, { minLength: 12, maxLength: 12 }),
      fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
    );
    const groups = fc.array(fc.constantFrom([0, 0], [0, 0], [0xff, 0xff], [0, 7]), { minLength: 8, maxLength: 8 });
    const bytes = fc.oneof(
      ipv6,
      special.map((halves) => halves.flat()),
      groups.map((each) => each.flat()),
    );
    fc.assert(
      fc.property(bytes, (each) => {
        const address = Uint8Array.from(each);
        const written = inet_ntop(AF_INET6, address);
        assert.equal(written, c.ntop(AF_INET6, address, room, room.length));
        assert.deepEqual(inet_pton(AF_INET6, written), address);
      }),
      RUNS,
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (address) => {
        const written = inet_ntop(AF_INET, address);
        assert.equal(written, c.ntop(AF_INET, address, room, room.length));
        assert.deepEqual(inet_pton(AF_INET, written), address);
      }),
      RUNS,
    );
  });

  test("inet_ntoa, inet_makeaddr, inet_lnaof and inet_netof", () => {
    const word = fc.oneof(
      fc.nat(0xffffffff),
      fc.constantFrom(0, 127, 128, 255, 0xffff, 0x10000, 0xffffff, 0x1000000, 0xffffffff),
    );
    fc.assert(
      fc.property(word, word, (one, two) => {
        assert.equal(inet_ntoa(one), numbers.ntoa(one));
        assert.equal(inet_makeaddr(one, two), numbers.makeaddr(one, two));
        assert.equal(inet_lnaof(one), numbers.lnaof(one));
        assert.equal(inet_netof(one), numbers.netof(one));
      }),
      RUNS,
    );
  });
});
