import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  assertRoundTrips,
  assertSurvives,
  emitted,
  filled,
  fromHex,
  toHex,
  uint16,
  uint32,
  uint8,
  word,
} from "../../test/wire/bytes.ts";
import { CAPTURED } from "../../test/wire/captured.ts";
import { sealIcmpv6 } from "./icmpv6.ts";
import { IpHeader, pseudoHeaderSumOf } from "./ip-header.ts";
import { parseIpv6 } from "./ipv6.ts";
import {
  emitNeighbourDiscovery,
  NEIGHBOUR_ADVERTISEMENT,
  NEIGHBOUR_HOP_LIMIT,
  NEIGHBOUR_SOLICITATION,
  NeighbourMessage,
  parseNeighbourDiscovery,
  REDIRECT,
  ROUTER_ADVERTISEMENT,
  ROUTER_SOLICITATION,
} from "./neighbour-discovery.ts";
import {
  emitNeighbourOption,
  NeighbourOption,
  parseNeighbourOption,
  PREFERENCE_HIGH,
  PREFERENCE_LOW,
  PREFERENCE_MEDIUM,
  PREFIX_INFORMATION,
  SOURCE_LINK_LAYER_ADDRESS,
  TARGET_LINK_LAYER_ADDRESS,
} from "./neighbour-option.ts";
import { BAD_LENGTH, BAD_VALUE, OK, TRUNCATED, UNSUPPORTED } from "./reason.ts";

