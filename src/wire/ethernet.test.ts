import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { assertRoundTrips, assertSurvives, emitted, fromHex, toHex, uint16, word } from "../../test/wire/bytes.ts";
import { CAPTURED } from "../../test/wire/captured.ts";
import {
  emitEthernet,
  ETHERNET_HEADER_BYTES,
  ethernetHeaderBytes,
  EthernetHeader,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  isGroupAddress,
  MAX_TAGS,
  parseEthernet,
} from "./ethernet.ts";
import { BAD_LENGTH, OK, TRUNCATED } from "./reason.ts";
import {
  ETHERTYPE_SERVICE_VLAN,
  ETHERTYPE_VLAN,
  vlanDropEligible,
  vlanId,
  vlanPriority,
  VLAN_TAG_BYTES,
  vlanTag,
} from "./vlan.ts";

const tagType = fc.constantFrom<number[]>(ETHERTYPE_VLAN, ETHERTYPE_SERVICE_VLAN);
const type = fc
  .integer({ min: 0x0600, max: 0xffff })
  .filter((value) => value !== ETHERTYPE_VLAN && value !== ETHERTYPE_SERVICE_VLAN);

const header = fc
  .record({
    destinationHigh: uint16,
    destinationLow: word,
    sourceHigh: uint16,
    sourceLow: word,
    type,
    tagCount: fc.nat({ max: MAX_TAGS }),
    outerType: tagType,
    outerTag: uint16,
    innerType: tagType,
    innerTag: uint16,
  })
  .map((fields) => {
    const made = Object.assign(new EthernetHeader(), fields);
    if (made.tagCount < 2) made.innerType = made.innerTag = 0;
    if (made.tagCount < 1) made.outerType = made.outerTag = 0;
    return made;
  });

test("what is written is read again, with its tags, and cut nowhere", () => {
  assertRoundTrips({
    values: header,
    into: new EthernetHeader(),
    emit: emitEthernet,
    parse: parseEthernet,
    bytes: ethernetHeaderBytes,
    places: (_start, end) => ({ payloadStart: end, payloadEnd: end }),
  });
});

test("any bytes are survived", () => {
  const read = new EthernetHeader();
  const tagged = [...Array<number>(12).fill(1), 0x81, 0, 0, 7];
  assertSurvives((view, start, end) => parseEthernet(view, start, end, read), tagged, [...tagged, 0x88, 0xa8]);
});

test("a third tag is payload", () => {
  const frame = fromHex("ffffffffffff 020000000001 88a8 0007 8100 0008 8100 0009 0800");
  const read = new EthernetHeader();
  assert.equal(parseEthernet(frame, 0, frame.byteLength, read), OK);
  assert.deepEqual([read.tagCount, vlanId(read.outerTag), vlanId(read.innerTag)], [2, 7, 8]);
  assert.deepEqual([read.type, read.payloadStart], [ETHERTYPE_VLAN, ETHERNET_HEADER_BYTES + 2 * VLAN_TAG_BYTES]);
});

test("a frame of IEEE 802.3 says where its padding begins", () => {
  const frame = fromHex("0180c2000000 020000000001 0003 424203 0000000000");
  const read = new EthernetHeader();
  assert.equal(parseEthernet(frame, 0, frame.byteLength, read), OK);
  assert.deepEqual([read.type, read.payloadStart, read.payloadEnd], [0, 14, 17]);
  const again = emitted(0, (view, start) => emitEthernet(view, start, read));
  assert.equal(toHex(again.view, 0, again.end), toHex(frame, 0, 14));
  assert.equal(parseEthernet(frame, 0, 16, read), TRUNCATED);
  frame.setUint16(12, 1501);
  assert.equal(parseEthernet(frame, 0, frame.byteLength, read), BAD_LENGTH);
});

test("types as Linux sends them", () => {
  const read = new EthernetHeader();
  for (const [name, expected] of [
    ["arpRequest", ETHERTYPE_ARP],
    ["syn4", ETHERTYPE_IPV4],
    ["syn6", ETHERTYPE_IPV6],
  ] as const) {
    const frame = fromHex(CAPTURED[name]);
    assert.equal(parseEthernet(frame, 0, frame.byteLength, read), OK);
    assert.equal(read.type, expected);
    assert.equal(isGroupAddress(read.destinationHigh), name === "arpRequest");
  }
});

test("the fields of a tag", () => {
  fc.assert(
    fc.property(fc.nat({ max: 4095 }), fc.nat({ max: 7 }), fc.boolean(), (id, priority, dropEligible) => {
      const tag = vlanTag(id, priority, dropEligible);
      assert.deepEqual([vlanId(tag), vlanPriority(tag), vlanDropEligible(tag)], [id, priority, dropEligible]);
    }),
  );
  assert.equal(vlanTag(100, 5), 0xa064);
});
