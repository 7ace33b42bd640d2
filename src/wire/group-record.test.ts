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
  word,
} from "../../test/wire/bytes.ts";
import { CAPTURED } from "../../test/wire/captured.ts";
import {
  ALLOW_NEW_SOURCES,
  BLOCK_OLD_SOURCES,
  CHANGE_TO_EXCLUDE,
  CHANGE_TO_INCLUDE,
  emitGroupRecord,
  GroupRecord,
  groupRecordBytes,
  IPV4_ADDRESS_BYTES,
  IPV6_ADDRESS_BYTES,
  MODE_IS_EXCLUDE,
  MODE_IS_INCLUDE,
  parseGroupRecord,
  readAddresses,
} from "./group-record.ts";
import { OK } from "./reason.ts";

const types = fc.constantFrom(
  MODE_IS_INCLUDE,
  MODE_IS_EXCLUDE,
  CHANGE_TO_INCLUDE,
  CHANGE_TO_EXCLUDE,
  ALLOW_NEW_SOURCES,
  BLOCK_OLD_SOURCES,
);
const wide = fc.tuple(word, word, word, word);
const mapped = word.map((address): [number, number, number, number] => [0, 0, 0xffff, address]);

function property(addressBytes: number, address: fc.Arbitrary<[number, number, number, number]>): void {
  const read = new GroupRecord();
  fc.assert(
    fc.property(types, address, fc.array(address, { maxLength: 20 }), offset, (type, group, sources, at) => {
      const [group0, group1, group2, group3] = group;
      const x = Object.assign(new GroupRecord(), { type, group0, group1, group2, group3, sourceCount: sources.length });
      const words = Int32Array.from(sources.flat());
      const whole = emitted(at, (view, start) => emitGroupRecord(view, start, addressBytes, x, words));
      assert.equal(whole.end - whole.start, groupRecordBytes(addressBytes, sources.length));
      assert.equal(parseGroupRecord(whole.view, whole.start, whole.end, addressBytes, read), OK);
      assert.deepEqual(read, Object.assign(x, { sourcesStart: at + 4 + addressBytes, end: whole.end }));
      const again = new Int32Array(words.length);
      readAddresses(whole.view, read.sourcesStart, addressBytes, read.sourceCount, again);
      assert.deepEqual(again, words);
      assertTruncationsRefused(whole, (view, start, end) => parseGroupRecord(view, start, end, addressBytes, read));
    }),
  );
}

test("a record of IPv4 that is written is read again, and cut nowhere", () => property(IPV4_ADDRESS_BYTES, mapped));

test("a record of IPv6 that is written is read again, and cut nowhere", () => property(IPV6_ADDRESS_BYTES, wide));

test("any bytes are survived", () => {
  const read = new GroupRecord();
  for (const addressBytes of [IPV4_ADDRESS_BYTES, IPV6_ADDRESS_BYTES]) {
    assertSurvives(
      (view, start, end) => parseGroupRecord(view, start, end, addressBytes, read),
      [1, 0, 0, 1],
      [1, 1, 0, 0],
    );
  }
});

test("auxiliary data are passed over", () => {
  const read = new GroupRecord();
  assert.equal(parseGroupRecord(fromHex("04 01 0000 ef010203 deadbeef 00"), 0, 13, IPV4_ADDRESS_BYTES, read), OK);
  assert.deepEqual([read.type, read.group3, read.end], [CHANGE_TO_EXCLUDE, 0xef010203 | 0, 12]);
});

test("both records of Linux's report", () => {
  const frame = fromHex(CAPTURED.mldv2Report);
  const read = new GroupRecord();
  let at = frame.byteLength - 2 * 20;
  for (let i = 0; i < 2; i++) {
    assert.equal(parseGroupRecord(frame, at, frame.byteLength, IPV6_ADDRESS_BYTES, read), OK);
    assert.deepEqual([read.type, read.sourceCount, read.group0], [CHANGE_TO_EXCLUDE, 0, 0xff020000 | 0]);
    const again = emitted(0, (view, start) =>
      emitGroupRecord(view, start, IPV6_ADDRESS_BYTES, read, new Int32Array(0)),
    );
    assert.equal(toHex(again.view, 0, again.end), toHex(frame, at, read.end));
    at = read.end;
  }
  assert.equal(at, frame.byteLength);
});
