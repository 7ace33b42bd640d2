import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { AF_INET, AF_INET6, AF_UNIX } from "../api/constants.ts";
import type { SocketAddress } from "../api/address.ts";
import { inet_ntop } from "../netdb/inet.ts";
import { crc32c } from "./proxy/crc32c.ts";
import {
  encodeProxyHeader,
  parseProxyHeader,
  PP2_TYPE_AUTHORITY,
  PP2_TYPE_CRC32C,
  type ProxyHeader,
  type ProxyParse,
} from "./proxy-protocol.ts";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
const SIGNATURE = "0d0a0d0a 000d0a51 5549540a";

const inet4 = (address: string, port: number): SocketAddress => ({ family: AF_INET, address, port });
const inet6 = (address: string, port: number): SocketAddress => ({ family: AF_INET6, address, port });

function headerOf(parsed: ProxyParse): ProxyHeader {
  assert.equal(parsed.state, "header", JSON.stringify(parsed));
  return (parsed as ProxyParse & { state: "header" }).header;
}

function reasonOf(parsed: ProxyParse): string {
  assert.equal(parsed.state, "refused", JSON.stringify(parsed));
  return (parsed as ProxyParse & { state: "refused" }).reason;
}

suite("version 1", () => {
  test("gives both ends, and leaves what follows", () => {
    const line = "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n";
    const parsed = parseProxyHeader(ascii(`${line}GET / HTTP/1.1\r\n`));
    assert.deepEqual(parsed, {
      state: "header",
      bytes: line.length,
      header: {
        version: 1,
        command: "PROXY",
        transport: "stream",
        source: inet4("192.168.0.1", 56324),
        destination: inet4("192.168.0.11", 443),
        tlvs: [],
        crc32c: false,
      },
    });
  });

  test("takes the longest lines that the protocol has", () => {
    const full = Array(8).fill("ffff").join(":");
    const tcp6 = `PROXY TCP6 ${full} ${full} 65535 65535\r\n`;
    assert.equal(tcp6.length, 104);
    assert.deepEqual(headerOf(parseProxyHeader(ascii(tcp6))).source, inet6(full, 65535));
    const unknown = `PROXY UNKNOWN ${full} ${full} 65535 65535\r\n`;
    assert.equal(unknown.length, 107);
    assert.equal(headerOf(parseProxyHeader(ascii(unknown))).transport, undefined);
  });

  test("ignores what follows UNKNOWN", () => {
    for (const line of ["PROXY UNKNOWN\r\n", "PROXY UNKNOWN \r\n", "PROXY UNKNOWN what ever\r\n"]) {
      assert.equal(headerOf(parseProxyHeader(ascii(line))).source, undefined);
    }
  });

  const wrong: Record<string, RegExp> = {
    PROXX: /begins with/,
    "PROXY\r\n": /begins with/,
    "PROXY \r\n": /protocol/,
    "PROXY tcp4 1.2.3.4 1.2.3.4 1 1\r\n": /protocol/,
    "PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n": /protocol/,
    "PROXY __proto__ 1.2.3.4 1.2.3.4 1 1\r\n": /protocol/,
    "PROXY TCP4\r\n": /source/,
    "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n": /destination/,
    "PROXY TCP4  1.2.3.4 1.2.3.4 1 1\r\n": /two addresses/,
    "PROXY TCP4 1.2.3.4 1.2.3.4 1 1 \r\n": /two addresses/,
    "PROXY TCP4 1.2.3.04 1.2.3.4 1 1\r\n": /source: not an IPv4/,
    "PROXY TCP4 ::1 ::1 1 1\r\n": /source: not an IPv4/,
    "PROXY TCP6 1.2.3.4 ::1 1 1\r\n": /source: not an IPv6/,
    "PROXY TCP6 ::1 fe80::1%1 1 1\r\n": /destination: not an IPv6/,
    "PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n": /source: not a port/,
    "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n": /destination: not a port/,
    "PROXY TCP4 1.2.3.4 1.2.3.4 -1 1\r\n": /source: not a port/,
    "PROXY TCP4 1.2.3.4 1.2.3.4 1 1\rX": /without a LF/,
    [`PROXY UNKNOWN ${"x".repeat(93)}`]: /no CR LF/,
    [`PROXY UNKNOWN ${"x".repeat(92)}\r\n`]: /more than 107/,
  };
  for (const [line, reason] of Object.entries(wrong)) {
    test(`refuses ${JSON.stringify(line.slice(0, 60))}`, () => {
      assert.match(reasonOf(parseProxyHeader(ascii(line))), reason);
    });
  }
});

