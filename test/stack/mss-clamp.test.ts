import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../src/stack/ip/address.ts";
import { emitIpv4, IPV4_HEADER_BYTES, parseIpv4 } from "../../src/wire/ipv4.ts";
import { emitIpv6, parseIpv6 } from "../../src/wire/ipv6.ts";
import { IpHeader, pseudoHeaderSumOf } from "../../src/wire/ip-header.ts";
import { PROTOCOL_TCP } from "../../src/wire/ip-protocol.ts";
import { sealTcp, verifyTcp } from "../../src/wire/tcp.ts";
import { HEADROOM } from "../../src/stack/packet.ts";
import { Network } from "./network.ts";

/* SYNs through a router whose links have MTUs of 1500 and 1400. */

const HEADER_BYTES = { 4: IPV4_HEADER_BYTES, 6: 40 } as const;
const ADDRESSES = {
  4: { left: "10.1.0.1", right: "10.2.0.1" },
  6: { left: "2001:db8:1::1", right: "2001:db8:2::1" },
} as const;
const SYN = 0x02;
const SYN_ACK = 0x12;
const ACK = 0x10;

/** What comes out of the router of a segment with those options. */
function through(
  version: 4 | 6,
  flags: number,
  options: readonly number[],
  { clampMss = true, toRight = true, payload = 0 } = {},
): { options: number[]; isIntact: boolean } {
  const network = new Network();
  const router = network.stack({ forwarding: true, clampMss });
  const [left, right] = [network.segment("ip", 1500), network.segment("ip", 1400)];
  const leftSide = network.attach(router, left, ["10.1.0.254/24", "2001:db8:1::ff/64"]);
  const rightSide = network.attach(router, right, ["10.2.0.254/24", "2001:db8:2::ff/64"]);
  const bytes = segment(version, flags, options, toRight, payload);
  const packet = network.pool.allocate(bytes.length);
  assert.ok(packet);
  packet.bytes.set(bytes, HEADROOM);
  packet.end = HEADROOM + bytes.length;
  router.receive(toRight ? leftSide : rightSide, packet);
  network.settle();
  const [out] = (toRight ? right : left).seen;
  assert.ok(out);
  const ip = new IpHeader();
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  (version === 4 ? parseIpv4 : parseIpv6)(view, 0, out.length, ip);
  const start = ip.payloadStart;
  return {
    options: [...out.subarray(start + 20, start + 20 + options.length)],
    isIntact: verifyTcp(view, start, out.length, pseudoHeaderSumOf(ip)),
  };
}

function segment(version: 4 | 6, flags: number, options: readonly number[], toRight: boolean, payload: number) {
  const tcpBytes = 20 + options.length + payload;
  const bytes = new Uint8Array(HEADER_BYTES[version] + tcpBytes).fill(7);
  const view = new DataView(bytes.buffer);
  const ip = new IpHeader();
  ip.version = version;
  ip.protocol = PROTOCOL_TCP;
  ip.hopLimit = 64;
  const { left, right } = ADDRESSES[version];
  const [source, destination] = [left, right].map((text) => IpAddress.parse(text)) as [IpAddress, IpAddress];
  const [from, to] = toRight ? [source, destination] : [destination, source];
  [ip.source0, ip.source1, ip.source2, ip.source3] = [from.w0, from.w1, from.w2, from.w3];
  [ip.destination0, ip.destination1, ip.destination2, ip.destination3] = [to.w0, to.w1, to.w2, to.w3];
  if (version === 4) emitIpv4(view, 0, ip, tcpBytes);
  else emitIpv6(view, 0, ip, tcpBytes);
  const start = HEADER_BYTES[version];
  view.setUint8(start + 12, ((20 + options.length) / 4) << 4);
  view.setUint8(start + 13, flags);
  bytes.set(options, start + 20);
  (version === 4 ? parseIpv4 : parseIpv6)(view, 0, bytes.length, ip);
  sealTcp(view, start, bytes.length, pseudoHeaderSumOf(ip));
  return bytes;
}

const mss = (bytes: number): number[] => [2, 4, bytes >> 8, bytes & 0xff];

for (const version of [4, 6] as const) {
  const most = 1400 - HEADER_BYTES[version] - 20;
  for (const toRight of [true, false]) {
    for (const flags of [SYN, SYN_ACK]) {
      const name = flags === SYN ? "a SYN" : "a SYN-ACK";
      test(`IPv${version}: the MSS of ${name} is lowered on its way ${toRight ? "on" : "back"}`, () => {
        assert.deepEqual(through(version, flags, mss(1460), { toRight }), { options: mss(most), isIntact: true });
      });
    }
  }

  test(`IPv${version}: an option at an odd place is lowered too, and the checksum stays right`, () => {
    const options = [1, ...mss(1460), 1, 3, 3, 7, 1, 4, 2];
    const { options: out, isIntact } = through(version, SYN, options, { payload: 3 });
    assert.deepEqual(out, [1, ...mss(most), 1, 3, 3, 7, 1, 4, 2]);
    assert.ok(isIntact);
  });

  for (const [what, flags, options, clampMss] of [
    ["an MSS that fits", SYN, mss(most), true],
    ["a segment that is no SYN", ACK, mss(1460), true],
    ["a SYN without an MSS", SYN, [1, 1, 4, 2], true],
    ["an option that is cut off", SYN, [1, 1, 2, 9], true],
    ["a SYN while nothing is clamped", SYN, mss(1460), false],
  ] as const) {
    test(`IPv${version}: ${what} is let through as it is`, () => {
      assert.deepEqual(through(version, flags, options, { clampMss }), { options: [...options], isIntact: true });
    });
  }
}
