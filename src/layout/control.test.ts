import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  AF_INET,
  IP_PKTINFO,
  IP_RECVERR,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  IPV6_RECVERR,
  IPV6_TCLASS,
  SCM_CREDENTIALS,
  SCM_MAX_FD,
  SCM_RIGHTS,
  SO_MARK,
  SO_PRIORITY,
  SO_RXQ_OVFL,
  SO_TIMESTAMP,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SOL_SOCKET,
  UDP_GRO,
  UDP_SEGMENT,
} from "../api/constants.ts";
import type { ControlMessage } from "../api/message.ts";
import { sockaddrEncode } from "../netdb/sockaddr.ts";
import { CMSGHDR, cmsgLength, cmsgSpace } from "./cmsghdr.ts";
import { decodeControl, encodeControl } from "./control.ts";

const int = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const natural = fc.nat({ max: 0x7fffffff });
const uint = fc.integer({ min: 0, max: 0xffffffff });
const address4 = fc.ipV4();
/** As `inet_ntop` writes them: groups without zeros need no shortening. */
const address6 = fc
  .array(fc.integer({ min: 1, max: 0xffff }), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16)).join(":"));

/** Plain objects. */
function record(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  return fc.record(fields, { noNullPrototype: true });
}

/** The kinds that are sent as they are received. */
const kinds: readonly (readonly [name: string, level: number, type: number, value: fc.Arbitrary<unknown>])[] = [
  ["SCM_RIGHTS", SOL_SOCKET, SCM_RIGHTS, fc.array(natural, { maxLength: SCM_MAX_FD })],
  ["SCM_CREDENTIALS", SOL_SOCKET, SCM_CREDENTIALS, record({ pid: natural, uid: uint, gid: uint })],
  ["SO_RXQ_OVFL", SOL_SOCKET, SO_RXQ_OVFL, uint],
  ["SO_MARK", SOL_SOCKET, SO_MARK, uint],
  ["SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, uint],
  ["IP_TTL", IPPROTO_IP, IP_TTL, int],
  ["IPV6_HOPLIMIT", IPPROTO_IPV6, IPV6_HOPLIMIT, int],
  ["IPV6_TCLASS", IPPROTO_IPV6, IPV6_TCLASS, int],
  ["IPV6_PKTINFO", IPPROTO_IPV6, IPV6_PKTINFO, record({ address: address6, interfaceIndex: natural })],
  ["UDP_SEGMENT", IPPROTO_UDP, UDP_SEGMENT, fc.nat({ max: 0xffff })],
  ["UDP_GRO", IPPROTO_UDP, UDP_GRO, int],
];

const typed: fc.Arbitrary<ControlMessage> = fc.oneof(
  ...kinds.map(([, level, type, value]) => value.map((value) => ({ level, type, value }) as ControlMessage)),
);
/** Kinds that no codec knows: their values stay bytes. */
const raw = record({
  level: fc.integer({ min: 1000, max: 0x7fffffff }),
  type: int,
  value: fc.uint8Array({ maxLength: 40 }),
}) as fc.Arbitrary<ControlMessage>;
const several = fc.array(fc.oneof(typed, raw), { maxLength: 6 });

/** A control message by its parts, as the kernel writes it. */
function bytesOf(level: number, type: number, data: Uint8Array, length: number = cmsgLength(data.length)): Uint8Array {
  const memory = new Uint8Array(cmsgSpace(data.length));
  const view = new DataView(memory.buffer);
  view.setBigUint64(CMSGHDR.len, BigInt(length), true);
  view.setInt32(CMSGHDR.level, level, true);
  view.setInt32(CMSGHDR.type, type, true);
  memory.set(data, CMSGHDR.size);
  return memory;
}

function words(...values: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

function longs(...values: bigint[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values).buffer);
}

function only(memory: Uint8Array): ControlMessage["value"] {
  const [message, ...rest] = decodeControl(memory);
  assert.ok(message !== undefined && rest.length === 0);
  return message.value;
}

for (const [name, level, type, arbitrary] of kinds) {
  test(`${name} comes back as it was`, () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const sent = { level, type, value } as ControlMessage;
        assert.deepEqual(decodeControl(encodeControl([sent], "control")), [sent]);
      }),
    );
  });
}

