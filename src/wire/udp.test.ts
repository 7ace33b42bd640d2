import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  assertSurvives,
  assertTruncationsRefused,
  emitted,
  fromHex,
  offset,
  uint16,
  viewOf,
} from "../../test/wire/bytes.ts";
import { CAPTURED } from "../../test/wire/captured.ts";
import { sum } from "./checksum.ts";
import { IpHeader, pseudoHeaderSumOf } from "./ip-header.ts";
import { PROTOCOL_UDP } from "./ip-protocol.ts";
import { parseIpv4 } from "./ipv4.ts";
import { parseIpv6 } from "./ipv6.ts";
import { BAD_LENGTH, OK, TRUNCATED } from "./reason.ts";
import {
  emitUdp,
  parseQuotedUdp,
  parseUdp,
  sealUdp,
  UDP_CHECKSUM_OFFSET,
  UDP_HEADER_BYTES,
  UdpHeader,
  verifyUdp,
} from "./udp.ts";

const header = fc
  .record({ sourcePort: uint16, destinationPort: uint16, checksum: uint16 })
  .map((fields) => Object.assign(new UdpHeader(), fields));

test("what is written is read again, and cut nowhere", () => {
  const read = new UdpHeader();
  fc.assert(
    fc.property(header, offset, fc.nat({ max: 40 }), (x, at, payloadBytes) => {
      const whole = emitted(at, (view, start) => {
        const end = emitUdp(view, start, x, payloadBytes);
        for (let i = 0; i < payloadBytes; i++) view.setUint8(end + i, i);
        return end + payloadBytes;
      });
      assert.equal(parseUdp(whole.view, whole.start, whole.end, read), OK);
      const payloadStart = whole.start + UDP_HEADER_BYTES;
      assert.deepEqual(read, Object.assign(x, { payloadStart, payloadEnd: whole.end }));
      assert.equal(parseUdp(whole.view, whole.start, whole.end + 9, read), OK);
      assert.equal(read.payloadEnd, whole.end);
      assertTruncationsRefused(whole, (view, start, end) => parseUdp(view, start, end, read));
    }),
  );
});

test("any bytes are survived", () => {
  const read = new UdpHeader();
  assertSurvives((view, start, end) => [parseUdp(view, start, end, read), parseQuotedUdp(view, start, end, read)]);
});

test("a length below the header's is refused", () => {
  const view = fromHex("0007 0007 0007 0000 00");
  assert.equal(parseUdp(view, 0, view.byteLength, new UdpHeader()), BAD_LENGTH);
});

test("a quoted datagram may be cut behind its header", () => {
  const view = fromHex("1234 0007 0100 0000");
  const read = new UdpHeader();
  assert.equal(parseUdp(view, 0, 8, read), TRUNCATED);
  assert.equal(parseQuotedUdp(view, 0, 8, read), OK);
  assert.deepEqual([read.sourcePort, read.destinationPort, read.payloadEnd], [0x1234, 7, 8]);
  assert.equal(parseQuotedUdp(view, 0, 7, read), TRUNCATED);
});

test("what is sealed verifies, and one wrong bit does not", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 99 }), uint16, fc.nat(), (bytes, pseudo, chosen) => {
      const view = viewOf(bytes);
      sealUdp(view, 0, bytes.length, pseudo);
      assert.notEqual(view.getUint16(UDP_CHECKSUM_OFFSET), 0);
      assert.ok(verifyUdp(view, 0, bytes.length, pseudo));
      const bit = chosen % (bytes.length * 8);
      view.setUint8(bit >> 3, view.getUint8(bit >> 3) ^ (1 << (bit & 7)));
      // Without a checksum there is nothing to be wrong.
      const none = view.getUint16(UDP_CHECKSUM_OFFSET) === 0;
      assert.equal(verifyUdp(view, 0, bytes.length, pseudo), none);
    }),
  );
});

test("a checksum that comes out as zero is sent as 0xffff", () => {
  const view = fromHex("ffff 0000 0000 0000");
  sealUdp(view, 0, 8, 0);
  assert.equal(view.getUint16(UDP_CHECKSUM_OFFSET), 0xffff);
});

test("the sum that Linux leaves to the device is the pseudo-header's", () => {
  const ip = new IpHeader();
  const read = new UdpHeader();
  for (const name of ["udp4", "udp6"] as const) {
    const frame = fromHex(CAPTURED[name]);
    assert.equal((name === "udp4" ? parseIpv4 : parseIpv6)(frame, 14, frame.byteLength, ip), OK);
    assert.equal(ip.protocol, PROTOCOL_UDP);
    assert.equal(parseUdp(frame, ip.payloadStart, ip.payloadEnd, read), OK);
    assert.deepEqual([read.destinationPort, read.payloadEnd - read.payloadStart], [7008, 5]);
    const pseudo = pseudoHeaderSumOf(ip);
    assert.equal(read.checksum, pseudo);
    sealUdp(frame, ip.payloadStart, ip.payloadEnd, pseudo);
    assert.equal(sum(frame, ip.payloadStart, ip.payloadEnd, pseudo), 0xffff);
  }
});
