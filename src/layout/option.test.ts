import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { AF_INET6, BPF_ABS, BPF_H, BPF_LD, SKF_AD_OFF } from "../api/constants.ts";
import type { OptionKind } from "../api/options.ts";
import { decodeOption, encodeOption, optionBytes, optionSize } from "./option.ts";
import { TCP_INFO_FIELDS } from "./tcp-info.ts";

const int = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const uint = fc.integer({ min: 0, max: 0xffffffff });
const port = fc.integer({ min: 0, max: 0xffff });
const byte = fc.integer({ min: 0, max: 0xff });

/** Plain objects. */
function record(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  return fc.record(fields, { noNullPrototype: true });
}

/** The kinds that are read and written: what is written comes back. */
const values: Partial<Record<OptionKind, fc.Arbitrary<unknown>>> = {
  boolean: fc.boolean(),
  integer: int,
  unsigned: uint,
  size: fc.maxSafeNat(),
  rate: fc.oneof(fc.maxSafeNat(), fc.constant(Infinity)),
  milliseconds: fc.nat().map((us) => us / 1000),
  linger: record({ onoff: fc.boolean(), linger: fc.nat() }),
  text: fc.stringMatching(/^[!-~]{0,15}$/),
  "transmit time": record({ clockId: int, flags: uint }),
  "interface index": fc.nat({ max: 0x7fffffff }),
  "port range": record({ lower: port, upper: port }),
  "repair window": record({ sndWl1: uint, sndWnd: uint, maxWindow: uint, rcvWnd: uint, rcvWup: uint }),
  "icmp filter": types(32),
  "icmp6 filter": types(256),
  fanout: record({ id: port, type: byte, flags: byte.map((flags) => flags << 8) }),
};

/** A filter's types as they come back: in order, each once. */
function types(count: number): fc.Arbitrary<unknown> {
  const type = fc.integer({ min: 0, max: count - 1 });
  return fc.uniqueArray(type, { maxLength: count }).map((block) => ({ block: block.sort((a, b) => a - b) }));
}

for (const [kind, arbitrary] of Object.entries(values)) {
  test(`a value of kind ${kind} comes back as it was`, () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const bytes = encodeOption(kind as OptionKind, value);
        assert.ok(bytes.length <= optionSize(kind as OptionKind));
        assert.deepEqual(decodeOption(kind as OptionKind, bytes), value);
      }),
    );
  });
}

test("any bytes are a value of any kind that is read, whatever their number", () => {
  const kinds: OptionKind[] = [
    ...(Object.keys(values) as OptionKind[]),
    ...(["cookie", "label", "bytes", "credentials", "groups", "filter", "memory info", "address", "tcp info"] as const),
    ...(["inet address", "path mtu", "packet statistics", "rollover statistics", "netlink groups"] as const),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 300 }), (kind, bytes) => {
      assert.notEqual(decodeOption(kind, bytes), undefined);
    }),
  );
});

test("a filter is written as the address of its instructions, and read as the instructions", () => {
  const instruction = record({ code: port, jt: byte, jf: byte, k: uint });
  fc.assert(
    fc.property(fc.array(instruction, { minLength: 1, maxLength: 64 }), (program) => {
      const bytes = encodeOption("filter", program);
      assert.deepEqual(decodeOption("filter", bytes), program);
      assert.equal(optionBytes("filter", program.length), bytes.length);
    }),
  );
});

test("a filter's k may be one of C's negative offsets", () => {
  const bytes = encodeOption("filter", [{ code: BPF_LD | BPF_H | BPF_ABS, jt: 0, jf: 0, k: SKF_AD_OFF }]);
  assert.equal(decodeOption("filter", bytes)[0]?.k, SKF_AD_OFF >>> 0);
});

test("tcp_info has every field that the kernel gave, and no other", () => {
  const bytes = new Uint8Array(280).fill(1);
  for (const { offset, bytes: width } of TCP_INFO_FIELDS) {
    const shorter = decodeOption("tcp info", bytes.subarray(0, offset));
    const longer = decodeOption("tcp info", bytes.subarray(0, offset + width));
    if (offset < 104) assert.deepEqual(Object.keys(shorter), Object.keys(longer));
    else assert.equal(Object.keys(longer).length, Object.keys(shorter).length + 1);
  }
  const whole = decodeOption("tcp info", bytes);
  assert.equal(Object.keys(whole).length, TCP_INFO_FIELDS.length + 4);
  assert.deepEqual([whole.state, whole.rttUs, whole.bytesAcked], [1, 0x01010101, Number(0x0101010101010101n)]);
  assert.deepEqual([whole.sndWscale, whole.rcvWscale, whole.deliveryRateAppLimited], [1, 0, true]);
  assert.equal(decodeOption("tcp info", bytes.fill(0xff)).pacingRate, Infinity);
});

