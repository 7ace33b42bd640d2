import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { assertSurvives, emitted, fromHex, offset, toHex, uint16, uint8, word } from "../../test/wire/bytes.ts";
import {
  addressesOption,
  DHCP_ACK,
  DHCP_BROADCAST_ADDRESS,
  DHCP_CLIENT_IDENTIFIER,
  DHCP_DECLINE,
  DHCP_DISCOVER,
  DHCP_DNS_SERVERS,
  DHCP_DOMAIN_NAME,
  DHCP_HOST_NAME,
  DHCP_INFORM,
  DHCP_INTERFACE_MTU,
  DHCP_LEASE_TIME,
  DHCP_MAX_MESSAGE_SIZE,
  DHCP_MESSAGE,
  DHCP_MESSAGE_TYPE,
  DHCP_NAK,
  DHCP_OFFER,
  DHCP_OVERLOAD,
  DHCP_PARAMETER_REQUEST_LIST,
  DHCP_REBINDING_TIME,
  DHCP_RELEASE,
  DHCP_RENEWAL_TIME,
  DHCP_REQUEST,
  DHCP_REQUESTED_ADDRESS,
  DHCP_ROUTERS,
  DHCP_SERVER_IDENTIFIER,
  DHCP_SUBNET_MASK,
  findOption,
  makeAddressesOption,
  makeNumberOption,
  numberOption,
} from "./dhcp-option.ts";
import {
  BOOT_REPLY,
  BOOT_REQUEST,
  DHCP_CLIENT_PORT,
  DHCP_HEADER_BYTES,
  DHCP_MAX_BYTES,
  DHCP_MIN_BYTES,
  DHCP_SERVER_PORT,
  DhcpMessage,
  emitDhcp,
  parseDhcp,
} from "./dhcpv4.ts";
import { BAD_VALUE, OK, TRUNCATED } from "./reason.ts";

const LIMIT = 4096;

