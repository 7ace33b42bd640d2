import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  alone,
  assertSurvives,
  assertTruncationsRefused,
  emitted,
  fromHex,
  offset,
  toHex,
  uint16,
  uint8,
  word,
} from "../../test/wire/bytes.ts";
import { CAPTURED } from "../../test/wire/captured.ts";
import { sum, updateChecksum } from "./checksum.ts";
import { ETHERNET_HEADER_BYTES } from "./ethernet.ts";
import { IpHeader, isFragment, MAPPED_WORD } from "./ip-header.ts";
import { PROTOCOL_IGMP, PROTOCOL_UDP } from "./ip-protocol.ts";
import {
  emitIpv4,
  IPV4_CHECKSUM_OFFSET,
  IPV4_MAX_BYTES,
  IPV4_MAX_HEADER_BYTES,
  IPV4_TTL_OFFSET,
  ipv4HeaderBytes,
  parseIpv4,
  parseQuotedIpv4,
} from "./ipv4.ts";
import { BAD_CHECKSUM, BAD_LENGTH, BAD_VALUE, BAD_VERSION, OK, TRUNCATED } from "./reason.ts";

const header = fc
  .record({
    trafficClass: uint8,
    identification: uint16,
    dontFragment: fc.boolean(),
    moreFragments: fc.boolean(),
    fragmentOffset: fc.nat({ max: 0x1f00 }).map((value) => value * 8),
    hopLimit: uint8,
    protocol: uint8,
    source3: word,
    destination3: word,
  })
  .map((fields) => Object.assign(new IpHeader(), { source2: MAPPED_WORD, destination2: MAPPED_WORD }, fields));
const options = fc.uint8Array({ maxLength: 40 });

