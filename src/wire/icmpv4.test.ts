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
  viewOf,
  word,
} from "../../test/wire/bytes.ts";
import { CAPTURED } from "../../test/wire/captured.ts";
import { ETHERNET_HEADER_BYTES } from "./ethernet.ts";
import {
  emitIcmpv4,
  EXCEEDED_IN_TRANSIT,
  EXCEEDED_REASSEMBLY,
  ICMPV4_ECHO,
  ICMPV4_ECHO_REPLY,
  ICMPV4_HEADER_BYTES,
  ICMPV4_PARAMETER_PROBLEM,
  ICMPV4_REDIRECT,
  ICMPV4_SOURCE_QUENCH,
  ICMPV4_TIME_EXCEEDED,
  ICMPV4_TIMESTAMP,
  ICMPV4_TIMESTAMP_REPLY,
  ICMPV4_UNREACHABLE,
  Icmpv4Message,
  isIcmpv4Error,
  parseIcmpv4,
  PROBLEM_LENGTH,
  PROBLEM_OPTION_MISSING,
  PROBLEM_POINTER,
  REDIRECT_HOST,
  REDIRECT_NET,
  sealIcmpv4,
  UNREACHABLE_FILTERED,
  UNREACHABLE_FRAGMENTATION_NEEDED,
  UNREACHABLE_HOST,
  UNREACHABLE_HOST_FOR_TOS,
  UNREACHABLE_HOST_ISOLATED,
  UNREACHABLE_HOST_PROHIBITED,
  UNREACHABLE_HOST_UNKNOWN,
  UNREACHABLE_NET,
  UNREACHABLE_NET_FOR_TOS,
  UNREACHABLE_NET_PROHIBITED,
  UNREACHABLE_NET_UNKNOWN,
  UNREACHABLE_PORT,
  UNREACHABLE_PRECEDENCE_CUTOFF,
  UNREACHABLE_PRECEDENCE_VIOLATION,
  UNREACHABLE_PROTOCOL,
  UNREACHABLE_SOURCE_ROUTE_FAILED,
  verifyIcmpv4,
} from "./icmpv4.ts";
import { IpHeader } from "./ip-header.ts";
import { PROTOCOL_ICMP, PROTOCOL_UDP } from "./ip-protocol.ts";
import { parseIpv4, parseQuotedIpv4 } from "./ipv4.ts";
import { OK } from "./reason.ts";
import { parseQuotedUdp, UdpHeader } from "./udp.ts";

/** The fields of one kind of message; the others stay 0. */
function kind(types: readonly number[], fields: Record<string, fc.Arbitrary<number>>): fc.Arbitrary<Icmpv4Message> {
  return filled(Icmpv4Message, { type: fc.constantFrom(...types), code: uint8, checksum: uint16, ...fields });
}

const messages = fc.oneof(
  kind([ICMPV4_ECHO, ICMPV4_ECHO_REPLY], { identifier: uint16, sequence: uint16 }),
  kind([ICMPV4_UNREACHABLE], { quotedWords: uint8, nextHopMtu: uint16 }),
  kind([ICMPV4_TIME_EXCEEDED], { quotedWords: uint8 }),
  kind([ICMPV4_PARAMETER_PROBLEM], { quotedWords: uint8, pointer: uint8 }),
  kind([ICMPV4_REDIRECT], { gateway: word }),
  kind([ICMPV4_TIMESTAMP, ICMPV4_TIMESTAMP_REPLY], {
    identifier: uint16,
    sequence: uint16,
    originate: uint32,
    receive: uint32,
    transmit: uint32,
  }),
  kind([ICMPV4_SOURCE_QUENCH, 9, 10, 42, 255], { rest: word }),
);

test("what is written is read again, and cut nowhere", () => {
  assertRoundTrips({
    values: messages,
    into: new Icmpv4Message(),
    emit: emitIcmpv4,
    parse: parseIcmpv4,
    places: (_start, end) => ({ payloadStart: end, payloadEnd: end }),
  });
});

test("any bytes are survived", () => {
  const read = new Icmpv4Message();
  assertSurvives((view, start, end) => parseIcmpv4(view, start, end, read), [ICMPV4_TIMESTAMP], [ICMPV4_UNREACHABLE]);
});

/** The message in a captured frame, read, and written again as it was. */
function captured(name: keyof typeof CAPTURED): { view: DataView; message: Icmpv4Message } {
  const view = fromHex(CAPTURED[name]);
  const ip = new IpHeader();
  assert.equal(parseIpv4(view, ETHERNET_HEADER_BYTES, view.byteLength, ip), OK);
  assert.equal(ip.protocol, PROTOCOL_ICMP);
  const message = new Icmpv4Message();
  assert.equal(parseIcmpv4(view, ip.payloadStart, ip.payloadEnd, message), OK);
  assert.ok(verifyIcmpv4(view, ip.payloadStart, ip.payloadEnd));
  const again = emitted(0, (memory, start) => emitIcmpv4(memory, start, message));
  assert.equal(toHex(again.view, 0, again.end), toHex(view, ip.payloadStart, message.payloadStart));
  return { view, message };
}

