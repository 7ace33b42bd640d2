import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { TcpOption } from "../language/tree.ts";
import { buildIcmp, readIcmp } from "./icmp.ts";
import { buildIp, PROTOCOL, readIp, type IpHeader } from "./ip.ts";
import { buildTcp, readTcp } from "./tcp.ts";
import { tcpFlagsText } from "../../trace/tcp-text.ts";
import { packetText } from "./text.ts";
import { buildUdp, readUdp } from "./udp.ts";

const uint = (bits: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** bits - 1 });
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });

/** Objects as the code makes them. */
const PLAIN = { noNullPrototype: true } as const;

const headers: fc.Arbitrary<IpHeader> = fc.oneof(
  fc.record(
    {
      version: fc.constant(4 as const),
      source: fc.ipV4(),
      destination: fc.ipV4(),
      protocol: fc.constant(PROTOCOL.tcp as number),
      trafficClass: uint(8),
      hopLimit: uint(8),
      flowLabel: fc.constant(0),
    },
    PLAIN,
  ),
  fc.record(
    {
      version: fc.constant(6 as const),
      source: fc.constantFrom("2001:db8::1", "fe80::1"),
      destination: fc.constantFrom("fd00::1:2", "::1"),
      protocol: fc.constant(PROTOCOL.tcp as number),
      trafficClass: uint(8),
      hopLimit: uint(8),
      flowLabel: uint(20),
    },
    PLAIN,
  ),
);

/** Lists of options that fit into 40 bytes, padded by the list itself. */
const options: fc.Arbitrary<readonly TcpOption[]> = fc.oneof(
  fc.constant([]),
  fc.constant<TcpOption[]>([{ kind: "mss", value: 1460 }, { kind: "nop" }, { kind: "wscale", value: 7 }]),
  fc
    .tuple(uint(32), uint(32))
    .map(([value, echo]): TcpOption[] => [{ kind: "nop" }, { kind: "nop" }, { kind: "TS", value, echo }]),
  fc.tuple(uint(32), uint(32)).map(([start, end]): TcpOption[] => [
    { kind: "nop" },
    { kind: "nop" },
    {
      kind: "sack",
      blocks: [
        { start, end },
        { start: end, end: start },
      ],
    },
  ]),
  fc.constant<TcpOption[]>([{ kind: "sackOK" }, { kind: "FO", bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }]),
  fc.constant<TcpOption[]>([{ kind: "FOEXP", bytes: Uint8Array.of(1, 2, 3, 4) }]),
  fc.constant<TcpOption[]>([{ kind: "unknown", number: 77, bytes: Uint8Array.of(9, 9) }]),
);

const segments = fc.record(
  {
    sourcePort: uint(16),
    destinationPort: uint(16),
    sequence: uint(32),
    acknowledgement: uint(32),
    flags: uint(9),
    window: uint(16),
    urgentPointer: uint(16),
    options,
    payload: bytes(100),
  },
  PLAIN,
);

test("a segment that was built is read as it was", () => {
  fc.assert(
    fc.property(headers, segments, (header, segment) => {
      const read = readIp(buildIp(header, buildTcp(header, segment)));
      assert.ok(read !== undefined);
      assert.equal(read.fault, undefined);
      assert.deepEqual(read.header, header);
      assert.deepEqual(readTcp(read.header, read.payload), segment);
    }),
  );
});

test("a datagram and a message are read as they were built", () => {
  fc.assert(
    fc.property(headers, uint(16), uint(16), bytes(50), (header, sourcePort, destinationPort, payload) => {
      const udp = { ...header, protocol: PROTOCOL.udp };
      assert.deepEqual(readUdp(udp, buildUdp(udp, { sourcePort, destinationPort, payload })), {
        sourcePort,
        destinationPort,
        payload,
      });
      const icmp = { ...header, protocol: header.version === 4 ? PROTOCOL.icmp : PROTOCOL.icmp6 };
      const message = { type: sourcePort & 0xff, code: destinationPort & 0xff, word: sourcePort, payload };
      assert.deepEqual(readIcmp(icmp, buildIcmp(icmp, message)), message);
    }),
  );
});

test("one bit that is another is found", () => {
  fc.assert(
    fc.property(headers, segments, fc.nat(), (header, segment, where) => {
      const built = buildTcp(header, segment);
      const at = where % (built.length * 8);
      built[at >> 3] = (built[at >> 3] ?? 0) ^ (1 << (at & 7));
      assert.equal(typeof readTcp(header, built), "string");
    }),
  );
});

test("no bytes are too odd to be read: a reason, or a packet", () => {
  fc.assert(
    fc.property(bytes(120), headers, (random, header) => {
      readIp(random);
      for (const read of [readTcp, readUdp, readIcmp])
        assert.ok(["string", "object"].includes(typeof read(header, random)));
    }),
  );
});

test("flags and packets as text", () => {
  assert.equal(tcpFlagsText(0), "-");
  assert.equal(tcpFlagsText(0x12), "S.");
  assert.equal(tcpFlagsText(0xc2), "SEW");
  const text = packetText(
    { ecn: "ect0" },
    {
      kind: "tcp",
      ports: undefined,
      flags: 0x18,
      sequence: { start: 1, end: 11, length: 10 },
      acknowledgement: 5,
      window: 9,
      urgentPointer: undefined,
      options: [{ kind: "sack", blocks: [{ start: 1, end: 2 }] }],
    },
  );
  assert.equal(text, "[ect0] P. 1:11(10) ack 5 win 9 <sack 1:2>");
});