suite("version 2", () => {
  test("gives both ends of TCP over IPv4", () => {
    const bytes = hex(`${SIGNATURE} 21 11 000c  c0000201 c0000209 dc04 01bb  474554`);
    const parsed = parseProxyHeader(bytes);
    assert.equal(parsed.state === "header" && parsed.bytes, 28);
    assert.deepEqual(headerOf(parsed), {
      version: 2,
      command: "PROXY",
      transport: "stream",
      source: inet4("192.0.2.1", 56324),
      destination: inet4("192.0.2.9", 443),
      tlvs: [],
      crc32c: false,
    });
  });

  test("gives datagrams, IPv6 and vectors", () => {
    const address = "20010db8 00000000 00000000 00000001";
    const bytes = hex(`${SIGNATURE} 21 22 002a ${address} ${address} 0035 0036 02 0003 612e62`);
    const header = headerOf(parseProxyHeader(bytes));
    assert.equal(header.transport, "dgram");
    assert.deepEqual(header.destination, inet6("2001:db8::1", 54));
    assert.deepEqual(header.tlvs, [{ type: PP2_TYPE_AUTHORITY, value: ascii("a.b") }]);
  });

  test("gives Unix paths, abstract and of full length", () => {
    for (const [source, destination] of [
      ["/run/a", "\0name"],
      ["/".repeat(108), ""],
    ] as const) {
      const unix = (path: string): SocketAddress => ({ family: AF_UNIX, path });
      const bytes = encodeProxyHeader({ version: 2, source: unix(source), destination: unix(destination) });
      assert.equal(bytes.length, 16 + 216);
      assert.deepEqual(headerOf(parseProxyHeader(bytes)).source, unix(source));
      assert.deepEqual(headerOf(parseProxyHeader(bytes)).destination, unix(destination));
    }
  });

  test("discards all that a LOCAL header says, and skips its length", () => {
    const parsed = parseProxyHeader(hex(`${SIGNATURE} 20 ff 0003 ffffff 41`));
    assert.equal(parsed.state === "header" && parsed.bytes, 19);
    assert.equal(headerOf(parsed).command, "LOCAL");
  });

  test("gives no addresses where family or transport are unspecified", () => {
    for (const byte of ["00", "01", "10"]) {
      const header = headerOf(parseProxyHeader(hex(`${SIGNATURE} 21 ${byte} 000c c0000201 c0000209 dc04 01bb`)));
      assert.deepEqual([header.command, header.transport, header.source], ["PROXY", undefined, undefined]);
    }
  });

  test("checks the CRC32c: the check value of the polynomial, and a flipped bit", () => {
    assert.equal(crc32c(ascii("123456789")), 0xe3069283);
    const bytes = encodeProxyHeader({
      version: 2,
      source: inet4("1.2.3.4", 5),
      destination: inet4("6.7.8.9", 10),
      crc32c: true,
    });
    assert.equal(bytes[28], PP2_TYPE_CRC32C);
    assert.equal(headerOf(parseProxyHeader(bytes)).crc32c, true);
    for (const at of [16, 25, 31, 34]) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] as number) ^ 1;
      assert.match(reasonOf(parseProxyHeader(flipped)), /checksum is wrong/);
    }
  });

  const inet = "c0000201 c0000209 dc04 01bb";
  const wrong: Record<string, readonly [string, RegExp]> = {
    "another signature": ["0d0a0d0a 000d0a51 5549540b", /signature/],
    "version 1 in binary": [`${SIGNATURE} 11`, /^version 1/],
    "an unassigned command": [`${SIGNATURE} 22`, /command 2/],
    "an unassigned family": [`${SIGNATURE} 21 41 000c ${inet}`, /family 4/],
    "an unassigned transport": [`${SIGNATURE} 21 13 000c ${inet}`, /transport 3/],
    "less than the addresses": [`${SIGNATURE} 21 11 000b ${inet}`, /shorter than its addresses/],
    "a cut vector": [`${SIGNATURE} 21 11 000e ${inet} 0400`, /cut off/],
    "a vector beyond the end": [`${SIGNATURE} 21 11 000f ${inet} 040001`, /longer than the header/],
    "a short checksum": [`${SIGNATURE} 21 11 0010 ${inet} 030001 00`, /4 bytes/],
    "more than the limit": [`${SIGNATURE} 21 11 0ff1`, /4097 bytes; at most 4096/],
  };
  for (const [what, [bytes, reason]] of Object.entries(wrong)) {
    test(`refuses ${what}`, () => assert.match(reasonOf(parseProxyHeader(hex(bytes))), reason));
  }
});

