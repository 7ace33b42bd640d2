import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { assertSurvives, emitted, fromHex, toHex, viewOf, word } from "../../test/wire/bytes.ts";
import { CAPTURED } from "../../test/wire/captured.ts";
import { IpHeader } from "./ip-header.ts";
import {
  copiedOptions,
  ipv4OptionBytes,
  Ipv4Options,
  listIpv4Options,
  OPTION_END,
  OPTION_LOOSE_SOURCE_ROUTE,
  OPTION_NOP,
  OPTION_RECORD_ROUTE,
  OPTION_ROUTER_ALERT,
  OPTION_STRICT_SOURCE_ROUTE,
  OPTION_TIMESTAMP,
  parseIpv4Options,
  recordAddress,
  recordTimestamp,
  routeSlot,
  routerAlertOption,
  TIMESTAMP_AND_ADDRESS,
  TIMESTAMP_ONLY,
  TIMESTAMP_PRESPECIFIED,
  type Ipv4Option,
} from "./ipv4-option.ts";
import { emitIpv4, parseIpv4 } from "./ipv4.ts";
import { BAD_OPTION, OK } from "./reason.ts";

function parse(view: DataView, into: Ipv4Options = new Ipv4Options()): number {
  return parseIpv4Options(view, -20, 0, view.byteLength, into);
}

const option: fc.Arbitrary<Ipv4Option> = fc
  .record({ type: fc.integer({ min: 2, max: 255 }), data: fc.uint8Array({ maxLength: 8 }) }, { noNullPrototype: true })
  .filter(
    ({ type }) =>
      type !== OPTION_END &&
      type !== OPTION_NOP &&
      type !== OPTION_RECORD_ROUTE &&
      type !== OPTION_TIMESTAMP &&
      type !== OPTION_LOOSE_SOURCE_ROUTE &&
      type !== OPTION_STRICT_SOURCE_ROUTE &&
      type !== OPTION_ROUTER_ALERT,
  );

test("options that are written in a header are read again, unknown ones too", () => {
  fc.assert(
    fc.property(fc.array(option, { maxLength: 4 }), (options) => {
      const header = Object.assign(new IpHeader(), { hopLimit: 1, source2: 0xffff });
      const whole = emitted(0, (view, start) => emitIpv4(view, start, header, 0, ipv4OptionBytes(options)));
      assert.equal(parseIpv4(whole.view, 0, whole.end, header), OK);
      assert.equal(parseIpv4Options(whole.view, 0, header.optionsStart, header.payloadStart, new Ipv4Options()), OK);
      assert.deepEqual(listIpv4Options(whole.view, header.optionsStart, header.payloadStart), options);
    }),
  );
});

test("any bytes are survived, and what is accepted can be written into", () => {
  const read = new Ipv4Options();
  assertSurvives(
    (view, start, end) => {
      listIpv4Options(view, start, end);
      if (parseIpv4Options(view, start, start, end, read) !== OK) return;
      for (const at of [read.recordRouteAt, read.sourceRouteAt]) {
        if (at < 0) continue;
        for (let i = 0; i < 70; i++) recordAddress(view, at, 1);
      }
      for (let i = 0; read.timestampAt >= 0 && i < 80; i++) recordTimestamp(view, read.timestampAt, 1, 1, () => true);
    },
    [7, 11, 4],
    [68, 12, 5, 0],
    [68, 12, 5, 1],
    [68, 12, 5, 3],
    [131, 7, 4],
    [137, 15, 8],
    [148, 4, 0, 0],
  );
});

test("a route whose last place is too short takes no address there, and leaves what follows alone", () => {
  // Room for two addresses and a byte.
  const option = Uint8Array.of(OPTION_RECORD_ROUTE, 12, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xaa, 0xbb, 0xcc);
  const view = viewOf(option);
  assert.deepEqual(
    [recordAddress(view, 0, -1), recordAddress(view, 0, -1), recordAddress(view, 0, -1)],
    [true, true, false],
  );
  assert.deepEqual([...option.subarray(11)], [0, 0xaa, 0xbb, 0xcc]);
});

test("options that do not fit in forty bytes are left out", () => {
  const long = { type: 200, data: new Uint8Array(30) };
  assert.equal(ipv4OptionBytes([long, long, { type: 201, data: new Uint8Array(6) }]).length, 40);
});

test("a packet that asks to record its route, as Linux sent it", () => {
  const frame = fromHex(CAPTURED.recordRoute);
  const header = new IpHeader();
  assert.equal(parseIpv4(frame, 14, frame.byteLength, header), OK);
  const read = new Ipv4Options();
  assert.equal(parseIpv4Options(frame, 14, header.optionsStart, header.payloadStart, read), OK);
  assert.ok(read.recordRouteAt >= header.optionsStart);
  assert.deepEqual([read.timestampAt, read.sourceRouteAt, read.routerAlert], [-1, -1, -1]);
});

