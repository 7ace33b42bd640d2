import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  assertRoundTrips,
  assertSurvives,
  assertTruncationsRefused,
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
import { IPV6_ADDRESS_BYTES, readAddresses } from "./group-record.ts";
import { IpHeader } from "./ip-header.ts";
import { parseIpv6 } from "./ipv6.ts";
import {
  emitMld,
  MLD_QUERY,
  MLDV1_BYTES,
  MLDV1_DONE,
  MLDV1_REPORT,
  MLDV2_QUERY_BYTES,
  MLDV2_REPORT,
  MLDV2_REPORT_BYTES,
  MldMessage,
  parseMld,
} from "./mld.ts";
import { BAD_LENGTH, OK, TRUNCATED, UNSUPPORTED } from "./reason.ts";

function kind(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<MldMessage> {
  return filled(MldMessage, { checksum: uint16, ...fields });
}

const group = { responseCode: uint16, group0: word, group1: word, group2: word, group3: word };
const version1 = fc.oneof(
  kind({ type: fc.constant(MLD_QUERY), version: fc.constant(1), ...group }),
  kind({ type: fc.constantFrom(MLDV1_REPORT, MLDV1_DONE), ...group }),
);
const report2 = kind({ type: fc.constant(MLDV2_REPORT) });
const query2 = kind({
  type: fc.constant(MLD_QUERY),
  version: fc.constant(2),
  ...group,
  suppress: fc.boolean(),
  robustness: fc.nat({ max: 7 }),
  intervalCode: uint8,
});

test("messages without sources and records are read again, and cut nowhere", () => {
  assertRoundTrips({
    values: fc.oneof(version1, report2),
    into: new MldMessage(),
    emit: emitMld,
    parse: parseMld,
    bytes: (x) => (x.type === MLDV2_REPORT ? MLDV2_REPORT_BYTES : MLDV1_BYTES),
    places: (_start, end) => ({ itemsStart: end, end }),
  });
});

test("a query of version 2 with its sources", () => {
  const sources = fc.array(fc.tuple(word, word, word, word), { maxLength: 10 });
  const read = new MldMessage();
  fc.assert(
    fc.property(query2, sources, offset, (x, addresses, at) => {
      const words = Int32Array.from(addresses.flat());
      x.sourceCount = addresses.length;
      const whole = emitted(at, (view, start) => emitMld(view, start, x, words));
      assert.equal(parseMld(whole.view, whole.start, whole.end, read), OK);
      assert.deepEqual(read, Object.assign(x, { itemsStart: at + MLDV2_QUERY_BYTES, end: whole.end }));
      const again = new Int32Array(words.length);
      readAddresses(whole.view, read.itemsStart, IPV6_ADDRESS_BYTES, read.sourceCount, again);
      assert.deepEqual(again, words);
      // As many bytes as a query of version 1 has are one (RFC 3810 §8.1).
      for (let bytes = 0; bytes < whole.end - whole.start; bytes++) {
        if (bytes === MLDV1_BYTES) continue;
        assert.notEqual(parseMld(whole.view, whole.start, whole.start + bytes, read), OK);
      }
    }),
  );
});

test("any bytes are survived", () => {
  const read = new MldMessage();
  assertSurvives((view, start, end) => parseMld(view, start, end, read), [130], [131], [132], [143]);
});

test("Linux's report of two groups", () => {
  const frame = fromHex(CAPTURED.mldv2Report);
  const ip = new IpHeader();
  assert.equal(parseIpv6(frame, 14, frame.byteLength, ip), OK);
  const read = new MldMessage();
  assert.equal(parseMld(frame, ip.payloadStart, ip.payloadEnd, read), OK);
  assert.deepEqual([read.type, read.recordCount], [MLDV2_REPORT, 2]);
  assert.equal(read.itemsStart, ip.payloadStart + MLDV2_REPORT_BYTES);
  const again = emitted(0, (view, start) => emitMld(view, start, read));
  assert.equal(toHex(again.view, 0, again.end), toHex(frame, ip.payloadStart, read.itemsStart));
  const whole = { view: frame, start: ip.payloadStart, end: ip.payloadEnd };
  assertTruncationsRefused(whole, (view, start, end) => parseMld(view, start, end, read));
});

test("a query between the versions' lengths, more sources than bytes, and another type", () => {
  const read = new MldMessage();
  const query = fromHex(`82 ${"00".repeat(27)}`);
  for (const bytes of [25, 26, 27]) assert.equal(parseMld(query, 0, bytes, read), BAD_LENGTH);
  query.setUint16(26, 1);
  assert.equal(parseMld(query, 0, 28, read), TRUNCATED);
  assert.equal(parseMld(fromHex(`85 ${"00".repeat(23)}`), 0, 24, read), UNSUPPORTED);
});
