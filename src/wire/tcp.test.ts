import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  assertSurvives,
  assertTruncationsRefused,
  emitted,
  fromHex,
  offset,
  toHex,
  uint16,
  uint8,
  viewOf,
  word,
} from "../../test/wire/bytes.ts";
import { CAPTURED } from "../../test/wire/captured.ts";
import { ETHERNET_HEADER_BYTES } from "./ethernet.ts";
import { IpHeader, pseudoHeaderSumOf } from "./ip-header.ts";
import { parseIpv4 } from "./ipv4.ts";
import { parseIpv6 } from "./ipv6.ts";
import { BAD_LENGTH, BAD_OPTION, OK, TRUNCATED } from "./reason.ts";
import {
  MAX_SACK_BLOCKS,
  MAX_TCP_OPTION_BYTES,
  TCP_ACK,
  TCP_AE,
  TCP_CWR,
  TCP_ECE,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
  TcpHeader,
} from "./tcp-header.ts";
import {
  emitTcp,
  parseQuotedTcp,
  parseTcp,
  sealTcp,
  TCP_CHECKSUM_OFFSET,
  TCP_FLAGS_OFFSET,
  TCP_HEADER_BYTES,
  tcpHeaderBytes,
  verifyTcp,
} from "./tcp.ts";

const cookie = fc
  .constantFrom(0, 4, 6, 8, 10, 12, 14, 16)
  .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
/** Of a kind that nobody here speaks: among them MD5 signatures, multipath TCP and other experiments. */
const unknownOption = fc
  .tuple(fc.constantFrom(6, 19, 29, 30, 69, 253, 255), fc.uint8Array({ maxLength: 8 }))
  .map(([kind, data]) => [kind, data.length + 2, ...data]);

const headers = fc
  .record({
    sourcePort: uint16,
    destinationPort: uint16,
    sequence: word,
    acknowledgment: word,
    flags: fc.nat({ max: 0xfff }),
    window: uint16,
    checksum: uint16,
    urgentPointer: uint16,
    mss: fc.oneof(fc.constant(-1), uint16),
    windowScale: fc.oneof(fc.constant(-1), uint8),
    sackPermitted: fc.boolean(),
    timestamps: fc.option(fc.tuple(word, word), { nil: undefined }),
    sack: fc.array(word, { maxLength: MAX_SACK_BLOCKS * 2 }),
    cookie: fc.option(cookie, { nil: undefined }),
    experimental: fc.boolean(),
    unknown: fc.array(unknownOption, { maxLength: 3 }),
  })
  .map(({ timestamps, sack, cookie: sent, experimental, unknown, ...fields }) => {
    const made = Object.assign(new TcpHeader(), fields);
    if (timestamps !== undefined) {
      made.hasTimestamps = true;
      [made.timestampValue, made.timestampEcho] = timestamps;
    }
    made.sackCount = sack.length >> 1;
    made.sack.set(sack.slice(0, made.sackCount * 2));
    if (sent !== undefined) {
      made.fastOpenBytes = sent.length;
      made.fastOpenExperimental = experimental;
      made.fastOpenCookie.set(sent);
    }
    const bytes = unknown.flat();
    made.unknownBytes = bytes.length;
    made.unknownOptions.set(bytes);
    return made;
  });

/** Bytes of all the options, each padded to four: what a header with any room would have. */
function wantedBytes(x: TcpHeader): number {
  const padded = (bytes: number): number => (bytes + 3) & ~3;
  return (
    (x.mss < 0 ? 0 : 4) +
    (x.hasTimestamps ? 12 : x.sackPermitted ? 4 : 0) +
    (x.windowScale < 0 ? 0 : 4) +
    (x.sackCount === 0 ? 0 : 4 + x.sackCount * 8) +
    (x.fastOpenBytes < 0 ? 0 : padded(x.fastOpenBytes + (x.fastOpenExperimental ? 4 : 2))) +
    padded(x.unknownBytes)
  );
}

/** A header as deep equality should see it: scratch memory behind what is used is of no account. */
function plain(x: TcpHeader): unknown {
  return {
    ...Object.fromEntries(Object.entries(x)),
    sack: [...x.sack.subarray(0, x.sackCount * 2)],
    fastOpenCookie: [...x.fastOpenCookie.subarray(0, Math.max(0, x.fastOpenBytes))],
    unknownOptions: [...x.unknownOptions.subarray(0, x.unknownBytes)],
  };
}

