import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { assertSurvives, emitted, fromHex, offset, toHex, uint16, uint32, uint8 } from "../../test/wire/bytes.ts";
import { labelText, MAX_NAME_POINTERS } from "./dns-name.ts";
import { DnsReader } from "./dns-reader.ts";
import {
  DNS_A,
  DNS_AAAA,
  DNS_ANY,
  DNS_CNAME,
  DNS_IN,
  DNS_MX,
  DNS_NS,
  DNS_OPT,
  DNS_PTR,
  DNS_SOA,
  DNS_SRV,
  DNS_TXT,
  type DnsData,
  type DnsRecord,
} from "./dns-record.ts";
import {
  DNS_HEADER_BYTES,
  DNS_UDP_BYTES,
  DnsMessage,
  dnsQuery,
  type Edns,
  ednsOf,
  ednsRecord,
  emitDns,
  OPCODE_QUERY,
  parseDns,
  RCODE_FORMAT_ERROR,
  RCODE_NAME_ERROR,
  RCODE_NOT_IMPLEMENTED,
  RCODE_OK,
  RCODE_REFUSED,
  RCODE_SERVER_FAILURE,
} from "./dns.ts";
import { BAD_LENGTH, BAD_POINTER, BAD_VALUE, OK, TRUNCATED } from "./reason.ts";

const LIMIT = 4096;

/** Few labels, so that names end alike and are compressed. */
const label = fc.oneof(
  fc.constantFrom("com", "example", "www", "Example", "a", "\\.", "\\000\\255"),
  fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => {
    return labelText(new DataView(bytes.slice().buffer), 0, bytes.length);
  }),
);
const name = fc.array(label, { maxLength: 5 }).map((labels) => (labels.length === 0 ? "." : labels.join(".")));
const bytes = fc.uint8Array({ maxLength: 40 });
const plain = { noNullPrototype: true } as const;

