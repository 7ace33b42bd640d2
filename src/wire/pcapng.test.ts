import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { assertSurvives, fromHex, toHex, uint16, uint32, viewOf } from "../../test/wire/bytes.ts";
import { CAPTURED, WIRESHARK_CAPTURE } from "../../test/wire/captured.ts";
import {
  type AddressNames,
  type Direction,
  type InterfaceInfo,
  LINKTYPE_ETHERNET,
  LINKTYPE_RAW,
  MAX_OPTION_BYTES,
  type SectionInfo,
} from "./pcapng-format.ts";
import { type PcapngBlock, PcapngReader } from "./pcapng-reader.ts";
import { PcapngWriter } from "./pcapng-writer.ts";
import { BAD_LENGTH, BAD_VALUE, BAD_VERSION, OK, reasonText, TRUNCATED } from "./reason.ts";

/** A block as it is written: a packet's bytes stand in it. */
type Written =
  | { readonly kind: "section"; readonly info: SectionInfo }
  | { readonly kind: "interface"; readonly info: InterfaceInfo }
  | {
      readonly kind: "packet";
      readonly timeUs: number;
      readonly bytes: Uint8Array;
      readonly originalBytes: number;
      readonly direction: Direction | undefined;
      readonly comments: readonly string[];
    }
  | { readonly kind: "names"; readonly names: readonly AddressNames[] };

const plain = { noNullPrototype: true as const, requiredKeys: [] as never[] };
const all = { noNullPrototype: true } as const;
/** Whatever begins with what some take for a byte order mark, too. */
const text = fc.oneof(fc.string({ unit: "grapheme", maxLength: 20 }), fc.constant("\ufefftext"));
const comments = fc.array(text, { minLength: 1, maxLength: 3 });
const section = fc.record({ hardware: text, system: text, application: text, comments }, plain);
const interface_ = fc.record({ linkType: uint16 }, all).chain((fixed) =>
  fc
    .record(
      {
        snapBytes: fc.integer({ min: 1, max: 0xffffffff }),
        name: text,
        description: text,
        comments,
        offsetS: fc.maxSafeInteger(),
      },
      plain,
    )
    .map((others) => ({ ...fixed, ...others })),
);
const packet = fc.record(
  {
    kind: fc.constant("packet" as const),
    // Until the year 2255; whole microseconds are exact.
    timeUs: fc.maxSafeNat(),
    bytes: fc.uint8Array({ maxLength: 70 }),
    originalBytes: uint32,
    direction: fc.constantFrom<(Direction | undefined)[]>("in", "out", undefined),
    comments: fc.oneof(fc.constant([]), comments),
  },
  all,
);
const host = fc.string({ unit: fc.constantFrom("a", "b", "c", "-", ".", "ü"), minLength: 1, maxLength: 12 });
const names = fc.record(
  {
    kind: fc.constant("names" as const),
    names: fc.array(
      fc.record(
        {
          address: fc.constantFrom(4, 16).chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
          names: fc.array(host, { minLength: 1, maxLength: 3 }),
        },
        all,
      ),
      { maxLength: 3 },
    ),
  },
  all,
);
/** A section, its interface, and what comes behind them; twice, since a second section begins anew. */
const capture: fc.Arbitrary<Written[]> = fc
  .array(fc.tuple(section, interface_, fc.array(fc.oneof(packet, names), { maxLength: 5 })), { maxLength: 2 })
  .map((sections) =>
    sections.flatMap(([info, first, rest]): Written[] => [
      { kind: "section", info },
      { kind: "interface", info: first },
      ...rest,
    ]),
  );

/** The bytes of a capture, and where each block begins. */
function write(blocks: readonly Written[]): { readonly view: DataView; readonly starts: readonly number[] } {
  const parts: Uint8Array[] = [];
  const writer = new PcapngWriter((block) => parts.push(block.slice()));
  for (const block of blocks) {
    if (block.kind === "section") writer.section(block.info);
    else if (block.kind === "interface") writer.interface(block.info);
    else if (block.kind === "names") writer.names(block.names);
    else {
      const { timeUs, originalBytes, direction, comments: said, bytes } = block;
      // In the middle of other memory, as packets are.
      const memory = new Uint8Array(bytes.length + 20);
      memory.set(bytes, 10);
      const view = new DataView(memory.buffer, 3);
      const info = { timeUs, originalBytes, comments: said, ...(direction === undefined ? {} : { direction }) };
      writer.packet(0, view, 7, 7 + bytes.length, info);
    }
  }
  const starts: number[] = [];
  let at = 0;
  for (const part of parts) {
    starts.push(at);
    at += part.length;
  }
  return { view: viewOf(Uint8Array.from(parts.flatMap((part) => [...part]))), starts };
}

/** The blocks, as they were written. */
function read(view: DataView, end: number = view.byteLength): { blocks: Written[]; reason: number } {
  const reader = new PcapngReader(view, 0, end);
  const blocks: Written[] = [];
  for (let block = reader.next(); block !== undefined; block = reader.next()) blocks.push(asWritten(view, block));
  assert.equal(reader.next(), undefined);
  return { blocks, reason: reader.reason };
}