test("what is written is read again, and cut nowhere", () => {
  const read = new TcpHeader();
  fc.assert(
    fc.property(
      headers.filter((x) => wantedBytes(x) <= MAX_TCP_OPTION_BYTES),
      offset,
      (x, at) => {
        const whole = emitted(at, (view, start) => emitTcp(view, start, x));
        assert.equal(whole.end - whole.start, tcpHeaderBytes(x));
        assert.equal(whole.end - whole.start, TCP_HEADER_BYTES + wantedBytes(x));
        assert.equal(parseTcp(whole.view, whole.start, whole.end, read), OK);
        assert.deepEqual(plain(read), plain(Object.assign(x, { payloadStart: whole.end, payloadEnd: whole.end })));
        assertTruncationsRefused(whole, (view, start, end) => parseTcp(view, start, end, read));
      },
    ),
    { numRuns: 1000 },
  );
});

test("timestamps alone, as nearly every segment has them", () => {
  const read = new TcpHeader();
  fc.assert(
    fc.property(word, word, offset, (timestampValue, timestampEcho, at) => {
      const x = Object.assign(new TcpHeader(), { hasTimestamps: true, timestampValue, timestampEcho });
      const whole = emitted(at, (view, start) => emitTcp(view, start, x));
      assert.equal(toHex(whole.view, at + 20, at + 24), "0101080a");
      read.mss = 1;
      assert.equal(parseTcp(whole.view, whole.start, whole.end, read), OK);
      assert.deepEqual(plain(read), plain(Object.assign(x, { payloadStart: whole.end, payloadEnd: whole.end })));
      // Elsewhere among the options they are the same.
      whole.view.setInt32(at + 20, 0x080a0000 | (timestampValue >>> 16));
      whole.view.setInt32(at + 24, (timestampValue << 16) | (timestampEcho >>> 16));
      whole.view.setInt32(at + 28, (timestampEcho << 16) | 0x0101);
      assert.equal(parseTcp(whole.view, whole.start, whole.end, read), OK);
      assert.deepEqual(plain(read), plain(x));
    }),
  );
});

test("options that do not fit are left out, whole", () => {
  const read = new TcpHeader();
  fc.assert(
    fc.property(headers, (x) => {
      const whole = emitted(0, (view, start) => emitTcp(view, start, x));
      assert.equal(whole.end, tcpHeaderBytes(x));
      assert.ok(whole.end <= TCP_HEADER_BYTES + MAX_TCP_OPTION_BYTES);
      assert.equal(parseTcp(whole.view, 0, whole.end, read), OK);
      assert.ok(read.sackCount <= x.sackCount);
      assert.deepEqual(
        [read.mss, read.windowScale, read.sackPermitted, read.hasTimestamps],
        [x.mss, x.windowScale, x.sackPermitted, x.hasTimestamps],
      );
    }),
  );
});

test("beside timestamps there is room for three SACK blocks", () => {
  const x = Object.assign(new TcpHeader(), { hasTimestamps: true, sackCount: 4 });
  assert.equal(tcpHeaderBytes(x), 60);
  const whole = emitted(0, (view, start) => emitTcp(view, start, x));
  const read = new TcpHeader();
  assert.equal(parseTcp(whole.view, 0, whole.end, read), OK);
  assert.equal(read.sackCount, 3);
});

test("any bytes are survived", () => {
  const read = new TcpHeader();
  const parse = (view: DataView, start: number, end: number): unknown => [
    parseTcp(view, start, end, read),
    parseQuotedTcp(view, start, end, read),
  ];
  const head = [...Array<number>(12).fill(0), 0xf0, 2, 0, 0, 0, 0, 0, 0];
  assertSurvives(parse, head, [...head, 2, 4], [...head, 5, 34], [...head, 254, 8, 0xf9, 0x89], [...head, 34]);
});

test("Linux's segments, byte for byte", () => {
  const ip = new IpHeader();
  const read = new TcpHeader();
  for (const [name, flags] of [
    ["syn4", TCP_SYN],
    ["synAck4", TCP_SYN | TCP_ACK],
    ["data4", TCP_PSH | TCP_ACK],
    ["syn6", TCP_SYN],
  ] as const) {
    const frame = fromHex(CAPTURED[name]);
    assert.equal((name === "syn6" ? parseIpv6 : parseIpv4)(frame, ETHERNET_HEADER_BYTES, frame.byteLength, ip), OK);
    assert.equal(parseTcp(frame, ip.payloadStart, ip.payloadEnd, read), OK);
    assert.equal(read.flags, flags, name);
    assert.equal(frame.getUint8(ip.payloadStart + TCP_FLAGS_OFFSET), flags);
    const again = emitted(0, (view, start) => emitTcp(view, start, read));
    assert.equal(toHex(again.view, 0, again.end), toHex(frame, ip.payloadStart, read.payloadStart), name);
    assert.equal(read.checksum, pseudoHeaderSumOf(ip), name);
    assert.equal(frame.getUint16(ip.payloadStart + TCP_CHECKSUM_OFFSET), read.checksum);
  }
});