suite("either version", () => {
  test("the one that is not wanted is refused at its first byte", () => {
    assert.match(reasonOf(parseProxyHeader(ascii("P"), { versions: "v2" })), /signature/);
    assert.match(reasonOf(parseProxyHeader(hex("0d"), { versions: "v1" })), /begins with/);
    assert.match(reasonOf(parseProxyHeader(ascii("G"))), /signature/);
    assert.equal(parseProxyHeader(ascii("P"), { versions: "any" }).state, "incomplete");
  });

  test("what a version cannot say is a TypeError", () => {
    const source: SocketAddress = { family: AF_UNIX, path: "/a" };
    const value = { code: "ERR_INVALID_ARG_VALUE" };
    assert.throws(() => encodeProxyHeader({ version: 1, source, destination: source }), value);
    assert.throws(() => encodeProxyHeader({ version: 1, command: "LOCAL" }), value);
    assert.throws(() => encodeProxyHeader({ version: 1, tlvs: [{ type: 1, value: new Uint8Array() }] }), value);
    assert.throws(() => encodeProxyHeader({ version: 2, source, destination: inet4("1.2.3.4", 1) }), value);
    assert.throws(() => encodeProxyHeader({ version: 2, transport: "stream" }), value);
    assert.throws(() => encodeProxyHeader({ version: 3 as 2 }), value);
  });
});

const port = fc.integer({ min: 0, max: 0xffff });
const address4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => inet_ntop(AF_INET, bytes));
const address6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => inet_ntop(AF_INET6, bytes));
const pairOf = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<[T, T]> => fc.tuple(one, one);
const internetPair = fc.oneof(
  pairOf(fc.tuple(address4, port).map(([address, number]) => inet4(address, number))),
  pairOf(fc.tuple(address6, port).map(([address, number]) => inet6(address, number))),
);
const unixPair = pairOf(
  fc
    .tuple(fc.constantFrom("", "\0"), fc.stringMatching(/^[a-z/]{1,20}$/))
    .map(([begin, rest]): SocketAddress => ({ family: AF_UNIX, path: begin + rest })),
);
const type = fc.integer({ min: 0, max: 255 }).filter((number) => number !== PP2_TYPE_CRC32C);
const value = fc.uint8Array({ maxLength: 40 });
const tlvs = fc.array(fc.record({ type, value }, { noNullPrototype: true }), { maxLength: 5 });
const nothing = { transport: undefined, source: undefined, destination: undefined, tlvs: [], crc32c: false };
const v1: fc.Arbitrary<ProxyHeader> = fc.oneof(
  fc.constant({ version: 1, command: "PROXY", ...nothing } as const),
  internetPair.map(
    ([source, destination]) =>
      ({ ...nothing, version: 1, command: "PROXY", transport: "stream", source, destination }) as const,
  ),
);
const v2: fc.Arbitrary<ProxyHeader> = fc.oneof(
  fc.constantFrom("PROXY" as const, "LOCAL" as const).map((command) => ({ version: 2, command, ...nothing }) as const),
  fc
    .record({
      pair: fc.oneof(internetPair, unixPair),
      transport: fc.constantFrom("stream" as const, "dgram" as const),
      tlvs,
      crc32c: fc.boolean(),
    })
    .map(
      ({ pair: [source, destination], ...rest }) =>
        ({ version: 2, command: "PROXY", source, destination, ...rest }) as const,
    ),
);
const header = fc.oneof(v1, v2);

suite("properties", () => {
  test("parse(encode(x)) is x, whatever follows", () => {
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 20 }), (value, rest) => {
        const bytes = encodeProxyHeader(value);
        const parsed = parseProxyHeader(Uint8Array.of(...bytes, ...rest));
        assert.deepEqual(parsed, { state: "header", header: value, bytes: bytes.length });
      }),
    );
  });

  test("cut off at every byte a header is incomplete", () => {
    fc.assert(
      fc.property(header, (value) => {
        const bytes = encodeProxyHeader(value);
        for (let length = 0; length < bytes.length; length += 1) {
          assert.equal(parseProxyHeader(bytes.subarray(0, length)).state, "incomplete", `${length} bytes`);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("any bytes get an answer, and a header is never longer than they are", () => {
    const noise = fc.uint8Array({ maxLength: 300 });
    const likely = fc.tuple(
      fc.constantFrom(ascii("PROXY "), ascii("PROXY TCP4 "), hex(SIGNATURE), hex(`${SIGNATURE}21`)),
      noise,
    );
    const changed = fc.tuple(header, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
      const bytes = encodeProxyHeader(value);
      bytes[at % bytes.length] = byte;
      return bytes;
    });
    const any = fc.oneof(
      noise,
      changed,
      likely.map(([begin, rest]) => Uint8Array.of(...begin, ...rest)),
    );
    fc.assert(
      fc.property(any, (bytes) => {
        const parsed = parseProxyHeader(bytes);
        assert.ok(parsed.state !== "header" || parsed.bytes <= bytes.length);
      }),
      { numRuns: 1000 },
    );
  });
});