test("what is not in the table takes bytes, an integer or a boolean, and gives bytes", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  assert.equal(encodeOption(undefined, bytes), bytes);
  assert.equal(encodeOption("linger", bytes), bytes);
  assert.deepEqual(encodeOption(undefined, true), Uint8Array.of(1, 0, 0, 0));
  assert.deepEqual(encodeOption(undefined, -1), Uint8Array.of(255, 255, 255, 255));
  assert.deepEqual(encodeOption(undefined, 0xfffffffe), Uint8Array.of(254, 255, 255, 255));
  assert.deepEqual(decodeOption(undefined, bytes), bytes);
  assert.notEqual(decodeOption(undefined, bytes), bytes);
});

test("an old kernel's shorter answers are read", () => {
  assert.equal(decodeOption("integer", Uint8Array.of(64)), 64);
  assert.equal(decodeOption("boolean", Uint8Array.of(1)), true);
  assert.equal(decodeOption("rate", Uint8Array.of(255, 255, 255, 255)), Infinity);
  assert.equal(decodeOption("text", new Uint8Array()), "");
  assert.equal(decodeOption("memory info", new Uint8Array(32)).drops, undefined);
});

test("structures are read field by field", () => {
  const words = Uint8Array.from(new Uint8Array(Uint32Array.of(7, 1000, 0xffffffff).buffer));
  assert.deepEqual(decodeOption("credentials", words), { pid: 7, uid: 1000, gid: 0xffffffff });
  assert.deepEqual(decodeOption("groups", words), [7, 1000, 0xffffffff]);
  assert.deepEqual(decodeOption("packet statistics", words), { packets: 7, drops: 1000 });
  assert.equal(decodeOption("cookie", words), (1000n << 32n) | 7n);
  assert.deepEqual(decodeOption("netlink groups", Uint8Array.of(0b101, 0, 0, 0x80)), [1, 3, 32]);
  assert.equal(decodeOption("label", Buffer.from("unconfined\0")), "unconfined");
  assert.equal(decodeOption("inet address", Uint8Array.of(10, 0, 0, 1)), "10.0.0.1");
  const long = new Uint8Array(BigUint64Array.of(3n, 2n, 1n).buffer);
  assert.deepEqual(decodeOption("rollover statistics", long), { all: 3, huge: 2, failed: 1 });
  const mtu = new Uint8Array(32);
  mtu.set([AF_INET6, 0, 0, 0]);
  mtu.set([0xdc, 5], 28);
  assert.deepEqual(decodeOption("path mtu", mtu), { mtu: 1500, address: { family: AF_INET6, address: "::", port: 0 } });
  assert.deepEqual(decodeOption("path mtu", mtu.fill(0, 0, 28)), { mtu: 1500 });
});

test("times are whole microseconds, and none that is not 0 becomes 0", () => {
  assert.equal(decodeOption("milliseconds", encodeOption("milliseconds", 0.0001)), 0.001);
  assert.equal(decodeOption("milliseconds", encodeOption("milliseconds", 1.0006)), 1.001);
  assert.equal(decodeOption("milliseconds", encodeOption("milliseconds", 0)), 0);
});