const option = fc.record(
  {
    code: fc.integer({ min: 1, max: 254 }).filter((code) => code !== DHCP_OVERLOAD),
    data: fc.uint8Array({ maxLength: 600, size: "max" }),
  },
  { noNullPrototype: true },
);
const text = (maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.array(fc.integer({ min: 1, max: 255 }), { maxLength, size: "max" }).map((bytes) => Uint8Array.from(bytes));

const message = fc
  .record({
    operation: fc.constantFrom(BOOT_REQUEST, BOOT_REPLY),
    hardwareType: uint8,
    hops: uint8,
    transactionId: word,
    seconds: uint16,
    broadcast: fc.boolean(),
    clientAddress: word,
    yourAddress: word,
    nextServerAddress: word,
    relayAddress: word,
    hardwareAddress: fc.uint8Array({ maxLength: 16 }),
    serverName: text(64),
    bootFile: text(128),
    options: fc.uniqueArray(option, { maxLength: 4, selector: ({ code }) => code }),
  })
  .map((fields) => Object.assign(new DhcpMessage(), fields));

test("what is written is read again, options beyond 255 bytes in parts", () => {
  const read = new DhcpMessage();
  fc.assert(
    fc.property(message, offset, (x, at) => {
      const whole = emitted(at, (view, start) => emitDhcp(view, start, LIMIT, x));
      assert.ok(whole.end - whole.start >= DHCP_MIN_BYTES);
      assert.equal(parseDhcp(whole.view, whole.start, whole.end, read), OK);
      assert.deepEqual(read, x);
      assert.equal(emitDhcp(whole.view, whole.start, whole.end - 1, x), -1);
    }),
  );
});

test("a message that is cut before its options end loses one, or is refused", () => {
  const x = Object.assign(new DhcpMessage(), { operation: BOOT_REPLY });
  x.options = [
    makeNumberOption(DHCP_MESSAGE_TYPE, 1, DHCP_ACK),
    { code: DHCP_HOST_NAME, data: new Uint8Array(100).fill(97) },
  ];
  const START = 42;
  const { view, end: memoryEnd } = emitted(START, (memory, start) => emitDhcp(memory, start, LIMIT, x));
  const end = memoryEnd - START;
  const read = new DhcpMessage();
  for (let bytes = 0; bytes < end; bytes++) {
    const reason = parseDhcp(view, START, START + bytes, read);
    // Options need no end: a message may stop where one does.
    if (bytes === DHCP_HEADER_BYTES || bytes === DHCP_HEADER_BYTES + 3 || bytes === end - 1) assert.equal(reason, OK);
    else assert.equal(reason, TRUNCATED, `${bytes} of ${end} bytes`);
  }
});

test("any bytes are survived", () => {
  const read = new DhcpMessage();
  const head = Array<number>(DHCP_HEADER_BYTES).fill(0);
  head.splice(236, 4, 0x63, 0x82, 0x53, 0x63);
  assertSurvives((view, start, end) => parseDhcp(view, start, end, read), head, [...head, 52, 1, 3], [...head, 53, 1]);
});

test("a discover as a client of Ethernet sends it", () => {
  const x = new DhcpMessage();
  x.operation = BOOT_REQUEST;
  x.transactionId = 0x3903f326;
  x.hardwareAddress = Uint8Array.of(0, 5, 0x3c, 4, 0x8d, 0x59);
  x.options = [
    makeNumberOption(DHCP_MESSAGE_TYPE, 1, DHCP_DISCOVER),
    makeAddressesOption(DHCP_REQUESTED_ADDRESS, [0xc0a80164]),
    { code: DHCP_PARAMETER_REQUEST_LIST, data: Uint8Array.of(DHCP_SUBNET_MASK, DHCP_ROUTERS, DHCP_DNS_SERVERS) },
  ];
  const { view, end } = emitted(0, (memory, start) => emitDhcp(memory, start, DHCP_MAX_BYTES, x));
  assert.equal(end, DHCP_MIN_BYTES);
  assert.equal(
    toHex(view, 0, 34),
    toHex(fromHex("01010600 3903f326 0000 0000 00000000 00000000 00000000 00000000 00053c048d59")),
  );
  assert.equal(toHex(view, 236, 256), toHex(fromHex("63825363 350101 3204c0a80164 3703010306 ff 00")));
});

test("options in the fields of the name and the file", () => {
  const x = new DhcpMessage();
  x.options = [makeNumberOption(DHCP_OVERLOAD, 1, 3), makeNumberOption(DHCP_MESSAGE_TYPE, 1, DHCP_OFFER)];
  const { view, end } = emitted(0, (memory, start) => emitDhcp(memory, start, LIMIT, x));
  const put = (at: number, hex: string): void => {
    const bytes = fromHex(hex);
    for (let i = 0; i < bytes.byteLength; i++) view.setUint8(at + i, bytes.getUint8(i));
  };
  // A router in the file, half of an option in each field, and nothing behind an end.
  put(108, "03 04 0a000001 0f 02 6162 ff 0c 01 61");
  put(44, "0f 01 63 00 ff");
  const read = new DhcpMessage();
  assert.equal(parseDhcp(view, 0, end, read), OK);
  assert.deepEqual([...(findOption(read.options, DHCP_DOMAIN_NAME) ?? [])], [0x61, 0x62, 0x63]);
  assert.deepEqual(addressesOption(read.options, DHCP_ROUTERS), Int32Array.of(0x0a000001));
  assert.equal(findOption(read.options, DHCP_HOST_NAME), undefined);
  assert.equal(findOption(read.options, DHCP_OVERLOAD), undefined);
  assert.deepEqual([read.serverName.length, read.bootFile.length], [0, 0]);
  // An option that does not end in its field.
  put(44, "0f 3f 63");
  assert.equal(parseDhcp(view, 0, end, read), TRUNCATED);
});

test("options as numbers and addresses, or not as those", () => {
  const options = [
    makeNumberOption(DHCP_LEASE_TIME, 4, 0xffffffff),
    makeNumberOption(DHCP_INTERFACE_MTU, 2, 1500),
    makeNumberOption(DHCP_MESSAGE_TYPE, 1, DHCP_NAK),
    makeAddressesOption(DHCP_DNS_SERVERS, [0x08080808, 0xc0a80001]),
    { code: DHCP_BROADCAST_ADDRESS, data: new Uint8Array(3) },
  ];
  assert.equal(numberOption(options, DHCP_LEASE_TIME, 4), 0xffffffff);
  assert.equal(numberOption(options, DHCP_INTERFACE_MTU, 2), 1500);
  assert.equal(numberOption(options, DHCP_MESSAGE_TYPE, 1), DHCP_NAK);
  assert.equal(numberOption(options, DHCP_MESSAGE_TYPE, 4), undefined);
  assert.equal(numberOption(options, DHCP_RENEWAL_TIME, 4), undefined);
  assert.deepEqual(addressesOption(options, DHCP_DNS_SERVERS), Int32Array.of(0x08080808, 0xc0a80001 | 0));
  assert.equal(addressesOption(options, DHCP_BROADCAST_ADDRESS), undefined);
  assert.equal(addressesOption(options, DHCP_ROUTERS), undefined);
});

test("what is no DHCP, and what does not fit its place", () => {
  const whole = emitted(0, (view, start) => emitDhcp(view, start, LIMIT, new DhcpMessage()));
  const read = new DhcpMessage();
  whole.view.setUint8(2, 17);
  assert.equal(parseDhcp(whole.view, 0, whole.end, read), BAD_VALUE);
  whole.view.setUint8(2, 6);
  whole.view.setUint8(236, 0);
  assert.equal(parseDhcp(whole.view, 0, whole.end, read), BAD_VALUE);
  for (const fields of [
    { hardwareAddress: new Uint8Array(17) },
    { serverName: new Uint8Array(65) },
    { bootFile: new Uint8Array(129) },
  ]) {
    assert.equal(emitDhcp(whole.view, 0, LIMIT, Object.assign(new DhcpMessage(), fields)), -1);
  }
  const full = { hardwareAddress: new Uint8Array(16), serverName: new Uint8Array(64), bootFile: new Uint8Array(128) };
  assert.equal(emitDhcp(whole.view, 0, DHCP_MIN_BYTES, Object.assign(new DhcpMessage(), full)), DHCP_MIN_BYTES);
  assert.equal(emitDhcp(whole.view, 0, DHCP_MIN_BYTES - 1, new DhcpMessage()), -1);
});

test("the numbers are IANA's", () => {
  assert.deepEqual([DHCP_SERVER_PORT, DHCP_CLIENT_PORT], [67, 68]);
  assert.deepEqual(
    [DHCP_DISCOVER, DHCP_OFFER, DHCP_REQUEST, DHCP_DECLINE, DHCP_ACK, DHCP_NAK, DHCP_RELEASE, DHCP_INFORM],
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
  assert.deepEqual(
    [DHCP_SERVER_IDENTIFIER, DHCP_MESSAGE, DHCP_MAX_MESSAGE_SIZE, DHCP_REBINDING_TIME, DHCP_CLIENT_IDENTIFIER],
    [54, 56, 57, 59, 61],
  );
});