test("the router alert of Linux's IGMP report", () => {
  const frame = fromHex(CAPTURED.igmpv3Report);
  const header = new IpHeader();
  assert.equal(parseIpv4(frame, 14, frame.byteLength, header), OK);
  const read = new Ipv4Options();
  assert.equal(parseIpv4Options(frame, 14, header.optionsStart, header.payloadStart, read), OK);
  assert.equal(read.routerAlert, 0);
  assert.equal(toHex(frame, header.optionsStart, header.payloadStart), toHex(viewOf(routerAlertOption())));
});

test("addresses are recorded until the route is full", () => {
  const view = fromHex("07 0b 04 00000000 00000000");
  const read = new Ipv4Options();
  for (const [address, room] of [
    [0x0a000001, true],
    [0x0a000002, true],
    [0x0a000003, false],
  ] as const) {
    assert.equal(parse(view, read), OK);
    assert.equal(recordAddress(view, read.recordRouteAt, address), room);
  }
  assert.equal(toHex(view), "070b0c0a0000010a000002");
  assert.equal(routeSlot(view, 0), -1);
});

test("a source route tells whether it is strict, and there is one at most", () => {
  const read = new Ipv4Options();
  assert.equal(parse(fromHex("89 07 04 0a000001"), read), OK);
  assert.deepEqual([read.sourceRouteAt, read.strict], [0, true]);
  assert.equal(parse(fromHex("83 07 04 0a000001"), read), OK);
  assert.equal(read.strict, false);
  assert.equal(parse(fromHex("83 07 04 0a000001 89 07 04 0a000001"), read), BAD_OPTION);
  assert.equal(read.problemPointer, 28);
});

test("times are recorded alone, with addresses, and by those who are asked", () => {
  const own = (address: number): boolean => address === 2;
  const alone = fromHex(`44 08 05 0${TIMESTAMP_ONLY} 00000000`);
  assert.ok(recordTimestamp(alone, 0, 1000, 1, own));
  assert.equal(toHex(alone), "44080900000003e8");
  const both = fromHex(`44 0c 05 0${TIMESTAMP_AND_ADDRESS} 00000000 00000000`);
  assert.ok(recordTimestamp(both, 0, 1000, 1, own));
  assert.equal(toHex(both), "440c0d0100000001000003e8");
  const asked = fromHex(`44 14 05 0${TIMESTAMP_PRESPECIFIED} 00000002 00000000 00000003 00000000`);
  assert.ok(recordTimestamp(asked, 0, 1000, 1, own));
  assert.ok(recordTimestamp(asked, 0, 1000, 1, own));
  assert.equal(toHex(asked), "44140d0300000002000003e80000000300000000");
});

test("what found no room is counted, until the count is full", () => {
  const view = fromHex("44 04 05 00");
  for (let i = 0; i < 15; i++) assert.ok(recordTimestamp(view, 0, 1, 1, () => true));
  assert.equal(view.getUint8(3), 0xf0);
  assert.ok(!recordTimestamp(view, 0, 1, 1, () => true));
  const asked = fromHex("44 04 05 03");
  assert.ok(recordTimestamp(asked, 0, 1, 1, () => true));
  assert.equal(asked.getUint8(3), 3);
});

test("what is wrong is pointed at, from the header's start", () => {
  for (const [hex, pointer] of [
    ["07 02 0000", 21],
    ["07 07 07 00000000", 22],
    ["07 07 08 00000000", OK],
    ["07 07 03 00000000", 22],
    ["07 09 05 000000000000 00", OK],
    ["07 09 07 000000000000 00", 22],
    ["07 03 04 07 03 04", 24],
    ["44 03 05", 21],
    ["44 08 04 00 00000000", 22],
    ["44 08 05 02 00000000", 23],
    ["44 08 05 01 00000000", 22],
    ["44 04 05 00 44 04 05 00", 25],
    ["94 03 00", 21],
    ["01 01 c8 01", 22],
    ["01 01 c8 05", 22],
    ["01 01 c8", 22],
  ] as const) {
    const read = new Ipv4Options();
    assert.equal(parse(fromHex(hex), read), pointer === OK ? OK : BAD_OPTION, hex);
    assert.equal(read.problemPointer, pointer, hex);
  }
});

test("the end of the options ends them", () => {
  assert.equal(parse(fromHex("01 00 07 01")), OK);
  assert.deepEqual(listIpv4Options(fromHex("01 00 c8 02"), 0, 4), []);
});

test("fragments behind the first carry the options whose type says so", () => {
  const data = new Uint8Array(2);
  const all = [OPTION_RECORD_ROUTE, OPTION_STRICT_SOURCE_ROUTE, OPTION_ROUTER_ALERT, OPTION_TIMESTAMP];
  assert.deepEqual(
    copiedOptions(all.map((type) => ({ type, data }))).map(({ type }) => type),
    [OPTION_STRICT_SOURCE_ROUTE, OPTION_ROUTER_ALERT],
  );
});

test("any address and time can be recorded", () => {
  fc.assert(
    fc.property(word, fc.nat({ max: 86_399_999 }), (address, timeMs) => {
      const view = fromHex("44 0c 05 01 00000000 00000000");
      assert.ok(recordTimestamp(view, 0, timeMs, address, () => false));
      assert.deepEqual([view.getInt32(4), view.getUint32(8)], [address, timeMs]);
    }),
  );
});