function kind(type: number, fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<NeighbourMessage> {
  return filled(NeighbourMessage, { type: fc.constant(type), checksum: uint16, ...fields });
}

const unicastWord = word.filter((value) => value >>> 24 !== 0xff);
const target = { target0: unicastWord, target1: word, target2: word, target3: word };
const messages = fc.oneof(
  kind(ROUTER_SOLICITATION, {}),
  kind(ROUTER_ADVERTISEMENT, {
    hopLimit: uint8,
    managed: fc.boolean(),
    otherConfiguration: fc.boolean(),
    preference: fc.constantFrom(PREFERENCE_HIGH, PREFERENCE_MEDIUM, PREFERENCE_LOW),
    routerLifetimeS: uint16,
    reachableTimeMs: uint32,
    retransmitTimeMs: uint32,
  }),
  kind(NEIGHBOUR_SOLICITATION, target),
  kind(NEIGHBOUR_ADVERTISEMENT, {
    ...target,
    router: fc.boolean(),
    solicited: fc.boolean(),
    override: fc.boolean(),
  }),
  kind(REDIRECT, {
    ...target,
    destination0: unicastWord,
    destination1: word,
    destination2: word,
    destination3: word,
  }),
);

test("what is written is read again, and cut nowhere", () => {
  assertRoundTrips({
    values: messages,
    into: new NeighbourMessage(),
    emit: emitNeighbourDiscovery,
    parse: parseNeighbourDiscovery,
    places: (_start, end) => ({ optionsStart: end, optionsEnd: end }),
  });
});

test("any bytes are survived, and the options of what is accepted can be walked", () => {
  const message = new NeighbourMessage();
  const option = new NeighbourOption();
  const parse = (view: DataView, start: number, end: number): void => {
    if (parseNeighbourDiscovery(view, start, end, message) !== OK) return;
    for (let at = message.optionsStart; at < message.optionsEnd; at = option.end) {
      const reason = parseNeighbourOption(view, at, message.optionsEnd, option);
      assert.ok(reason !== TRUNCATED && reason !== BAD_LENGTH);
      assert.ok(option.end > at && option.end <= message.optionsEnd);
    }
  };
  const zeros = Array<number>(6).fill(0);
  const option1 = [SOURCE_LINK_LAYER_ADDRESS, 1, ...zeros];
  assertSurvives(parse, [133, 0, ...zeros], [133, 0, ...zeros, ...option1], [136, 0, ...zeros], [137, 0, ...zeros]);
});

test("Linux's messages and their options, byte for byte", () => {
  const ip = new IpHeader();
  const message = new NeighbourMessage();
  const option = new NeighbourOption();
  for (const [name, type, optionType] of [
    ["routerSolicitation", ROUTER_SOLICITATION, SOURCE_LINK_LAYER_ADDRESS],
    ["neighbourSolicitation", NEIGHBOUR_SOLICITATION, SOURCE_LINK_LAYER_ADDRESS],
    ["neighbourAdvertisement", NEIGHBOUR_ADVERTISEMENT, TARGET_LINK_LAYER_ADDRESS],
  ] as const) {
    const frame = fromHex(CAPTURED[name]);
    assert.equal(parseIpv6(frame, 14, frame.byteLength, ip), OK);
    assert.equal(ip.hopLimit, NEIGHBOUR_HOP_LIMIT);
    assert.equal(parseNeighbourDiscovery(frame, ip.payloadStart, ip.payloadEnd, message), OK);
    assert.equal(parseNeighbourOption(frame, message.optionsStart, message.optionsEnd, option), OK);
    assert.deepEqual([message.type, option.type, option.end], [type, optionType, message.optionsEnd]);
    // The source address of the frame is what the option says.
    assert.deepEqual([option.addressHigh, option.addressLow], [frame.getUint16(6), frame.getInt32(8)]);
    const again = emitted(0, (view, start) => {
      const end = emitNeighbourOption(view, emitNeighbourDiscovery(view, start, message), option);
      sealIcmpv6(view, start, end, pseudoHeaderSumOf(ip));
      return end;
    });
    assert.equal(toHex(again.view, 0, again.end), toHex(frame, ip.payloadStart), name);
  }
  assert.deepEqual([message.router, message.solicited, message.override], [false, true, true]);
  assert.deepEqual([message.target0, message.target3], [0xfd090000 | 0, 2]);
});

test("a message that RFC 4861 tells to drop", () => {
  const read = new NeighbourMessage();
  const make = (type: number, change: (view: DataView) => void): number => {
    const whole = emitted(0, (view, start) => {
      const message = Object.assign(new NeighbourMessage(), { type });
      const option = Object.assign(new NeighbourOption(), { type: PREFIX_INFORMATION });
      return emitNeighbourOption(view, emitNeighbourDiscovery(view, start, message), option);
    });
    change(whole.view);
    return parseNeighbourDiscovery(whole.view, 0, whole.end, read);
  };
  assert.equal(
    make(NEIGHBOUR_SOLICITATION, () => {}),
    OK,
  );
  assert.equal(
    make(NEIGHBOUR_SOLICITATION, (view) => view.setUint8(1, 1)),
    BAD_VALUE,
  );
  assert.equal(
    make(NEIGHBOUR_SOLICITATION, (view) => view.setUint8(8, 0xff)),
    BAD_VALUE,
  );
  assert.equal(
    make(REDIRECT, (view) => view.setUint8(24, 0xff)),
    BAD_VALUE,
  );
  assert.equal(
    make(NEIGHBOUR_SOLICITATION, (view) => view.setUint8(25, 0)),
    BAD_LENGTH,
  );
  assert.equal(
    make(NEIGHBOUR_SOLICITATION, (view) => view.setUint8(25, 5)),
    TRUNCATED,
  );
  assert.equal(
    make(ROUTER_SOLICITATION, (view) => view.setUint8(0, 138)),
    UNSUPPORTED,
  );
});

test("the reserved preference is medium", () => {
  const whole = emitted(0, (view, start) =>
    emitNeighbourDiscovery(view, start, Object.assign(new NeighbourMessage(), { type: ROUTER_ADVERTISEMENT })),
  );
  whole.view.setUint8(5, 0x10);
  const read = new NeighbourMessage();
  assert.equal(parseNeighbourDiscovery(whole.view, 0, whole.end, read), OK);
  assert.equal(read.preference, PREFERENCE_MEDIUM);
});
