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
import { ETHERNET_HEADER_BYTES } from "./ethernet.ts";
import {
  emitIcmpv6,
  EXCEEDED6_IN_TRANSIT,
  EXCEEDED6_REASSEMBLY,
  ICMPV6_ECHO,
  ICMPV6_ECHO_REPLY,
  ICMPV6_HEADER_BYTES,
  ICMPV6_PACKET_TOO_BIG,
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_TIME_EXCEEDED,
  ICMPV6_UNREACHABLE,
  Icmpv6Message,
  isIcmpv6Error,
  parseIcmpv6,
  PROBLEM6_FIELD,
  PROBLEM6_INCOMPLETE_CHAIN,
  PROBLEM6_NEXT_HEADER,
  PROBLEM6_OPTION,
  sealIcmpv6,
  UNREACHABLE6_ADDRESS,
  UNREACHABLE6_BEYOND_SCOPE,
  UNREACHABLE6_NO_ROUTE,
  UNREACHABLE6_POLICY,
  UNREACHABLE6_PORT,
  UNREACHABLE6_PROHIBITED,
  UNREACHABLE6_REJECT_ROUTE,
  verifyIcmpv6,
} from "./icmpv6.ts";
import { IpHeader, pseudoHeaderSumOf } from "./ip-header.ts";
import { PROTOCOL_ICMPV6, PROTOCOL_UDP } from "./ip-protocol.ts";
import { parseIpv6, parseQuotedIpv6 } from "./ipv6.ts";
import { OK } from "./reason.ts";

/** The fields of one kind of message; the others stay 0. */
function kind(types: readonly number[], fields: Record<string, fc.Arbitrary<number>>): fc.Arbitrary<Icmpv6Message> {
  return filled(Icmpv6Message, { type: fc.constantFrom(...types), code: uint8, checksum: uint16, ...fields });
}

const messages = fc.oneof(
  kind([ICMPV6_ECHO, ICMPV6_ECHO_REPLY], { identifier: uint16, sequence: uint16 }),
  kind([ICMPV6_UNREACHABLE, ICMPV6_TIME_EXCEEDED], { quotedWords: uint8 }),
  kind([ICMPV6_PACKET_TOO_BIG], { mtu: uint32 }),
  kind([ICMPV6_PARAMETER_PROBLEM], { pointer: uint32 }),
  kind([0, 100, 133, 143, 255], { rest: word }),
);

test("what is written is read again, and cut nowhere", () => {
  assertRoundTrips({
    values: messages,
    into: new Icmpv6Message(),
    emit: emitIcmpv6,
    parse: parseIcmpv6,
    bytes: () => ICMPV6_HEADER_BYTES,
    places: (_start, end) => ({ payloadStart: end, payloadEnd: end }),
  });
});

test("any bytes are survived", () => {
  const read = new Icmpv6Message();
  assertSurvives((view, start, end) => parseIcmpv6(view, start, end, read));
});

test("Linux's messages verify, and are written again byte for byte", () => {
  const ip = new IpHeader();
  const read = new Icmpv6Message();
  for (const [name, type, code] of [
    ["echo6", ICMPV6_ECHO, 0],
    ["hopByHop", ICMPV6_ECHO, 0],
    ["portUnreachable6", ICMPV6_UNREACHABLE, UNREACHABLE6_PORT],
    ["routerSolicitation", 133, 0],
    ["mldv2Report", 143, 0],
  ] as const) {
    const view = fromHex(CAPTURED[name]);
    assert.equal(parseIpv6(view, ETHERNET_HEADER_BYTES, view.byteLength, ip), OK);
    assert.equal(ip.protocol, PROTOCOL_ICMPV6);
    assert.equal(parseIcmpv6(view, ip.payloadStart, ip.payloadEnd, read), OK);
    assert.deepEqual([read.type, read.code], [type, code], name);
    const pseudo = pseudoHeaderSumOf(ip);
    assert.ok(verifyIcmpv6(view, ip.payloadStart, ip.payloadEnd, pseudo), name);
    const before = toHex(view);
    const again = emitted(0, (memory, start) => emitIcmpv6(memory, start, read));
    assert.equal(toHex(again.view, 0, again.end), toHex(view, ip.payloadStart, read.payloadStart), name);
    sealIcmpv6(view, ip.payloadStart, ip.payloadEnd, pseudo);
    assert.equal(toHex(view), before, name);
    assert.ok(!verifyIcmpv6(view, ip.payloadStart, ip.payloadEnd, pseudo ^ 1), name);
  }
});

test("Linux's port unreachable quotes the packet that it is about", () => {
  const view = fromHex(CAPTURED.portUnreachable6);
  const ip = new IpHeader();
  assert.equal(parseIpv6(view, ETHERNET_HEADER_BYTES, view.byteLength, ip), OK);
  const at = ip.payloadStart + ICMPV6_HEADER_BYTES;
  assert.equal(parseQuotedIpv6(view, at, ip.payloadEnd, ip), OK);
  assert.deepEqual([ip.protocol, view.getUint16(ip.payloadStart + 2)], [PROTOCOL_UDP, 10]);
});

test("errors are the types below 128", () => {
  assert.deepEqual([0, 1, 127, 128, 255].map(isIcmpv6Error), [true, true, true, false, false]);
});

test("the codes are RFC 4443's", () => {
  assert.deepEqual(
    [
      UNREACHABLE6_NO_ROUTE,
      UNREACHABLE6_PROHIBITED,
      UNREACHABLE6_BEYOND_SCOPE,
      UNREACHABLE6_ADDRESS,
      UNREACHABLE6_PORT,
      UNREACHABLE6_POLICY,
      UNREACHABLE6_REJECT_ROUTE,
    ],
    [0, 1, 2, 3, 4, 5, 6],
  );
  assert.deepEqual([EXCEEDED6_IN_TRANSIT, EXCEEDED6_REASSEMBLY], [0, 1]);
  assert.deepEqual([PROBLEM6_FIELD, PROBLEM6_NEXT_HEADER, PROBLEM6_OPTION, PROBLEM6_INCOMPLETE_CHAIN], [0, 1, 2, 3]);
});
