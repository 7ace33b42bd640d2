import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { addSums, pseudoHeaderSum, sum } from "../../wire/checksum.ts";
import { IpHeader } from "../../wire/ip-header.ts";
import { emitIpv4, parseIpv4 } from "../../wire/ipv4.ts";
import { emitIpv6, parseIpv6 } from "../../wire/ipv6.ts";
import { OK } from "../../wire/reason.ts";
import { CHECKSUM_PARTIAL, HEADROOM, type Packet, PacketPool } from "../packet.ts";
import type { Device } from "./device.ts";
import { transmitTo } from "./segmentation.ts";

const FIN = 1;
const PSH = 8;
const ACK = 16;
const CWR = 128;
const WORDS = [1, 2, 3, 4, 5, 6, 7, 8] as const;

/** A device that keeps what it is given. */
function device(segmentation: boolean, checksum: boolean): Device & { readonly frames: Packet[] } {
  const frames: Packet[] = [];
  return {
    kind: "ip",
    mtu: 1500,
    offload: { segmentation, checksum },
    frames,
    transmit: (frame) => frames.push(frame),
  };
}

function header(version: number, protocol: number): IpHeader {
  const ip = new IpHeader();
  const mapped = version === 4 ? { source0: 0, source1: 0, source2: 0xffff } : { source0: 1, source1: 2, source2: 3 };
  const to = version === 4 ? [0, 0, 0xffff, 8] : [5, 6, 7, 8];
  const [destination0, destination1, destination2, destination3] = to as [number, number, number, number];
  const fields = { version, protocol, hopLimit: 64, identification: 65_530, source3: 4 };
  return Object.assign(ip, fields, mapped, { destination0, destination1, destination2, destination3 });
}

const pseudoOf = (ip: IpHeader, length: number): number => {
  const { source0, source1, source2, source3, destination0, destination1, destination2, destination3 } = ip;
  const sums = [source0, source1, source2, source3, destination0, destination1, destination2, destination3] as const;
  return pseudoHeaderSum(...sums, ip.protocol, length);
};

/** A super-segment of TCP with a header of 32 bytes, or of UDP. */
function superSegment(pool: PacketPool, version: number, protocol: number, data: Uint8Array, mss: number): Packet {
  const packet = pool.allocate(data.length);
  assert.ok(packet);
  packet.bytes.set(data, packet.start);
  packet.end = packet.start + data.length;
  packet.transport = packet.prepend(protocol === 6 ? 32 : 8);
  const { view, transport } = packet;
  const length = packet.end - transport;
  const ip = header(version, protocol);
  packet.checksum = CHECKSUM_PARTIAL;
  packet.checksumOffset = protocol === 6 ? 16 : 6;
  for (let at = 0; at < (protocol === 6 ? 32 : 8); at++) view.setUint8(transport + at, WORDS[at % 8] ?? 0);
  if (protocol === 6) {
    view.setUint32(transport + 4, 0xfffffff0);
    view.setUint16(transport + 12, (8 << 12) | FIN | PSH | ACK | CWR);
  } else view.setUint16(transport + 4, length);
  view.setUint16(transport + packet.checksumOffset, pseudoOf(ip, length));
  packet.network = packet.prepend(version === 4 ? 20 : 40);
  if (version === 4) emitIpv4(view, packet.start, ip, length);
  else emitIpv6(view, packet.start, ip, length);
  packet.segmentBytes = mss;
  return packet;
}

for (const version of [4, 6]) {
  for (const protocol of [6, 17]) {
    const name = `${protocol === 6 ? "TCP" : "UDP"} over IPv${version}`;
    test(`a super-segment of ${name} is cut into packets that are right by themselves`, () => {
      const lengths = fc.integer({ min: 1, max: 60_000 });
      fc.assert(
        fc.property(lengths, fc.integer({ min: 1000, max: 9000 }), (length, mss) => {
          const pool = new PacketPool();
          const data = Uint8Array.from({ length }, (_, at) => (at * 31 + (at >>> 7)) & 0xff);
          const to = device(false, false);
          const count = transmitTo(to, superSegment(pool, version, protocol, data, mss), pool);
          assert.equal(count, Math.ceil(length / mss));
          assert.equal(to.frames.length, count);
          let at = 0;
          for (const [index, frame] of to.frames.entries()) {
            const ip = new IpHeader();
            const parse = version === 4 ? parseIpv4 : parseIpv6;
            assert.equal(parse(frame.view, frame.start, frame.end, ip), OK);
            assert.equal(ip.payloadEnd, frame.end);
            if (version === 4) assert.equal(ip.identification, (65_530 + index) & 0xffff);
            const size = frame.end - ip.payloadStart;
            assert.equal(sum(frame.view, ip.payloadStart, frame.end, pseudoOf(ip, size)), 0xffff);
            const payloadStart = ip.payloadStart + (protocol === 6 ? 32 : 8);
            assert.deepEqual(frame.bytes.subarray(payloadStart, frame.end), data.subarray(at, at + mss));
            if (protocol === 6) {
              assert.equal(frame.view.getUint32(ip.payloadStart + 4), (0xfffffff0 + at) % 2 ** 32);
              const isLast = index === count - 1;
              const flags = ACK | (isLast ? FIN | PSH : 0) | (index === 0 ? CWR : 0);
              assert.equal(frame.view.getUint8(ip.payloadStart + 13), flags);
            } else assert.equal(frame.view.getUint16(ip.payloadStart + 4), size);
            at += mss;
            frame.release();
          }
          assert.equal(pool.inUse, 0);
        }),
        { numRuns: 40 },
      );
    });
  }
}

test("a device that cuts or sums itself is given the whole, or pieces with the pseudo-header's sum", () => {
  const pool = new PacketPool();
  const data = new Uint8Array(5000);
  const whole = device(true, true);
  assert.equal(transmitTo(whole, superSegment(pool, 4, 6, data, 1000), pool), 1);
  assert.equal(whole.frames[0]?.segmentBytes, 1000);
  const pieces = device(false, true);
  transmitTo(pieces, superSegment(pool, 4, 6, data, 1000), pool);
  for (const frame of pieces.frames) {
    assert.equal(frame.checksum, CHECKSUM_PARTIAL);
    assert.equal(frame.start, HEADROOM - 52);
    const kept = frame.view.getUint16(frame.transport + 16);
    assert.equal(kept, addSums(pseudoOf(header(4, 6), 0), frame.end - frame.transport));
  }
});

test("when memory is out in the middle, what was cut has left and the rest is dropped", () => {
  const pool = new PacketPool({ small: 2, large: 4 });
  const to = device(false, false);
  assert.equal(transmitTo(to, superSegment(pool, 4, 6, new Uint8Array(5000), 1000), pool), -1);
  assert.equal(to.frames.length, 2);
  for (const frame of to.frames) frame.release();
  assert.equal(pool.inUse, 0);
});