test("several messages come back in their order, each padded to eight bytes", () => {
  fc.assert(
    fc.property(several, (messages) => {
      const memory = encodeControl(messages, "control");
      assert.equal(memory.length % 8, 0);
      assert.deepEqual(decodeControl(memory), messages);
    }),
  );
});

test("what is cut off at any length is left out, and what stands before it comes back", () => {
  fc.assert(
    fc.property(several, (messages) => {
      const memory = encodeControl(messages, "control");
      for (let length = 0; length < memory.length; length += 1) {
        const found = decodeControl(memory.subarray(0, length));
        assert.deepEqual(found, messages.slice(0, found.length));
      }
    }),
    { numRuns: 30 },
  );
});

test("any bytes are some messages: decoding never throws and ends", () => {
  const knownHeader = fc
    .tuple(fc.constantFrom(SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_UDP), fc.nat({ max: 70 }), fc.uint8Array())
    .map(([level, type, data]) => bytesOf(level, type, data));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), knownHeader), (bytes) => {
      assert.ok(decodeControl(bytes).length <= bytes.length / CMSGHDR.size);
    }),
  );
});

test("a header whose length is less than its own, or beyond the memory, ends the list", () => {
  const data = words(7);
  for (const length of [0, 1, CMSGHDR.size - 1, CMSGHDR.size + 9, 2 ** 40]) {
    assert.deepEqual(decodeControl(bytesOf(SOL_SOCKET, SO_MARK, data, length)), []);
  }
});

test("a typed kind whose data has another size stays bytes", () => {
  for (const [level, type, data] of [
    [SOL_SOCKET, SCM_CREDENTIALS, words(1, 2)],
    [SOL_SOCKET, SO_TIMESTAMP, words(1, 2)],
    [IPPROTO_IP, IP_PKTINFO, words(1)],
    [IPPROTO_IP, IP_RECVERR, words(1, 2, 3)],
    [IPPROTO_IP, IP_TTL, Uint8Array.of(1)],
  ] as const) {
    assert.deepEqual(only(bytesOf(level, type, data)), data);
  }
});

test("decoded values share no memory with what the kernel wrote", () => {
  const memory = bytesOf(4242, 1, words(0x01020304));
  const value = only(memory) as Uint8Array;
  memory.fill(0xff);
  assert.deepEqual(value, words(0x01020304));
});

test("IP_TOS is sent as an int and received as a byte", () => {
  const memory = encodeControl([{ level: IPPROTO_IP, type: IP_TOS, value: 0x2e }], "control");
  assert.equal(new DataView(memory.buffer).getBigUint64(CMSGHDR.len, true), BigInt(cmsgLength(4)));
  assert.equal(only(bytesOf(IPPROTO_IP, IP_TOS, Uint8Array.of(0xb8))), 0xb8);
});

test("IP_PKTINFO sends the interface and the source, and receives the header's address besides", () => {
  const value = { interfaceIndex: 3, localAddress: "127.0.0.9", address: "127.1.2.3" };
  const sent = encodeControl([{ level: IPPROTO_IP, type: IP_PKTINFO, value }], "control");
  assert.deepEqual(only(sent), { ...value, address: "0.0.0.0" });
  fc.assert(
    fc.property(natural, address4, address4, (interfaceIndex, localAddress, address) => {
      const dotted = `${localAddress}.${address}`.split(".").map(Number);
      const data = Uint8Array.from([...words(interfaceIndex), ...dotted]);
      assert.deepEqual(only(bytesOf(IPPROTO_IP, IP_PKTINFO, data)), { interfaceIndex, localAddress, address });
    }),
  );
});

test("times are nanoseconds, whatever unit the kernel counts in", () => {
  const of = (type: number, data: Uint8Array): unknown => only(bytesOf(SOL_SOCKET, type, data));
  assert.equal(of(SO_TIMESTAMP, longs(1_700_000_000n, 123_456n)), 1_700_000_000_123_456_000n);
  assert.equal(of(SO_TIMESTAMPNS, longs(1_700_000_000n, 123_456_789n)), 1_700_000_000_123_456_789n);
  assert.deepEqual(of(SO_TIMESTAMPING, longs(1n, 2n, 3n, 4n, 5n, 6n)), {
    softwareNs: 1_000_000_002n,
    hardwareNs: 5_000_000_006n,
  });
});