test("what is written is read again, and cut nowhere", () => {
  const read = new IpHeader();
  fc.assert(
    fc.property(header, options, offset, fc.nat({ max: 40 }), (x, optionBytes, at, payloadBytes) => {
      const whole = emitted(at, (view, start) => {
        const end = emitIpv4(view, start, x, payloadBytes, optionBytes);
        for (let i = 0; i < payloadBytes; i++) view.setUint8(end + i, i);
        return end + payloadBytes;
      });
      assert.equal(parseIpv4(whole.view, whole.start, whole.end, read), OK);
      const payloadStart = whole.end - payloadBytes;
      assert.equal(payloadStart, whole.start + ipv4HeaderBytes(optionBytes.length));
      const places = { start: at, optionsStart: at + 20, payloadStart, payloadEnd: whole.end, protocolAt: at + 9 };
      const written = whole.view.getUint16(at + IPV4_CHECKSUM_OFFSET);
      assert.deepEqual(read, Object.assign(x, places, { checksum: written }));
      const padded = toHex(whole.view, read.optionsStart, payloadStart);
      const plain = [...optionBytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      assert.equal(padded, plain.padEnd(padded.length, "0"));
      // What comes behind the packet is a frame's padding.
      assert.equal(parseIpv4(whole.view, whole.start, whole.end + 7, read), OK);
      assert.equal(read.payloadEnd, whole.end);
      assertTruncationsRefused(whole, (view, start, end) => parseIpv4(view, start, end, read));
    }),
  );
});

test("any bytes are survived", () => {
  const read = new IpHeader();
  const parse = (view: DataView, start: number, end: number): unknown => [
    parseIpv4(view, start, end, read),
    parseQuotedIpv4(view, start, end, read),
  ];
  assertSurvives(parse, [0x45, 0], [0x4f, 0], [0x46, 0, 0, 40]);
});

test("Linux's headers, byte for byte", () => {
  const read = new IpHeader();
  for (const name of ["syn4", "lastFragment4", "recordRoute", "echo4", "igmpv3Report", "portUnreachable4"] as const) {
    const frame = fromHex(CAPTURED[name]);
    assert.equal(parseIpv4(frame, ETHERNET_HEADER_BYTES, frame.byteLength, read), OK, name);
    assert.equal(read.payloadEnd, frame.byteLength);
    const bytes = new Uint8Array(frame.buffer, read.optionsStart, read.payloadStart - read.optionsStart);
    const again = emitted(0, (view, start) => emitIpv4(view, start, read, read.payloadEnd - read.payloadStart, bytes));
    assert.equal(toHex(again.view, 0, again.end), toHex(frame, ETHERNET_HEADER_BYTES, read.payloadStart), name);
    assert.equal(read.protocol === PROTOCOL_IGMP, name === "igmpv3Report");
  }
});

test("the last fragment of a datagram of 3,000 bytes", () => {
  const frame = fromHex(CAPTURED.lastFragment4);
  const read = new IpHeader();
  assert.equal(parseIpv4(frame, ETHERNET_HEADER_BYTES, frame.byteLength, read), OK);
  assert.ok(isFragment(read));
  assert.deepEqual(
    [read.fragmentOffset, read.moreFragments, read.protocol, read.payloadEnd - read.payloadStart],
    [2960, false, PROTOCOL_UDP, 48],
  );
  assert.deepEqual([read.source3, read.destination3], [0x0a090001, 0x0a090002]);
});

/** A packet of 28 bytes with its checksum made right after `change`. */
function changed(change: (view: DataView) => void): DataView {
  const view = fromHex("4500001c 12340000 40110000 7f000001 7f000001 0007000700080000");
  change(view);
  view.setUint16(IPV4_CHECKSUM_OFFSET, 0);
  view.setUint16(IPV4_CHECKSUM_OFFSET, ~sum(view, 0, Math.max(20, (view.getUint8(0) & 15) * 4)));
  return view;
}

test("each field that lies has its reason", () => {
  const read = new IpHeader();
  const parse = (view: DataView): number => parseIpv4(view, 0, view.byteLength, read);
  assert.equal(parse(changed(() => {})), OK);
  assert.equal(parse(changed((view) => view.setUint8(0, 0x65))), BAD_VERSION);
  assert.equal(parse(changed((view) => view.setUint8(0, 0x44))), BAD_LENGTH);
  assert.equal(parse(changed((view) => view.setUint16(2, 19))), BAD_LENGTH);
  assert.equal(parse(changed((view) => view.setUint16(2, 29))), TRUNCATED);
  // Eight bytes at the offset 65,528 would end behind the largest packet.
  assert.equal(parse(changed((view) => view.setUint16(6, 0x1fff))), BAD_VALUE);
  assert.equal(parse(changed((view) => view.setUint16(6, 0x1ffe))), OK);
  assert.equal(read.fragmentOffset, 65_520);
  // Seven bytes at 65,528 are its last ones.
  const last = changed((view) => {
    view.setUint16(2, 27);
    view.setUint16(6, 0x1fff);
  });
  assert.equal(parse(last), OK);
  assert.equal(read.fragmentOffset + read.payloadEnd - read.payloadStart, IPV4_MAX_BYTES);
});

test("a wrong bit in the header is seen", () => {
  const read = new IpHeader();
  for (let bit = 0; bit < 160; bit++) {
    const view = changed(() => {});
    view.setUint8(bit >> 3, view.getUint8(bit >> 3) ^ (1 << (bit & 7)));
    assert.notEqual(parseIpv4(view, 0, view.byteLength, read), OK, `bit ${bit}`);
  }
  const view = changed(() => {});
  view.setUint8(IPV4_TTL_OFFSET, 63);
  assert.equal(parseIpv4(view, 0, view.byteLength, read), BAD_CHECKSUM);
});

test("a hop decrements the time to live and updates the checksum", () => {
  const view = changed(() => {});
  const old = view.getUint16(IPV4_TTL_OFFSET);
  view.setUint8(IPV4_TTL_OFFSET, view.getUint8(IPV4_TTL_OFFSET) - 1);
  const before = view.getUint16(IPV4_CHECKSUM_OFFSET);
  view.setUint16(IPV4_CHECKSUM_OFFSET, updateChecksum(before, old, view.getUint16(IPV4_TTL_OFFSET)));
  assert.equal(parseIpv4(view, 0, view.byteLength, new IpHeader()), OK);
});

test("a quoted packet may be cut, and changed on its way", () => {
  const frame = fromHex(CAPTURED.portUnreachable4);
  const outer = new IpHeader();
  assert.equal(parseIpv4(frame, ETHERNET_HEADER_BYTES, frame.byteLength, outer), OK);
  const quoted = outer.payloadStart + 8;
  frame.setUint8(quoted + IPV4_TTL_OFFSET, 1);
  const read = new IpHeader();
  const end = quoted + 28;
  assert.equal(parseIpv4(frame, quoted, end, read), BAD_CHECKSUM);
  assert.equal(parseQuotedIpv4(frame, quoted, end, read), OK);
  assert.deepEqual([read.protocol, read.hopLimit, read.payloadStart, read.payloadEnd], [17, 1, quoted + 20, end]);
  assertTruncationsRefused({ view: frame, start: quoted, end: quoted + 20 }, (view, start, cut) =>
    parseQuotedIpv4(view, start, cut, read),
  );
});

test("the largest packet", () => {
  const view = new DataView(new ArrayBuffer(IPV4_MAX_BYTES));
  const header = Object.assign(new IpHeader(), { hopLimit: 1, identification: 0xffff, fragmentOffset: 0 });
  assert.equal(emitIpv4(view, 0, header, IPV4_MAX_BYTES - 20), 20);
  assert.equal(parseIpv4(view, 0, IPV4_MAX_BYTES, header), OK);
  assert.equal(header.payloadEnd, IPV4_MAX_BYTES);
  assert.equal(parseIpv4(view, 0, IPV4_MAX_BYTES - 1, header), TRUNCATED);
});

test("all options that fit are forty bytes", () => {
  assert.equal(ipv4HeaderBytes(40), IPV4_MAX_HEADER_BYTES);
  assert.equal(ipv4HeaderBytes(1), 24);
  const x = Object.assign(new IpHeader(), { hopLimit: 1 });
  const whole = emitted(0, (view, start) => emitIpv4(view, start, x, 0, new Uint8Array(40).fill(1)));
  assert.equal(parseIpv4(alone(whole), 0, 60, x), OK);
  assert.equal(x.payloadStart - x.optionsStart, 40);
});
