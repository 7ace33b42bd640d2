import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  assertSurvives,
  assertTruncationsRefused,
  emitted,
  filled,
  fromHex,
  offset,
  uint16,
  uint32,
  word,
} from "../../test/wire/bytes.ts";
import {
  emitNeighbourOption,
  emitRedirectedHeader,
  INFINITE_LIFETIME_S,
  MAX_DNS_SERVERS,
  MTU,
  NeighbourOption,
  NONCE,
  parseNeighbourOption,
  PREFERENCE_HIGH,
  PREFERENCE_LOW,
  PREFERENCE_MEDIUM,
  PREFIX_INFORMATION,
  RECURSIVE_DNS_SERVER,
  REDIRECTED_HEADER,
  redirectedPacketStart,
  ROUTE_INFORMATION,
  SOURCE_LINK_LAYER_ADDRESS,
  TARGET_LINK_LAYER_ADDRESS,
} from "./neighbour-option.ts";
import { BAD_LENGTH, BAD_OPTION, OK } from "./reason.ts";

function kind(types: readonly number[], fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<NeighbourOption> {
  return filled(NeighbourOption, { type: fc.constantFrom(...types), ...fields });
}

const preference = fc.constantFrom(PREFERENCE_HIGH, PREFERENCE_MEDIUM, PREFERENCE_LOW);
const options = fc.oneof(
  kind([SOURCE_LINK_LAYER_ADDRESS, TARGET_LINK_LAYER_ADDRESS, NONCE], { addressHigh: uint16, addressLow: word }),
  kind([MTU], { mtu: uint32 }),
  kind([PREFIX_INFORMATION], {
    prefixLength: fc.nat({ max: 128 }),
    onLink: fc.boolean(),
    autonomous: fc.boolean(),
    lifetimeS: uint32,
    preferredLifetimeS: uint32,
    prefix0: word,
    prefix1: word,
    prefix2: word,
    prefix3: word,
  }),
  kind([ROUTE_INFORMATION], { prefixLength: fc.constant(0), preference, lifetimeS: uint32 }),
  kind([ROUTE_INFORMATION], {
    prefixLength: fc.integer({ min: 1, max: 64 }),
    preference,
    lifetimeS: uint32,
    prefix0: word,
    prefix1: word,
  }),
  kind([ROUTE_INFORMATION], {
    prefixLength: fc.integer({ min: 65, max: 128 }),
    preference,
    lifetimeS: uint32,
    prefix0: word,
    prefix1: word,
    prefix2: word,
    prefix3: word,
  }),
  fc
    .record({ lifetimeS: uint32, words: fc.array(word, { minLength: 4, maxLength: 40 }) })
    .map(({ lifetimeS, words }) => {
      const made = Object.assign(new NeighbourOption(), { type: RECURSIVE_DNS_SERVER, lifetimeS });
      made.serverCount = words.length >> 2;
      made.servers.set(words.slice(0, made.serverCount * 4));
      return made;
    }),
);

test("what is written is read again, and cut nowhere", () => {
  const read = new NeighbourOption();
  fc.assert(
    fc.property(options, offset, (x, at) => {
      const whole = emitted(at, (view, start) => emitNeighbourOption(view, start, x));
      read.servers.fill(0);
      assert.equal(parseNeighbourOption(whole.view, whole.start, whole.end, read), OK);
      assert.deepEqual(read, Object.assign(x, { start: at, end: whole.end, dataStart: at + 2 }));
      assertTruncationsRefused(whole, (view, start, end) => parseNeighbourOption(view, start, end, read));
    }),
    { numRuns: 500 },
  );
});

test("any bytes are survived", () => {
  const read = new NeighbourOption();
  const heads = [1, 3, 5, 24, 25].flatMap((type) => [1, 3, 4].map((units) => [type, units]));
  assertSurvives((view, start, end) => parseNeighbourOption(view, start, end, read), ...heads);
});

test("an option with a length that its type does not have is to be skipped", () => {
  const read = new NeighbourOption();
  for (const [type, units] of [
    [SOURCE_LINK_LAYER_ADDRESS, 2],
    [PREFIX_INFORMATION, 3],
    [MTU, 2],
    [ROUTE_INFORMATION, 4],
    [RECURSIVE_DNS_SERVER, 1],
    [RECURSIVE_DNS_SERVER, 4],
  ] as const) {
    const view = new DataView(new ArrayBuffer(units * 8));
    view.setUint16(0, (type << 8) | units);
    assert.equal(parseNeighbourOption(view, 0, units * 8, read), BAD_OPTION, `type ${type}, ${units} units`);
    assert.equal(read.end, units * 8);
  }
});

test("a prefix that is longer than its option, or than an address, is to be skipped", () => {
  const read = new NeighbourOption();
  const prefix = fromHex(`0304 81 c0 ${"00".repeat(28)}`);
  assert.equal(parseNeighbourOption(prefix, 0, 32, read), BAD_OPTION);
  const route = fromHex(`1802 41 00 ${"00".repeat(12)}`);
  assert.equal(parseNeighbourOption(route, 0, 16, read), BAD_OPTION);
});

test("an option of length zero has no end", () => {
  assert.equal(parseNeighbourOption(fromHex("0100 000000000000"), 0, 8, new NeighbourOption()), BAD_LENGTH);
});

test("a redirected header is padded to a multiple of eight bytes", () => {
  for (let bytes = 40; bytes < 57; bytes++) {
    const whole = emitted(3, (view, start) => {
      const packet = redirectedPacketStart(start);
      for (let i = 0; i < bytes; i++) view.setUint8(packet + i, 0x60);
      return emitRedirectedHeader(view, start, packet + bytes);
    });
    const read = new NeighbourOption();
    assert.equal(parseNeighbourOption(whole.view, whole.start, whole.end, read), OK);
    assert.deepEqual([read.type, read.dataStart, read.end], [REDIRECTED_HEADER, 11, whole.end]);
    assert.equal(read.end - read.start, Math.ceil((bytes + 8) / 8) * 8);
  }
});

test("an unknown option tells where its data are", () => {
  const read = new NeighbourOption();
  assert.equal(parseNeighbourOption(fromHex("fd01 010203040506 0000"), 0, 10, read), OK);
  assert.deepEqual([read.type, read.dataStart, read.end], [0xfd, 2, 8]);
});

test("the limits are those of the fields", () => {
  const x = Object.assign(new NeighbourOption(), { type: RECURSIVE_DNS_SERVER, serverCount: MAX_DNS_SERVERS });
  x.lifetimeS = INFINITE_LIFETIME_S;
  const whole = emitted(0, (view, start) => emitNeighbourOption(view, start, x));
  assert.equal(whole.end, 255 * 8);
  const read = new NeighbourOption();
  assert.equal(parseNeighbourOption(whole.view, 0, whole.end, read), OK);
  assert.deepEqual([read.serverCount, read.lifetimeS], [MAX_DNS_SERVERS, INFINITE_LIFETIME_S]);
});