function asWritten(view: DataView, block: PcapngBlock): Written {
  switch (block.kind) {
    case "interface":
      assert.equal(block.id, 0);
      return { kind: "interface", info: block.info };
    case "packet": {
      const { kind, timeUs = NaN, originalBytes, direction, comments: said, start, end } = block;
      const bytes = new Uint8Array(view.buffer.slice(start, end));
      return { kind, timeUs, bytes, originalBytes, direction, comments: said };
    }
    case "other":
      return assert.fail(`a block of type ${block.type}`);
    default:
      return block;
  }
}

test("what is written is read again", () => {
  fc.assert(
    fc.property(capture, (blocks) => {
      const { view } = write(blocks);
      assert.deepEqual(read(view), { blocks, reason: OK });
    }),
  );
});

test("a capture that is cut gives the blocks before the cut, and says so", () => {
  fc.assert(
    fc.property(capture, (blocks) => {
      const { view, starts } = write(blocks);
      for (let end = 0; end < view.byteLength; end++) {
        const whole = starts.includes(end);
        const { blocks: found, reason } = read(view, end);
        assert.equal(found.length, starts.filter((start) => start < end).length - (whole ? 0 : 1));
        assert.equal(reason, whole ? OK : TRUNCATED, reasonText(reason));
      }
    }),
    { numRuns: 20 },
  );
});

test("any bytes are survived", () => {
  const { view } = write([
    { kind: "section", info: {} },
    { kind: "interface", info: { linkType: LINKTYPE_ETHERNET } },
  ]);
  const head = [...new Uint8Array(view.buffer)];
  const parse = (bytes: DataView, start: number, end: number): void => {
    const reader = new PcapngReader(bytes, start, end);
    for (let i = 0; reader.next() !== undefined; i++) assert.ok(i < 40);
  };
  const zeros = Array<number>(20).fill(0);
  assertSurvives(
    parse,
    head,
    [...head, 6, 0, 0, 0, 60, 0, 0, 0, ...zeros],
    [...head, 4, 0, 0, 0, 40, 0, 0, 0, 1, 0],
    [...head, 3, 0, 0, 0, 40, 0, 0, 0],
  );
});

test("any byte of a capture may change", () => {
  const { view } = write([
    { kind: "section", info: { application: "x", comments: ["y"] } },
    { kind: "interface", info: { linkType: LINKTYPE_RAW, name: "eth0", offsetS: 1 } },
    { kind: "packet", timeUs: 1, bytes: new Uint8Array(5), originalBytes: 5, direction: "in", comments: ["z"] },
    { kind: "names", names: [{ address: new Uint8Array(4), names: ["a"] }] },
  ]);
  fc.assert(
    fc.property(fc.nat({ max: view.byteLength - 1 }), fc.nat({ max: 255 }), (at, value) => {
      const changed = viewOf(new Uint8Array(view.buffer));
      changed.setUint8(at, value);
      const reader = new PcapngReader(changed, 0, changed.byteLength);
      for (let block = reader.next(); block !== undefined; block = reader.next()) {
        if (block.kind === "packet") assert.ok(block.start <= block.end && block.end <= changed.byteLength);
      }
      assert.notEqual(reasonText(reader.reason), "");
    }),
    { numRuns: 2000 },
  );
});

test("what Wireshark's editcap wrote", () => {
  const view = fromHex(WIRESHARK_CAPTURE);
  const { blocks, reason } = read(view);
  assert.equal(reason, OK);
  const [first, second, ...packets] = blocks;
  assert.ok(first?.kind === "section" && first.info.application?.startsWith("TShark (Wireshark) 4.0.17"));
  assert.deepEqual(second, { kind: "interface", info: { linkType: LINKTYPE_ETHERNET, snapBytes: 262_144 } });
  const frames = packets.map((block) => {
    assert.ok(block.kind === "packet");
    return { timeUs: block.timeUs, frame: toHex(viewOf(block.bytes)), comments: block.comments };
  });
  assert.deepEqual(frames, [
    { timeUs: 1_795_253_916_843_499, frame: CAPTURED.arpRequest, comments: ["who has it"] },
    { timeUs: 1_795_253_916_843_511, frame: CAPTURED.arpReply, comments: [] },
  ]);
});

test("fractions of a microsecond are kept to the nanosecond", () => {
  for (const timeUs of [0.001, 0.999, 1.5, 4_294_967_295.5, 1_000_000.25]) {
    const { view } = write([
      { kind: "section", info: {} },
      { kind: "interface", info: { linkType: LINKTYPE_RAW } },
      { kind: "packet", timeUs, bytes: new Uint8Array(1), originalBytes: 1, direction: undefined, comments: [] },
    ]);
    const last = read(view).blocks[2];
    assert.ok(last?.kind === "packet" && Math.abs(last.timeUs - timeUs) < 0.001, String(timeUs));
  }
});