test("what Linux offers in a SYN", () => {
  const frame = fromHex(CAPTURED.syn4);
  const read = new TcpHeader();
  assert.equal(parseTcp(frame, 34, frame.byteLength, read), OK);
  assert.deepEqual(
    [read.mss, read.sackPermitted, read.hasTimestamps, read.timestampEcho, read.windowScale, read.sackCount],
    [1460, true, true, 0, 10, 0],
  );
  assert.deepEqual([read.window, read.destinationPort, read.payloadStart - 34], [64240, 7007, 40]);
});

/** A header with these options, padded with the end of them. */
function withOptions(hex: string): DataView {
  const options = hex.replaceAll(/\s/g, "");
  const padded = options.padEnd(Math.ceil(options.length / 8) * 8, "0");
  const words = 5 + padded.length / 8;
  return fromHex(`0007 0007 00000000 00000000 ${words.toString(16)}002 0000 0000 0000 ${padded}`);
}

test("an illegal option is skipped where its length allows that, and ends the options where not", () => {
  const read = new TcpHeader();
  const parse = (hex: string): number => {
    const view = withOptions(hex);
    return parseTcp(view, 0, view.byteLength, read);
  };
  for (const illegal of [
    "02 03 00",
    "03 04 0000",
    "04 03 00",
    "05 0b 000000000000000000",
    "05 02",
    "08 09 00000000000000",
    "22 05 000000",
    "22 07 0000000000",
    "fe 06 f989 0000",
  ]) {
    assert.equal(parse(`${illegal} 02 04 05b4`), BAD_OPTION, illegal);
    assert.equal(read.mss, 1460, illegal);
    assert.deepEqual([read.windowScale, read.sackPermitted, read.sackCount, read.fastOpenBytes], [-1, false, 0, -1]);
  }
  for (const illegal of ["02 00", "02 01", "03", "02 05 0000", "45 ff"]) {
    assert.equal(parse(`01 01 04 02 01 ${illegal}`.padEnd(19, " ")), BAD_OPTION, illegal);
    assert.equal(read.sackPermitted, true, illegal);
  }
});

test("what stands behind the end of the options is not looked at", () => {
  const view = withOptions("03 03 07 00 02 00 00 00");
  const read = new TcpHeader();
  assert.equal(parseTcp(view, 0, view.byteLength, read), OK);
  assert.deepEqual([read.windowScale, read.mss, read.payloadStart], [7, -1, 28]);
});

test("a header that says that it is shorter than it can be, or longer than the segment", () => {
  const read = new TcpHeader();
  const view = withOptions("");
  view.setUint16(12, 0x4002);
  assert.equal(parseTcp(view, 0, view.byteLength, read), BAD_LENGTH);
  view.setUint16(12, 0x6002);
  assert.equal(parseTcp(view, 0, view.byteLength, read), TRUNCATED);
});

test("eight quoted bytes tell the ports and the sequence number", () => {
  const read = new TcpHeader();
  const view = fromHex("ffff f234 8007 80000001");
  assert.equal(parseQuotedTcp(view, 2, 10, read), OK);
  assert.deepEqual([read.sourcePort, read.destinationPort, read.sequence], [0xf234, 0x8007, -0x7fffffff]);
  assertTruncationsRefused({ view, start: 2, end: 10 }, (part, start, end) => parseQuotedTcp(part, start, end, read));
});

test("what is sealed verifies, and one wrong bit does not", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 99 }), uint16, fc.nat(), (bytes, pseudo, chosen) => {
      const view = viewOf(bytes);
      sealTcp(view, 0, bytes.length, pseudo);
      assert.ok(verifyTcp(view, 0, bytes.length, pseudo));
      const bit = chosen % (bytes.length * 8);
      view.setUint8(bit >> 3, view.getUint8(bit >> 3) ^ (1 << (bit & 7)));
      assert.ok(!verifyTcp(view, 0, bytes.length, pseudo));
    }),
  );
});

test("the control bits are in the order of the header", () => {
  const bits = [TCP_FIN, TCP_SYN, TCP_RST, TCP_PSH, TCP_ACK, TCP_URG, TCP_ECE, TCP_CWR, TCP_AE];
  assert.deepEqual(
    bits,
    bits.map((_, i) => 1 << i),
  );
});