test("Linux's echo and its reply", () => {
  for (const [name, type] of [
    ["echo4", ICMPV4_ECHO],
    ["echoReply4", ICMPV4_ECHO_REPLY],
  ] as const) {
    const { view, message } = captured(name);
    assert.deepEqual([message.type, message.identifier, message.sequence], [type, 0x1234, 1]);
    assert.equal(toHex(view, message.payloadStart, message.payloadEnd), toHex(fromHex("6162636465666768")));
  }
});

test("Linux's timestamps", () => {
  const asked = captured("timestamp4").message;
  assert.deepEqual([asked.type, asked.originate, asked.receive, asked.transmit], [ICMPV4_TIMESTAMP, 1000, 0, 0]);
  const { type, originate, receive, transmit } = captured("timestampReply4").message;
  assert.deepEqual([type, originate], [ICMPV4_TIMESTAMP_REPLY, 1000]);
  assert.ok(receive > 0 && receive < 86_400_000 && transmit === receive);
});

test("Linux's port unreachable, with the datagram that it is about", () => {
  const { view, message } = captured("portUnreachable4");
  assert.deepEqual([message.type, message.code], [ICMPV4_UNREACHABLE, UNREACHABLE_PORT]);
  const ip = new IpHeader();
  assert.equal(parseQuotedIpv4(view, message.payloadStart, message.payloadEnd, ip), OK);
  assert.equal(ip.protocol, PROTOCOL_UDP);
  const udp = new UdpHeader();
  assert.equal(parseQuotedUdp(view, ip.payloadStart, ip.payloadEnd, udp), OK);
  assert.equal(udp.destinationPort, 10);
});

test("the next hop's MTU", () => {
  const view = fromHex("0304 0000 0000 05dc");
  const read = new Icmpv4Message();
  assert.equal(parseIcmpv4(view, 0, ICMPV4_HEADER_BYTES, read), OK);
  assert.deepEqual([read.type, read.code, read.nextHopMtu], [3, UNREACHABLE_FRAGMENTATION_NEEDED, 1500]);
});

test("what is sealed verifies, and one wrong bit does not", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 99 }), fc.nat(), (bytes, chosen) => {
      const view = viewOf(bytes);
      view.setUint8(0, ICMPV4_ECHO);
      sealIcmpv4(view, 0, bytes.length);
      assert.ok(verifyIcmpv4(view, 0, bytes.length));
      const bit = chosen % (bytes.length * 8);
      view.setUint8(bit >> 3, view.getUint8(bit >> 3) ^ (1 << (bit & 7)));
      assert.ok(!verifyIcmpv4(view, 0, bytes.length));
    }),
  );
});

test("types that report errors are told from those that ask", () => {
  const errors = Array.from({ length: 256 }, (_, type) => type).filter(isIcmpv4Error);
  assert.deepEqual(errors, [3, 4, 5, 11, 12]);
});

test("the codes are IANA's", () => {
  assert.deepEqual(
    [
      UNREACHABLE_NET,
      UNREACHABLE_HOST,
      UNREACHABLE_PROTOCOL,
      UNREACHABLE_PORT,
      UNREACHABLE_FRAGMENTATION_NEEDED,
      UNREACHABLE_SOURCE_ROUTE_FAILED,
      UNREACHABLE_NET_UNKNOWN,
      UNREACHABLE_HOST_UNKNOWN,
      UNREACHABLE_HOST_ISOLATED,
      UNREACHABLE_NET_PROHIBITED,
      UNREACHABLE_HOST_PROHIBITED,
      UNREACHABLE_NET_FOR_TOS,
      UNREACHABLE_HOST_FOR_TOS,
      UNREACHABLE_FILTERED,
      UNREACHABLE_PRECEDENCE_VIOLATION,
      UNREACHABLE_PRECEDENCE_CUTOFF,
    ],
    Array.from({ length: 16 }, (_, code) => code),
  );
  assert.deepEqual([EXCEEDED_IN_TRANSIT, EXCEEDED_REASSEMBLY, REDIRECT_NET, REDIRECT_HOST], [0, 1, 0, 1]);
  assert.deepEqual([PROBLEM_POINTER, PROBLEM_OPTION_MISSING, PROBLEM_LENGTH], [0, 1, 2]);
});