const group = "224.0.0.1";
const type = "ERR_INVALID_ARG_TYPE";
const value = "ERR_INVALID_ARG_VALUE";
const range = "ERR_OUT_OF_RANGE";
/** Every wrong value, with the name of what is wrong and the error's code. */
const wrong: readonly (readonly [kind: OptionKind | undefined, wrong: unknown, argument: string, code: string])[] = [
  [undefined, "1", "value", type],
  [undefined, {}, "value", type],
  [undefined, 1.5, "value", range],
  [undefined, 2 ** 32, "value", range],
  ["boolean", 2, "value", type],
  ["boolean", "yes", "value", type],
  ["boolean", undefined, "value", type],
  ["integer", true, "value", type],
  ["integer", 2 ** 31, "value", range],
  ["integer", NaN, "value", range],
  ["unsigned", -1, "value", range],
  ["size", -1, "value", range],
  ["size", 2 ** 53, "value", range],
  ["rate", 0.5, "value", range],
  ["rate", -Infinity, "value", range],
  ["rate", 1n, "value", type],
  ["milliseconds", -1, "value", range],
  ["milliseconds", NaN, "value", range],
  ["milliseconds", Infinity, "value", range],
  ["milliseconds", "1s", "value", type],
  ["linger", true, "value", type],
  ["linger", null, "value", type],
  ["linger", { linger: 1 }, "value.onoff", type],
  ["linger", { onoff: true }, "value.linger", type],
  ["linger", { onoff: true, linger: -1 }, "value.linger", range],
  ["text", 1, "value", type],
  ["text", "a\0b", "value", value],
  ["text", "sixteen-bytes-is", "value", range],
  ["bytes", 1, "value", type],
  ["credentials", { pid: 1, uid: 0, gid: 0 }, "value", type],
  ["filter", {}, "value", type],
  ["filter", [], "value.length", range],
  ["filter", Array.from({ length: 4097 }), "value.length", range],
  ["filter", [6], "value[0]", type],
  ["filter", [{ code: 6, jt: 0, jf: 256, k: 0 }], "value[0].jf", range],
  ["transmit time", { clockId: 1 }, "value.flags", type],
  ["md5 key", { address: "x", key: Uint8Array.of(1) }, "value.address", value],
  ["md5 key", { address: 1, key: Uint8Array.of(1) }, "value.address", type],
  ["md5 key", { address: "::1", key: "secret" }, "value.key", type],
  ["md5 key", { address: "::1", key: new Uint8Array(81) }, "value.key.length", range],
  ["md5 key", { address: "10.0.0.0", key: new Uint8Array(1), prefixLength: 33 }, "value.prefixLength", range],
  ["repair options", [{ code: 1, value: -1 }], "value[0].value", range],
  ["repair window", { sndWl1: 1 }, "value.sndWnd", type],
  ["membership", group, "value", type],
  ["membership", {}, "value.group", type],
  ["membership", { group: "ff02::1" }, "value.group", value],
  ["membership", { group, interfaceAddress: "eth0" }, "value.interfaceAddress", value],
  ["membership", { group, interfaceIndex: "eth0" }, "value.interfaceIndex", type],
  ["multicast interface", undefined, "value", type],
  ["multicast interface", "eth0", "value", value],
  ["multicast interface", -1, "value", range],
  ["source membership", { group, source: "::1" }, "value.source", value],
  ["source membership", { group, source: group, interfaceAddress: 1 }, "value.interfaceAddress", type],
  ["source filter", { group, mode: 2, sources: [] }, "value.mode", range],
  ["source filter", { group, mode: 0, sources: ["x"] }, "value.sources[0]", value],
  ["source filter", { group, mode: 0 }, "value.sources", type],
  ["source filter", { group, mode: 0, sources: Array.from({ length: 1025 }) }, "value.sources.length", range],
  ["membership6", { group }, "value.group", value],
  ["membership6", { group: "ff02::1%1" }, "value.group", value],
  ["membership6", { group: "ff02::1", interfaceIndex: -1 }, "value.interfaceIndex", range],
  ["group membership", { group: "nowhere" }, "value.group", value],
  ["group source membership", { group, source: undefined }, "value.source", type],
  ["group source filter", { group, mode: 1, sources: [group, "x:"] }, "value.sources[1]", value],
  ["interface index", "eth0", "value", type],
  ["port range", { lower: 1 }, "value", type],
  ["port range", { lower: 1, upper: 65536 }, "value.upper", range],
  ["packet info 6", { address: "127.0.0.1" }, "value.address", value],
  ["flow label", { destination: "::1", label: 0x100000, action: 0 }, "value.label", range],
  ["flow label", { destination: "::1", label: 1, action: 0, lingerS: 65536 }, "value.lingerS", range],
  ["icmp filter", [8], "value", type],
  ["icmp filter", {}, "value.block", type],
  ["icmp filter", { block: [32] }, "value.block[0]", range],
  ["icmp6 filter", { pass: [128, 256] }, "value.pass[1]", range],
  ["packet membership", { type: 1 }, "value.interfaceIndex", type],
  ["packet membership", { interfaceIndex: 1, type: 1, address: [1] }, "value.address", type],
  ["packet membership", { interfaceIndex: 1, type: 1, address: new Uint8Array(9) }, "value.address.length", range],
  ["fanout", { id: 65536, type: 0 }, "value.id", range],
];

test("a wrong value is refused before the call, by the name of what is wrong", () => {
  for (const [kind, given, argument, code] of wrong) {
    assert.throws(
      () => encodeOption(kind, given),
      (error: Error & { code?: string }) => {
        assert.ok(error instanceof TypeError || error instanceof RangeError);
        assert.equal(error.code, code, `${kind}: ${error.message}`);
        assert.ok(error.message.includes(`"${argument}"`), `${kind}: ${error.message} does not name ${argument}`);
        return true;
      },
      `${kind} took a wrong value: ${argument}`,
    );
  }
});