test("an extended error tells who reported it, when somebody did", () => {
  const error = Uint8Array.from([...words(111), 2, 3, 4, 0, ...words(1500, 9)]);
  const offender = { family: AF_INET, address: "10.0.0.1", port: 0 } as const;
  const fields = { errno: 111, code: "ECONNREFUSED", origin: 2, type: 3, icmpCode: 4, info: 1500, data: 9 };
  const reported = Uint8Array.from([...error, ...sockaddrEncode(offender)]);
  assert.deepEqual(only(bytesOf(IPPROTO_IP, IP_RECVERR, reported)), { ...fields, offender });
  assert.deepEqual(only(bytesOf(IPPROTO_IPV6, IPV6_RECVERR, error)), { ...fields, offender: undefined });
  const nobody = Uint8Array.from([...error, ...new Uint8Array(16)]);
  assert.deepEqual(only(bytesOf(IPPROTO_IP, IP_RECVERR, nobody)), { ...fields, offender: undefined });
});

const refused: readonly (readonly [message: unknown, code: string, argument: RegExp])[] = [
  [null, "ERR_INVALID_ARG_TYPE", /"control\[0\]"/],
  [{ level: "1", type: 1, value: [] }, "ERR_INVALID_ARG_TYPE", /"control\[0\]\.level"/],
  [{ level: 1, type: 1.5, value: [] }, "ERR_OUT_OF_RANGE", /"control\[0\]\.type"/],
  [{ level: 4242, type: 1, value: 7 }, "ERR_INVALID_ARG_TYPE", /"control\[0\]\.value"/],
  [{ level: SOL_SOCKET, type: SCM_RIGHTS, value: 3 }, "ERR_INVALID_ARG_TYPE", /"control\[0\]\.value"/],
  [{ level: SOL_SOCKET, type: SCM_RIGHTS, value: [0, -1] }, "ERR_OUT_OF_RANGE", /"control\[0\]\.value\[1\]"/],
  [{ level: SOL_SOCKET, type: SCM_CREDENTIALS, value: 3 }, "ERR_INVALID_ARG_TYPE", /"control\[0\]\.value"/],
  [
    { level: SOL_SOCKET, type: SCM_CREDENTIALS, value: { pid: 1, uid: 2 } },
    "ERR_INVALID_ARG_TYPE",
    /"control\[0\]\.value\.gid"/,
  ],
  [{ level: SOL_SOCKET, type: SO_TIMESTAMP, value: 1n }, "ERR_INVALID_ARG_VALUE", /"control\[0\]\.value"/],
  [{ level: IPPROTO_IP, type: IP_TTL, value: 2 ** 32 }, "ERR_OUT_OF_RANGE", /"control\[0\]\.value"/],
  [{ level: IPPROTO_IP, type: IP_PKTINFO, value: null }, "ERR_INVALID_ARG_TYPE", /"control\[0\]\.value"/],
  [
    { level: IPPROTO_IP, type: IP_PKTINFO, value: { localAddress: "::1" } },
    "ERR_INVALID_ARG_VALUE",
    /"control\[0\]\.value\.localAddress"/,
  ],
  [
    { level: IPPROTO_IPV6, type: IPV6_PKTINFO, value: { interfaceIndex: -1 } },
    "ERR_OUT_OF_RANGE",
    /"control\[0\]\.value\.interfaceIndex"/,
  ],
  [{ level: IPPROTO_UDP, type: UDP_SEGMENT, value: 65536 }, "ERR_OUT_OF_RANGE", /"control\[0\]\.value"/],
];

for (const [message, code, argument] of refused) {
  const shown = JSON.stringify(message, (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
  test(`${shown} is refused, and the error names what is wrong`, () => {
    assert.throws(() => encodeControl([message as ControlMessage], "control"), { code, message: argument });
  });
}

test("a list that is none is refused", () => {
  const none = { length: 1 } as unknown as ControlMessage[];
  assert.throws(() => encodeControl(none, "control"), { code: "ERR_INVALID_ARG_TYPE", message: /"control"/ });
});
