import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  assertRoundTrips,
  assertSurvives,
  emitted,
  filled,
  fromHex,
  offset,
  toHex,
  uint16,
  uint8,
  word,
} from "../../test/wire/bytes.ts";
import { CAPTURED } from "../../test/wire/captured.ts";
import { CHANGE_TO_EXCLUDE, GroupRecord, IPV4_ADDRESS_BYTES, parseGroupRecord, readAddresses } from "./group-record.ts";
import {
  emitIgmp,
  IGMP_BYTES,
  IGMP_QUERY,
  IGMPV1_REPORT,
  IGMPV2_LEAVE,
  IGMPV2_REPORT,
  IGMPV3_QUERY_BYTES,
  IGMPV3_REPORT,
  IgmpMessage,
  parseIgmp,
  sealIgmp,
  verifyIgmp,
} from "./igmp.ts";
import { IpHeader } from "./ip-header.ts";
import { parseIpv4 } from "./ipv4.ts";
import { BAD_LENGTH, OK, TRUNCATED, UNSUPPORTED } from "./reason.ts";

function kind(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<IgmpMessage> {
  return filled(IgmpMessage, { checksum: uint16, ...fields });
}

const nonZero = fc.integer({ min: 1, max: 255 });
const short = fc.oneof(
  kind({ type: fc.constant(IGMP_QUERY), version: fc.constant(1), group: word }),
  kind({ type: fc.constant(IGMP_QUERY), version: fc.constant(2), responseCode: nonZero, group: word }),
  kind({ type: fc.constantFrom(IGMPV1_REPORT, IGMPV2_REPORT, IGMPV2_LEAVE), responseCode: uint8, group: word }),
  kind({ type: fc.constant(IGMPV3_REPORT), responseCode: uint8 }),
);
const query3 = kind({
  type: fc.constant(IGMP_QUERY),
  version: fc.constant(3),
  responseCode: uint8,
  group: word,
  suppress: fc.boolean(),
  robustness: fc.nat({ max: 7 }),
  intervalCode: uint8,
});

test("messages of eight bytes that are written are read again, and cut nowhere", () => {
  assertRoundTrips({
    values: short,
    into: new IgmpMessage(),
    emit: emitIgmp,
    parse: parseIgmp,
    bytes: () => IGMP_BYTES,
    places: (_start, end) => ({ itemsStart: end, end }),
  });
});

test("a query of version 3 with its sources", () => {
  const read = new IgmpMessage();
  fc.assert(
    fc.property(query3, fc.array(word, { maxLength: 10 }), offset, (x, addresses, at) => {
      const sources = Int32Array.from(addresses.flatMap((address) => [0, 0, 0xffff, address]));
      x.sourceCount = addresses.length;
      const whole = emitted(at, (view, start) => emitIgmp(view, start, x, sources));
      assert.equal(parseIgmp(whole.view, whole.start, whole.end, read), OK);
      assert.deepEqual(read, Object.assign(x, { itemsStart: at + IGMPV3_QUERY_BYTES, end: whole.end }));
      const again = new Int32Array(sources.length);
      readAddresses(whole.view, read.itemsStart, IPV4_ADDRESS_BYTES, read.sourceCount, again);
      assert.deepEqual(again, sources);
      // Eight bytes of it are a query of an older version: that is how a router's age is told (RFC 3376 §7.1).
      for (let bytes = 0; bytes < whole.end - whole.start; bytes++) {
        if (bytes === IGMP_BYTES) continue;
        assert.notEqual(parseIgmp(whole.view, whole.start, whole.start + bytes, read), OK);
      }
    }),
  );
});

test("any bytes are survived", () => {
  const read = new IgmpMessage();
  assertSurvives((view, start, end) => parseIgmp(view, start, end, read), [IGMP_QUERY], [IGMPV3_REPORT]);
});

test("Linux's report of one group, byte for byte", () => {
  const frame = fromHex(CAPTURED.igmpv3Report);
  const ip = new IpHeader();
  assert.equal(parseIpv4(frame, 14, frame.byteLength, ip), OK);
  const read = new IgmpMessage();
  assert.equal(parseIgmp(frame, ip.payloadStart, ip.payloadEnd, read), OK);
  assert.deepEqual([read.type, read.recordCount], [IGMPV3_REPORT, 1]);
  assert.ok(verifyIgmp(frame, ip.payloadStart, ip.payloadEnd));
  const record = new GroupRecord();
  assert.equal(parseGroupRecord(frame, read.itemsStart, read.end, IPV4_ADDRESS_BYTES, record), OK);
  assert.deepEqual([record.type, record.group3, record.end], [CHANGE_TO_EXCLUDE, 0xef010203 | 0, ip.payloadEnd]);
  const again = emitted(0, (view, start) => emitIgmp(view, start, read));
  assert.equal(toHex(again.view, 0, again.end), toHex(frame, ip.payloadStart, read.itemsStart));
  const before = toHex(frame);
  sealIgmp(frame, ip.payloadStart, ip.payloadEnd);
  assert.equal(toHex(frame), before);
  frame.setUint8(ip.payloadEnd - 1, 4);
  assert.ok(!verifyIgmp(frame, ip.payloadStart, ip.payloadEnd));
});

test("a query's version comes from its length and its code", () => {
  const read = new IgmpMessage();
  for (const [hex, version] of [
    ["11 00 0000 00000000", 1],
    ["11 64 0000 00000000", 2],
    ["11 00 0000 00000000 00 00 0000", 3],
  ] as const) {
    const view = fromHex(hex);
    assert.equal(parseIgmp(view, 0, view.byteLength, read), OK);
    assert.equal(read.version, version);
  }
  for (const bytes of [9, 10, 11]) assert.equal(parseIgmp(fromHex("11".repeat(12)), 0, bytes, read), BAD_LENGTH);
});

test("more records or sources than there are bytes for, and another type", () => {
  const read = new IgmpMessage();
  assert.equal(parseIgmp(fromHex("22 00 0000 0000 0002 0400000000000000"), 0, 16, read), TRUNCATED);
  assert.equal(parseIgmp(fromHex("11 64 0000 00000000 00 00 0001 000000"), 0, 15, read), TRUNCATED);
  assert.equal(parseIgmp(fromHex("13 00 0000 00000000"), 0, 8, read), UNSUPPORTED);
});