function kind(
  types: readonly number[],
  kindName: DnsData["kind"],
  fields: Record<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<DnsRecord> {
  const data = fc.record({ kind: fc.constant(kindName), ...fields }, plain);
  const record = fc.record({ name, type: fc.constantFrom(...types), class: uint16, ttlS: uint32, data }, plain);
  return record as fc.Arbitrary<DnsRecord>;
}

const record = fc.oneof(
  kind([DNS_A], "address", { address: fc.uint8Array({ minLength: 4, maxLength: 4 }) }),
  kind([DNS_AAAA], "address", { address: fc.uint8Array({ minLength: 16, maxLength: 16 }) }),
  kind([DNS_CNAME, DNS_NS, DNS_PTR], "name", { target: name }),
  kind([DNS_MX], "exchange", { preference: uint16, target: name }),
  kind([DNS_SRV], "service", { priority: uint16, weight: uint16, port: uint16, target: name }),
  kind([DNS_TXT], "text", { texts: fc.array(bytes, { minLength: 1, maxLength: 3 }) }),
  kind([DNS_SOA], "authority", {
    primary: name,
    mailbox: name,
    serial: uint32,
    refreshS: uint32,
    retryS: uint32,
    expireS: uint32,
    negativeTtlS: uint32,
  }),
  kind([DNS_OPT], "options", { options: fc.array(fc.record({ code: uint16, data: bytes }, plain), { maxLength: 3 }) }),
  kind([10, 65, 257, 65_280], "bytes", { bytes }),
);
const records = fc.array(record, { maxLength: 3 });

const message = fc
  .record({
    id: uint16,
    response: fc.boolean(),
    opcode: fc.nat({ max: 15 }),
    authoritative: fc.boolean(),
    truncated: fc.boolean(),
    recursionDesired: fc.boolean(),
    recursionAvailable: fc.boolean(),
    authenticData: fc.boolean(),
    checkingDisabled: fc.boolean(),
    responseCode: fc.nat({ max: 15 }),
    questions: fc.array(fc.record({ name, type: uint16, class: uint16 }, plain), { maxLength: 2 }),
    answers: records,
    authorities: records,
    additionals: records,
  })
  .map((fields) => Object.assign(new DnsMessage(), fields));

test("what is written is read again, and cut nowhere", () => {
  const read = new DnsMessage();
  fc.assert(
    fc.property(message, offset, (x, at) => {
      const whole = emitted(at, (view, start) => emitDns(view, start, LIMIT, x));
      assert.equal(parseDns(whole.view, whole.start, whole.end, read), OK);
      assert.deepEqual(read, x);
      for (let end = whole.start; end < whole.end; end++) {
        assert.notEqual(parseDns(whole.view, whole.start, end, read), OK);
      }
      // Where there is not room for all of it, nothing counts as written.
      assert.equal(emitDns(whole.view, whole.start, whole.end - 1, x), -1);
    }),
  );
});

test("any bytes are survived", () => {
  const read = new DnsMessage();
  const head = [0, 1, 0x81, 0x80, 0, 1, 0, 2, 0, 1, 0, 1];
  const question = [1, 97, 0, 0, 1, 0, 1];
  assertSurvives(
    (view, start, end) => parseDns(view, start, end, read),
    head,
    [...head, ...question, 0xc0, 12],
    [...head, ...question, 0, 0, 41, 16, 0, 0, 0, 0, 0],
    [...head, ...question, 0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 40],
  );
});

test("the example of RFC 1035 §4.1.4", () => {
  // F.ISI.ARPA at 20, FOO and a pointer to that at 40, a pointer to ARPA at 64, the root at 92.
  const gap = (bytes_: number): string => "ff".repeat(bytes_);
  const view = fromHex(
    `${gap(20)} 01 46 03 495349 04 41525041 00 ${gap(8)} 03 464f4f c014 ${gap(18)} c01a ${gap(26)} 00`,
  );
  for (const [at, expected, end] of [
    [20, "F.ISI.ARPA", 32],
    [40, "FOO.F.ISI.ARPA", 46],
    [64, "ARPA", 66],
    [92, ".", 93],
  ] as const) {
    const reader = new DnsReader(view, 0, view.byteLength);
    reader.at = at;
    assert.equal(reader.name(), expected);
    assert.deepEqual([reader.reason, reader.at], [OK, end]);
  }
});

/** Reads the name at `at` that these bytes hold. */
function readName(hex: string, at: number): { readonly text: string; readonly reason: number } {
  const view = fromHex(hex);
  const reader = new DnsReader(view, 0, view.byteLength);
  reader.at = at;
  const text = reader.name();
  return { text, reason: reader.reason };
}

test("a pointer that leads forward, to itself or round in a circle is refused", () => {
  for (const [hex, at] of [
    ["c000", 0],
    ["c002 0161 00", 0],
    ["0161 c000", 0],
    ["0161 c002 00", 0],
    ["c002 c000", 2],
    ["0161 c004 0162 c000", 4],
  ] as const) {
    assert.deepEqual(readName(hex, at), { text: "", reason: BAD_POINTER }, `${hex} at ${at}`);
  }
});

test("what a pointer leads to does not run into the name that it is in", () => {
  for (const hex of ["0161 c000", "0561 0162 c000", "01c0 c000"]) {
    assert.deepEqual(readName(hex, hex.length > 9 ? 4 : 2), { text: "", reason: BAD_POINTER }, hex);
  }
});

test("pointers that lead to pointers have a limit", () => {
  const chain = (pointers: number): string => {
    const words = Array.from({ length: pointers }, (_, i) => (0xc000 | (i === 0 ? 0 : i * 2)).toString(16));
    return `0000 ${words.join("")}`;
  };
  assert.equal(readName(chain(MAX_NAME_POINTERS), MAX_NAME_POINTERS * 2).reason, OK);
  assert.equal(readName(chain(MAX_NAME_POINTERS + 1), (MAX_NAME_POINTERS + 1) * 2).reason, BAD_POINTER);
});

test("a name that is too long, and the two kinds of label that are none", () => {
  const label63 = `3f${"61".repeat(63)}`;
  assert.equal(readName(`${label63.repeat(3)} 3d ${"61".repeat(61)} 00`, 0).reason, OK);
  assert.equal(readName(`${label63.repeat(3)} 3e ${"61".repeat(62)} 00`, 0).reason, BAD_LENGTH);
  for (const hex of ["41 61 00", "81 61 00"]) assert.equal(readName(hex, 0).reason, BAD_VALUE);
});

test("names that end alike are written once", () => {
  const x = dnsQuery(0x1234, "www.example.com", DNS_A);
  x.response = true;
  x.answers = [
    {
      name: "www.example.com",
      type: DNS_CNAME,
      class: DNS_IN,
      ttlS: 60,
      data: { kind: "name", target: "example.com" },
    },
    {
      name: "example.com",
      type: DNS_A,
      class: DNS_IN,
      ttlS: 60,
      data: { kind: "address", address: Uint8Array.of(192, 0, 2, 1) },
    },
  ];
  const whole = emitted(0, (view, start) => emitDns(view, start, LIMIT, x));
  assert.equal(
    toHex(whole.view, 0, whole.end),
    toHex(
      fromHex(`1234 8100 0001 0002 0000 0000
        03 777777 07 6578616d706c65 03 636f6d 00 0001 0001
        c00c 0005 0001 0000003c 0002 c010
        c010 0001 0001 0000003c 0004 c0000201`),
    ),
  );
});

test("a name beyond the reach of a pointer is written again", () => {
  const x = new DnsMessage();
  const data = { kind: "bytes", bytes: new Uint8Array(0x4000 - 12 - 11 - 1) } as const;
  const later = { type: 65_280, class: DNS_IN, ttlS: 0, data: { kind: "bytes", bytes: new Uint8Array(0) } } as const;
  x.answers = [
    { name: ".", type: 65_280, class: DNS_IN, ttlS: 0, data },
    // At the last offset that a pointer can name, and behind it.
    { name: "last", ...later },
    { name: "last", ...later },
    { name: "beyond", ...later },
    { name: "beyond", ...later },
  ];
  const view = new DataView(new ArrayBuffer(0x5000));
  const end = emitDns(view, 0, view.byteLength, x);
  const [name_, pointer, fixed] = ["046c61737400", "ffff", 10];
  const at = 0x3fff;
  assert.equal(toHex(view, at, at + 6), name_);
  assert.equal(toHex(view, at + 6 + fixed, at + 6 + fixed + 2), pointer);
  assert.equal(end, at + 6 + 2 + 8 + 8 + 4 * fixed);
  const read = new DnsMessage();
  assert.equal(parseDns(view, 0, end, read), OK);
  assert.deepEqual(read, x);
});

test("the target of a service is not compressed, and may be read so", () => {
  const x = dnsQuery(1, "a", DNS_SRV);
  x.answers = [
    {
      name: "a",
      type: DNS_SRV,
      class: DNS_IN,
      ttlS: 0,
      data: { kind: "service", priority: 1, weight: 2, port: 3, target: "a" },
    },
  ];
  const { view, end } = emitted(0, (memory, start) => emitDns(memory, start, LIMIT, x));
  assert.equal(toHex(view, end - 3, end), "016100");
  // The same with a pointer in its place.
  view.setUint16(end - 3, 0xc00c);
  view.setUint16(end - 11, 8);
  const read = new DnsMessage();
  assert.equal(parseDns(view, 0, end - 1, read), OK);
  assert.deepEqual(read.answers, x.answers);
});

test("data that are longer or shorter than their fields are refused", () => {
  const answer = (type: number, data: string): number => {
    const length = (data.replaceAll(" ", "").length / 2).toString(16).padStart(4, "0");
    const view = fromHex(
      `0001 8000 0000 0001 0000 0000 00 ${type.toString(16).padStart(4, "0")} 0001 00000000 ${length} ${data}`,
    );
    return parseDns(view, 0, view.byteLength, new DnsMessage());
  };
  assert.equal(answer(DNS_A, "7f000001"), OK);
  assert.equal(answer(DNS_A, "7f00000100"), BAD_LENGTH);
  assert.equal(answer(DNS_A, "7f0000"), TRUNCATED);
  assert.equal(answer(DNS_CNAME, "016100 00"), BAD_LENGTH);
  assert.equal(answer(DNS_TXT, ""), TRUNCATED);
  assert.equal(answer(DNS_TXT, "0161 00"), OK);
  assert.equal(answer(DNS_OPT, "0001 0002 00"), TRUNCATED);
});

test("a record that is not of its type, and a name that is none, are not written", () => {
  const view = new DataView(new ArrayBuffer(DNS_UDP_BYTES));
  const write = (type: number, data: DnsData, name_ = "a"): number => {
    const x = new DnsMessage();
    x.answers = [{ name: name_, type, class: DNS_IN, ttlS: 0, data }];
    return emitDns(view, 0, DNS_UDP_BYTES, x);
  };
  const address = { kind: "address", address: new Uint8Array(4) } as const;
  assert.ok(write(DNS_A, address) > 0);
  assert.equal(write(DNS_AAAA, address), -1);
  assert.equal(write(DNS_ANY, address), -1);
  assert.equal(write(DNS_A, { kind: "bytes", bytes: new Uint8Array(4) }), -1);
  assert.equal(write(DNS_TXT, { kind: "text", texts: [] }), -1);
  assert.equal(write(DNS_TXT, { kind: "text", texts: [new Uint8Array(256)] }), -1);
  assert.equal(write(DNS_PTR, { kind: "name", target: "a..b" }), -1);
  assert.equal(write(DNS_SRV, { kind: "service", priority: 0, weight: 0, port: 0, target: "ü" }), -1);
  assert.equal(write(DNS_A, address, "a..b"), -1);
});

test("a query", () => {
  const { view, end } = emitted(0, (memory, start) => emitDns(memory, start, DNS_UDP_BYTES, dnsQuery(7, ".", DNS_NS)));
  assert.equal(toHex(view, 0, end), toHex(fromHex("0007 0100 0001 0000 0000 0000 00 0002 0001")));
  assert.equal(end, DNS_HEADER_BYTES + 5);
});

const edns = fc.record(
  {
    udpBytes: uint16,
    responseCode: fc.nat({ max: 0xfff }),
    version: uint8,
    dnssecOk: fc.boolean(),
    options: fc.array(fc.record({ code: uint16, data: bytes }, plain), { maxLength: 2 }),
  },
  plain,
) as fc.Arbitrary<Edns>;

test("EDNS goes through a message", () => {
  const read = new DnsMessage();
  fc.assert(
    fc.property(edns, (x) => {
      const sent = new DnsMessage();
      sent.responseCode = x.responseCode & 15;
      sent.additionals = [ednsRecord(x)];
      const whole = emitted(0, (view, start) => emitDns(view, start, LIMIT, sent));
      assert.equal(parseDns(whole.view, 0, whole.end, read), OK);
      assert.deepEqual(ednsOf(read), x);
      read.additionals.push(ednsRecord(x));
      assert.equal(ednsOf(read), undefined);
    }),
  );
  assert.equal(ednsOf(new DnsMessage()), undefined);
});

test("the numbers are IANA's", () => {
  assert.deepEqual(
    [RCODE_OK, RCODE_FORMAT_ERROR, RCODE_SERVER_FAILURE, RCODE_NAME_ERROR, RCODE_NOT_IMPLEMENTED, RCODE_REFUSED],
    [0, 1, 2, 3, 4, 5],
  );
  assert.equal(OPCODE_QUERY, 0);
});