/** A big-endian section with an interface of the time resolution given, and one block. */
function bigEndian(resolution: string, block: string): DataView {
  const bytes = (hex: string): number => hex.replaceAll(/\s/g, "").length / 2;
  const whole = (type: string, body: string): string => {
    const length = (bytes(body) + 12).toString(16).padStart(8, "0");
    return `${type} ${length} ${body} ${length}`;
  };
  return fromHex(
    whole("0a0d0d0a", "1a2b3c4d 0001 0000 ffffffffffffffff") +
      whole("00000001", `0001 0000 00000003 0009 0001 ${resolution} 000000 0000 0000`) +
      block,
  );
}

test("a section in the other byte order, with times of other resolutions", () => {
  const packetBlock = "00000006 00000024 00000000 00000001 00000400 00000001 00000005 aa000000 00000024";
  for (const [resolution, timeUs] of [
    ["06", 2 ** 32 + 1024],
    ["03", (2 ** 32 + 1024) * 1000],
    ["8a", ((2 ** 32 + 1024) * 1e6) / 1024],
    ["09", (2 ** 32 + 1024) / 1000],
  ] as const) {
    const { blocks, reason } = read(bigEndian(resolution, packetBlock));
    assert.equal(reason, OK);
    const block = blocks[2];
    assert.ok(block?.kind === "packet");
    assert.ok(Math.abs(block.timeUs - timeUs) <= 1e-9 * timeUs, resolution);
    assert.deepEqual([block.bytes[0], block.bytes.length, block.originalBytes], [0xaa, 1, 5]);
  }
});

test("a simple packet is cut to what its interface keeps, and has no time", () => {
  const view = bigEndian("06", "00000003 00000014 00000005 aabbcc00 00000014");
  const reader = new PcapngReader(view, 0, view.byteLength);
  reader.next();
  reader.next();
  const block = reader.next();
  assert.ok(block?.kind === "packet");
  assert.deepEqual([block.timeUs, block.end - block.start, block.originalBytes], [undefined, 3, 5]);
});

test("blocks that are not read here are passed over", () => {
  const view = bigEndian("06", "00000bad 00000010 01020304 00000010 00000005 0000000c 0000000c");
  const reader = new PcapngReader(view, 0, view.byteLength);
  reader.next();
  reader.next();
  assert.deepEqual(reader.next(), { kind: "other", type: 0xbad });
  assert.deepEqual(reader.next(), { kind: "other", type: 5 });
  assert.equal(reader.next(), undefined);
  assert.equal(reader.reason, OK);
});

test("what no capture may be has its reason", () => {
  for (const [block, reason] of [
    ["00000006 00000020 00000001 00000000 00000000 00000000 00000000 00000020", BAD_VALUE],
    ["00000006 00000020 00000000 00000000 00000000 00000001 00000000 00000020", BAD_LENGTH],
    ["00000006 00000020 00000000 00000000 00000000 ffffffff 00000000 00000020", BAD_LENGTH],
    ["00000006 0000000c 0000000c", BAD_LENGTH],
    ["00000003 00000010 00000005 00000010", BAD_LENGTH],
    ["00000004 00000010 0001 0008 00000010", BAD_LENGTH],
    ["00000004 00000014 0001 0002 61000000 00000014", BAD_LENGTH],
    ["00000005 0000000e 0000 0000000e", BAD_LENGTH],
    ["00000005 0000000c 00000010", BAD_LENGTH],
    ["00000005 00000008 00000008 00000008", BAD_LENGTH],
    ["0a0d0d0a 0000001c 1a2b3c4d 0002 0000 ffffffffffffffff 0000001c", BAD_VERSION],
    ["0a0d0d0a 0000001c 1a2b3c4e 0001 0000 ffffffffffffffff 0000001c", BAD_VALUE],
    ["0a0d0d0a 00000010 1a2b3c4d 00000010", BAD_LENGTH],
  ] as const) {
    const found = read(bigEndian("06", block));
    assert.deepEqual([found.blocks.length, reasonText(found.reason)], [2, reasonText(reason)], block);
  }
  assert.equal(read(fromHex("00000001 0000000c 0000000c")).reason, BAD_VALUE);
});

test("text that is longer than an option is cut between characters, and names that are none are left out", () => {
  const { view } = write([
    { kind: "section", info: { comments: [`${"a".repeat(MAX_OPTION_BYTES - 1)}ü`] } },
    {
      kind: "names",
      names: [
        { address: Uint8Array.of(10, 0, 0, 1), names: ["", "a\0b"] },
        { address: Uint8Array.of(10, 0, 0, 2), names: [] },
        { address: Uint8Array.of(10, 0, 0, 3), names: ["c".repeat(MAX_OPTION_BYTES)] },
      ],
    },
  ]);
  assert.deepEqual(read(view).blocks, [
    { kind: "section", info: { comments: ["a".repeat(MAX_OPTION_BYTES - 1)] } },
    { kind: "names", names: [{ address: Uint8Array.of(10, 0, 0, 1), names: ["ab"] }] },
  ]);
});
