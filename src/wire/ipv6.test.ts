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
  uint8,
  word,
} from "../../test/wire/bytes.ts";
import { CAPTURED } from "../../test/wire/captured.ts";
import { ETHERNET_HEADER_BYTES } from "./ethernet.ts";
import { IpHeader, isFragment } from "./ip-header.ts";
import { PROTOCOL_HOP_BY_HOP, PROTOCOL_ICMPV6, PROTOCOL_UDP } from "./ip-protocol.ts";
import { isIpv6Extension, IPV6_HEADER_BYTES, parseIpv6Extensions } from "./ipv6-extension.ts";
import { emitIpv6, IPV6_HOP_LIMIT_OFFSET, parseIpv6, parseQuotedIpv6 } from "./ipv6.ts";
import { BAD_VERSION, OK, TRUNCATED } from "./reason.ts";

const header = fc
  .record({
    trafficClass: uint8,
    flowLabel: fc.nat({ max: 0xfffff }),
    hopLimit: uint8,
    protocol: uint8.filter((protocol) => !isIpv6Extension(protocol)),
    source0: word,
    source1: word,
    source2: word,
    source3: word,
    destination0: word,
    destination1: word,
    destination2: word,
    destination3: word,
  })
  .map((fields) => Object.assign(new IpHeader(), { version: 6, dontFragment: true }, fields));

test("what is written is read again, and cut nowhere", () => {
  const read = new IpHeader();
  fc.assert(
    fc.property(header, offset, fc.nat({ max: 40 }), (x, at, payloadBytes) => {
      const whole = emitted(at, (view, start) => {
        const end = emitIpv6(view, start, x, payloadBytes);
        for (let i = 0; i < payloadBytes; i++) view.setUint8(end + i, i);
        return end + payloadBytes;
      });
      assert.equal(parseIpv6(whole.view, whole.start, whole.end, read), OK);
      const payloadStart = at + IPV6_HEADER_BYTES;
      const places = { start: at, optionsStart: payloadStart, payloadStart, payloadEnd: whole.end, protocolAt: at + 6 };
      assert.deepEqual(read, Object.assign(x, places));
      assert.equal(parseIpv6(whole.view, whole.start, whole.end + 7, read), OK);
      assert.equal(read.payloadEnd, whole.end);
      assertTruncationsRefused(whole, (view, start, end) => parseIpv6(view, start, end, read));
    }),
  );
});

test("any bytes are survived", () => {
  const read = new IpHeader();
  const parse = (view: DataView, start: number, end: number): void => {
    if (parseIpv6(view, start, end, read) === OK) parseIpv6Extensions(view, read);
    if (parseQuotedIpv6(view, start, end, read) === OK) parseIpv6Extensions(view, read);
  };
  const heads = [0, 43, 44, 60].map((next) => [0x60, 0, 0, 0, 0, 64, next, 1, ...Array<number>(32).fill(1)]);
  assertSurvives(parse, ...heads, ...heads.map((head) => [...head, 60, 0, 1, 4, 0, 0, 0, 0]));
});

test("Linux's headers, byte for byte", () => {
  const read = new IpHeader();
  for (const name of ["syn6", "udp6", "echo6", "portUnreachable6"] as const) {
    const frame = fromHex(CAPTURED[name]);
    assert.equal(parseIpv6(frame, ETHERNET_HEADER_BYTES, frame.byteLength, read), OK, name);
    assert.equal(read.payloadEnd, frame.byteLength);
    const again = emitted(0, (view, start) => emitIpv6(view, start, read, read.payloadEnd - read.payloadStart));
    assert.equal(toHex(again.view, 0, again.end), toHex(frame, ETHERNET_HEADER_BYTES, read.payloadStart), name);
  }
  assert.equal(frameHopLimit("echo6"), 64);
});

function frameHopLimit(name: keyof typeof CAPTURED): number {
  return fromHex(CAPTURED[name]).getUint8(ETHERNET_HEADER_BYTES + IPV6_HOP_LIMIT_OFFSET);
}

test("Hop-by-Hop Options are read with the header", () => {
  const read = new IpHeader();
  for (const [name, alert] of [
    ["hopByHop", -1],
    ["mldv2Report", 0],
  ] as const) {
    const frame = fromHex(CAPTURED[name]);
    assert.equal(parseIpv6(frame, ETHERNET_HEADER_BYTES, frame.byteLength, read), OK, name);
    assert.deepEqual([read.protocol, read.routerAlert, read.extensionCount], [PROTOCOL_ICMPV6, alert, 1]);
    assert.equal(read.payloadStart, ETHERNET_HEADER_BYTES + IPV6_HEADER_BYTES + 8);
    assert.equal(read.protocolAt, ETHERNET_HEADER_BYTES + IPV6_HEADER_BYTES);
    const whole = { view: frame, start: ETHERNET_HEADER_BYTES, end: frame.byteLength };
    assertTruncationsRefused(whole, (view, start, end) => parseIpv6(view, start, end, new IpHeader()));
  }
});

test("Linux's last fragment of a datagram of 3,000 bytes", () => {
  const frame = fromHex(CAPTURED.lastFragment6);
  const read = new IpHeader();
  assert.equal(parseIpv6(frame, ETHERNET_HEADER_BYTES, frame.byteLength, read), OK);
  assert.ok(!isFragment(read));
  assert.equal(parseIpv6Extensions(frame, read), OK);
  assert.ok(isFragment(read));
  assert.deepEqual(
    [read.fragmentOffset, read.moreFragments, read.protocol, read.identification],
    [2896, false, PROTOCOL_UDP, 0x6ba539be],
  );
});

test("another version, and a packet that is shorter than it says", () => {
  const read = new IpHeader();
  const view = fromHex(`45000000 0000 3b 40 ${"00".repeat(32)}`);
  assert.equal(parseIpv6(view, 0, 40, read), BAD_VERSION);
  view.setUint8(0, 0x60);
  assert.equal(parseIpv6(view, 0, 40, read), OK);
  view.setUint16(4, 1);
  assert.equal(parseIpv6(view, 0, 40, read), TRUNCATED);
  assert.equal(parseQuotedIpv6(view, 0, 40, read), OK);
  view.setUint16(4, 0);
  view.setUint8(6, PROTOCOL_HOP_BY_HOP);
  assert.equal(parseIpv6(view, 0, 40, read), TRUNCATED);
});
