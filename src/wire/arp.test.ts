import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertRoundTrips,
  assertSurvives,
  emitted,
  filled,
  fromHex,
  toHex,
  uint16,
  word,
} from "../../test/wire/bytes.ts";
import { CAPTURED } from "../../test/wire/captured.ts";
import { ARP_BYTES, ARP_REPLY, ARP_REQUEST, ArpPacket, emitArp, parseArp } from "./arp.ts";
import { ETHERNET_HEADER_BYTES } from "./ethernet.ts";
import { BAD_LENGTH, OK, UNSUPPORTED } from "./reason.ts";

const packet = filled(ArpPacket, {
  operation: uint16,
  senderHardwareHigh: uint16,
  senderHardwareLow: word,
  senderAddress: word,
  targetHardwareHigh: uint16,
  targetHardwareLow: word,
  targetAddress: word,
});

test("what is written is read again, and cut nowhere", () => {
  assertRoundTrips({
    values: packet,
    into: new ArpPacket(),
    emit: emitArp,
    parse: parseArp,
    bytes: () => ARP_BYTES,
    places: () => ({}),
  });
});

test("any bytes are survived", () => {
  const read = new ArpPacket();
  assertSurvives((view, start, end) => parseArp(view, start, end, read), [0, 1, 8, 0, 6, 4], [0, 1, 8, 0]);
});

test("Linux's request and reply, byte for byte", () => {
  const read = new ArpPacket();
  for (const [name, operation] of [
    ["arpRequest", ARP_REQUEST],
    ["arpReply", ARP_REPLY],
  ] as const) {
    const frame = fromHex(CAPTURED[name]);
    assert.equal(parseArp(frame, ETHERNET_HEADER_BYTES, frame.byteLength, read), OK);
    assert.equal(read.operation, operation);
    const again = emitted(0, (view, start) => emitArp(view, start, read));
    assert.equal(toHex(again.view, 0, again.end), toHex(frame, ETHERNET_HEADER_BYTES));
  }
  assert.deepEqual([read.senderAddress, read.targetAddress], [0x0a090002, 0x0a090001]);
});

test("other hardware and protocols are not spoken, and other lengths are a lie", () => {
  const read = new ArpPacket();
  for (const [at, value, reason] of [
    [0, 6, UNSUPPORTED],
    [2, 0x86dd, UNSUPPORTED],
    [4, 0x0810, BAD_LENGTH],
  ] as const) {
    const { view, end } = emitted(0, (memory, start) => emitArp(memory, start, new ArpPacket()));
    view.setUint16(at, value);
    assert.equal(parseArp(view, 0, end, read), reason);
  }
});
