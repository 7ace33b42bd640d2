import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { AddressLike, SocketAddress } from "../api/address.ts";
import { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX, AF_VSOCK } from "../api/constants.ts";
import { inet_ntop } from "./inet.ts";
import {
  SOCKADDR_STORAGE_SIZE,
  sockaddrDecode,
  sockaddrEncode,
  sockaddrEncodeInto,
  validateAddress,
} from "./sockaddr.ts";

const uint8 = fc.nat(0xff);
const uint16 = fc.nat(0xffff);
const uint32 = fc.nat(0xffffffff);
const nonZero = fc.integer({ min: 1, max: 0xffffffff });
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });

const plain = { noNullPrototype: true } as const;
const text4 = bytes(4).map((each) => inet_ntop(AF_INET, each));
const inet4 = fc.record({ family: fc.constant(AF_INET), address: text4, port: uint16 }, plain);
const inet6 = fc.record(
  {
    family: fc.constant(AF_INET6),
    address: bytes(16).map((each) => inet_ntop(AF_INET6, each)),
    port: uint16,
    scopeId: nonZero,
    flowInfo: nonZero,
  },
  { requiredKeys: ["family", "address", "port"], noNullPrototype: true },
);
const fits = (path: string): boolean => Buffer.byteLength(path) <= 108;
const filePath = fc.string({ unit: "binary", maxLength: 110 }).filter((path) => fits(path) && !path.includes("\0"));
const abstractPath = fc.string({ unit: "binary", maxLength: 110 }).map((name) => `\0${name}`);
const notUtf8 = fc.uint8Array({ maxLength: 107, min: 1 }).map((each) => Uint8Array.of(...each, 0xff));
const unix = fc.record(
  { family: fc.constant(AF_UNIX), path: fc.oneof(filePath, abstractPath.filter(fits), notUtf8) },
  plain,
);
const packet = fc.record(
  {
    family: fc.constant(AF_PACKET),
    protocol: uint16,
    interfaceIndex: uint32,
    hardwareType: uint16,
    packetType: uint8,
    hardwareAddress: fc.uint8Array({ maxLength: 32 }),
  },
  plain,
);
const netlink = fc.record({ family: fc.constant(AF_NETLINK), portId: uint32, groups: uint32 }, plain);
const vsock = fc.record({ family: fc.constant(AF_VSOCK), cid: uint32, port: uint32 }, plain);
const raw = fc.record({ family: fc.integer({ min: 41, max: 0xffff }), data: fc.uint8Array({ maxLength: 126 }) }, plain);
const anyAddress: fc.Arbitrary<SocketAddress> = fc.oneof(inet4, inet6, unix, packet, netlink, vsock, raw);

/** `expected` is hexadecimal, with spaces for the reader. */
function assertBytes(address: AddressLike, expected: string): void {
  assert.equal(Buffer.from(sockaddrEncode(address)).toString("hex"), expected.replaceAll(" ", ""));
}

describe("the bytes that the kernel takes", () => {
  test("sockaddr_in: the port and the address are in network order, eight zeros follow", () => {
    assertBytes({ family: AF_INET, address: "127.0.0.1", port: 7 }, "0200 0007 7f000001 0000000000000000");
    assertBytes({ family: AF_INET, address: "10.20.30.255", port: 0xabcd }, "0200abcd0a141eff0000000000000000");
  });

  test("sockaddr_in6: the flow information is in network order, the scope id in the host's", () => {
    const address = { family: AF_INET6, address: "fe80::1", port: 0x1234, scopeId: 2, flowInfo: 0x0a0b0c0d } as const;
    assertBytes(address, `0a0012340a0b0c0dfe80${"00".repeat(13)}0102000000`);
    assertBytes({ family: AF_INET6, address: "::", port: 0 }, `0a00${"00".repeat(26)}`);
  });

  test("sockaddr_un: a path ends with a NUL, an abstract name with its length", () => {
    assertBytes({ family: AF_UNIX, path: "/é" }, "0100 2fc3a9 00");
    assertBytes({ family: AF_UNIX, path: "\0ab\0" }, "0100 00616200");
    assertBytes({ family: AF_UNIX, path: Uint8Array.of(0x2f, 0xff) }, "0100 2fff 00");
    assertBytes({ family: AF_UNIX, path: "" }, "0100");
  });

  test("sockaddr_un: a path of 107 bytes has its NUL, one of 108 has no room for it", () => {
    assertBytes({ family: AF_UNIX, path: "x".repeat(107) }, `0100${"78".repeat(107)}00`);
    assertBytes({ family: AF_UNIX, path: "x".repeat(108) }, `0100${"78".repeat(108)}`);
    assertBytes({ family: AF_UNIX, path: `\0${"x".repeat(107)}` }, `010000${"78".repeat(107)}`);
  });

  test("sockaddr_ll: the protocol is in network order; a long hardware address makes it longer", () => {
    const hardwareAddress = Uint8Array.of(2, 0, 0, 0, 0, 9);
    const address = { family: AF_PACKET, protocol: 0x0806, interfaceIndex: 3, hardwareType: 1, packetType: 4 } as const;
    assertBytes({ ...address, hardwareAddress }, "1100 0806 03000000 0100 04 06 0200000000090000");
    assertBytes({ family: AF_PACKET, protocol: 3, interfaceIndex: 1 }, `1100000301000000${"00".repeat(12)}`);
    assertBytes(
      { ...address, hardwareAddress: new Uint8Array(20).fill(7) },
      `110008060300000001000414${"07".repeat(20)}`,
    );
  });

  test("sockaddr_nl and sockaddr_vm are in host order", () => {
    assertBytes({ family: AF_NETLINK, portId: 0x01020304, groups: 0x0f }, "1000 0000 04030201 0f000000");
    assertBytes({ family: AF_VSOCK, cid: 2, port: 0x0102 }, "2800 0000 02010000 02000000 00000000");
  });

  test("a family that is not modelled is its number and its bytes; any family may be given so", () => {
    assertBytes({ family: 0x1234, data: Uint8Array.of(1, 2, 3) }, "3412010203");
    assertBytes({ family: AF_INET, data: Uint8Array.of(0, 7) }, "02000007");
  });

  test("bytes go through as they are", () => {
    assertBytes(Uint8Array.of(2, 0, 0, 7), "02000007");
    assertBytes(new Uint8Array(128).fill(9), "09".repeat(128));
    const given = Uint8Array.of(2, 0);
    assert.notEqual(sockaddrEncode(given), given);
  });
});

describe("reading what was written", () => {
  test("any address comes back", () => {
    fc.assert(
      fc.property(anyAddress, (address) => assert.deepEqual(sockaddrDecode(sockaddrEncode(address)), address)),
      { numRuns: 3000 },
    );
  });

  test("at any offset, and no byte around it is touched", () => {
    fc.assert(
      fc.property(anyAddress, fc.nat(9), (address, offset) => {
        const memory = new Uint8Array(offset + SOCKADDR_STORAGE_SIZE + 9).fill(0xa5);
        const length = sockaddrEncodeInto(address, memory, offset);
        assert.deepEqual(memory.subarray(offset, offset + length), sockaddrEncode(address));
        assert.ok(memory.subarray(0, offset).every((byte) => byte === 0xa5));
        assert.ok(memory.subarray(offset + length).every((byte) => byte === 0xa5));
        const read = sockaddrDecode(memory, offset, length);
        memory.fill(0);
        assert.deepEqual(read, address, "it shares no memory");
      }),
    );
  });

  test("cut anywhere it is still an address, and that one comes back", () => {
    fc.assert(
      fc.property(anyAddress, fc.nat(128), (address, cut) => {
        const whole = sockaddrEncode(address);
        const read = sockaddrDecode(whole.subarray(0, cut));
        assert.equal(read.family, cut < 2 ? 0 : address.family);
        assert.deepEqual(sockaddrDecode(sockaddrEncode(read)), read, `${cut} of ${whole.length} bytes`);
      }),
      { numRuns: 3000 },
    );
  });

  test("any bytes are an address, and that one comes back", () => {
    const modelled = fc.constantFrom(AF_INET, AF_INET6, AF_UNIX, AF_PACKET, AF_NETLINK, AF_VSOCK);
    const given = fc
      .tuple(modelled, fc.uint8Array({ maxLength: 126 }))
      .map(([family, rest]) => Uint8Array.of(family, 0, ...rest));
    fc.assert(
      fc.property(fc.oneof(given, fc.uint8Array({ minLength: 2, maxLength: 128 })), (each) => {
        const read = sockaddrDecode(each);
        assert.equal(read.family, each[0]! | (each[1]! << 8));
        assert.deepEqual(sockaddrDecode(sockaddrEncode(read)), read);
      }),
      { numRuns: 3000 },
    );
  });

  test("no bytes are no family", () => {
    assert.deepEqual(sockaddrDecode(new Uint8Array(0)), { family: 0, data: new Uint8Array(0) });
    assert.deepEqual(sockaddrDecode(Uint8Array.of(2)), { family: 0, data: Uint8Array.of(2) });
  });

  test("too few bytes for the family are kept as bytes", () => {
    const short = sockaddrEncode({ family: AF_INET, address: "1.2.3.4", port: 7 }).subarray(0, 15);
    assert.deepEqual(sockaddrDecode(short), { family: AF_INET, data: short.subarray(2) });
    assert.deepEqual(sockaddrDecode(Uint8Array.of(10, 0)), { family: AF_INET6, data: new Uint8Array(0) });
  });

  test("RFC 2133's sockaddr_in6 has no scope id", () => {
    const whole = sockaddrEncode({ family: AF_INET6, address: "fe80::1", port: 7, scopeId: 2 });
    assert.deepEqual(sockaddrDecode(whole, 0, 24), { family: AF_INET6, address: "fe80::1", port: 7 });
  });

  test("a path ends at its NUL or with the length, an abstract name with the length alone", () => {
    const unixBytes = (path: string): Uint8Array => Uint8Array.of(AF_UNIX, 0, ...Buffer.from(path));
    assert.deepEqual(sockaddrDecode(unixBytes("")), { family: AF_UNIX, path: "" });
    assert.deepEqual(sockaddrDecode(unixBytes("/run/a\0left over")), { family: AF_UNIX, path: "/run/a" });
    assert.deepEqual(sockaddrDecode(unixBytes("/run/a")), { family: AF_UNIX, path: "/run/a" });
    assert.deepEqual(sockaddrDecode(unixBytes("\0a\0b")), { family: AF_UNIX, path: "\0a\0b" });
    assert.deepEqual(sockaddrDecode(unixBytes(`${"x".repeat(108)}\0`)), { family: AF_UNIX, path: "x".repeat(108) });
    assert.deepEqual(sockaddrDecode(unixBytes("/run/abc"), 0, 6), { family: AF_UNIX, path: "/run" });
  });

  test("a path that is not UTF-8 stays bytes, a byte order mark stays a part of the name", () => {
    const path = Uint8Array.of(0x2f, 0xc3, 0x28);
    assert.deepEqual(sockaddrDecode(Uint8Array.of(AF_UNIX, 0, ...path, 0)), { family: AF_UNIX, path });
    const marked = { family: AF_UNIX, path: "\ufeffa" } as const;
    assert.deepEqual(sockaddrDecode(sockaddrEncode(marked)), marked);
  });

  test("the kernel's own sockaddr_ll ends with the hardware address", () => {
    const address = { family: AF_PACKET, protocol: 3, interfaceIndex: 1, hardwareType: 772, packetType: 0 } as const;
    const whole = sockaddrEncode({ ...address, hardwareAddress: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    assert.deepEqual(sockaddrDecode(whole, 0, 18), { ...address, hardwareAddress: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    assert.deepEqual(sockaddrDecode(whole, 0, 14), { ...address, hardwareAddress: Uint8Array.of(1, 2) });
  });

  test("memory that is shared with another thread can be read and written", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(128));
    for (const path of ["/run/echo", "\0name"]) {
      const length = sockaddrEncodeInto({ family: AF_UNIX, path }, shared);
      assert.deepEqual(sockaddrDecode(shared, 0, length), { family: AF_UNIX, path });
    }
  });
});

describe("the zone of an IPv6 address", () => {
  const address = "fe80::1%2";

  test("a number after % is the scope id", () => {
    const read = sockaddrDecode(sockaddrEncode({ family: AF_INET6, address, port: 7 }));
    assert.deepEqual(read, { family: AF_INET6, address: "fe80::1", port: 7, scopeId: 2 });
    assert.doesNotThrow(() => sockaddrEncode({ family: AF_INET6, address, port: 7, scopeId: 2 }));
  });

  test("it may not contradict scopeId", () => {
    assert.throws(() => sockaddrEncode({ family: AF_INET6, address, port: 7, scopeId: 3 }), {
      code: "ERR_INVALID_ARG_VALUE",
      message: /"address.scopeId" argument must be left out or 2/,
    });
  });

  test("an interface's name is refused with the way to go", () => {
    for (const zone of ["%lo", "%", "%2x", "%-1", "%%2"]) {
      assert.throws(() => sockaddrEncode({ family: AF_INET6, address: `fe80::1${zone}`, port: 7 }), {
        code: "ERR_INVALID_ARG_VALUE",
        message: /scopeId/,
      });
    }
    assert.throws(() => sockaddrEncode({ family: AF_INET6, address: "fe80::1%4294967296", port: 7 }), {
      code: "ERR_OUT_OF_RANGE",
    });
  });
});

describe("wrong addresses are refused before any call", () => {
  const value = { name: "TypeError", code: "ERR_INVALID_ARG_VALUE" };
  const type = { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" };
  const range = { name: "RangeError", code: "ERR_OUT_OF_RANGE" };
  const v4 = { family: AF_INET, address: "127.0.0.1", port: 7 };
  const v6 = { family: AF_INET6, address: "::1", port: 7 };
  const ll = { family: AF_PACKET, protocol: 3, interfaceIndex: 1 };
  const cases: [string, unknown, { name: string; code: string }, RegExp][] = [
    ["no address", undefined, type, /"address" argument/],
    ["null", null, type, /Received null/],
    ["text", "127.0.0.1:7", type, /"address" argument/],
    ["no family", { address: "127.0.0.1", port: 7 }, type, /"address.family"/],
    ["a family that is no number", { ...v4, family: "inet" }, type, /"address.family"/],
    ["a family without data", { family: 99 }, type, /"address.data"/],
    ["data that is no bytes", { family: 99, data: "x" }, type, /"address.data"/],
    ["a family too large", { family: 65536, data: new Uint8Array(2) }, range, /"address.family"/],
    ["too much data", { family: 99, data: new Uint8Array(127) }, range, /at most 126 bytes.*127 bytes/],
    ["one byte", new Uint8Array(1), range, /from 2 to 128 bytes/],
    ["129 bytes", new Uint8Array(129), range, /from 2 to 128 bytes/],
    ["no port", { family: AF_INET, address: "127.0.0.1" }, type, /"address.port"/],
    ["a port as text", { ...v4, port: "7" }, type, /"address.port"/],
    ["a port below 0", { ...v4, port: -1 }, range, /"address.port".*from 0 to 65535.*-1/],
    ["a port above 65535", { ...v6, port: 65536 }, range, /"address.port"/],
    ["a port with a fraction", { ...v4, port: 7.5 }, range, /7.5/],
    ["NaN for a port", { ...v6, port: NaN }, range, /NaN/],
    ["no address text", { family: AF_INET, port: 7 }, type, /"address.address"/],
    ["a host name", { ...v4, address: "localhost" }, value, /names are looked up with getaddrinfo.*"localhost"/],
    ["a host name, IPv6", { ...v6, address: "localhost" }, value, /names are looked up with getaddrinfo/],
    ["empty text", { ...v4, address: "" }, value, /IPv4 address/],
    ["IPv6 text for IPv4", { ...v4, address: "::1" }, value, /family AF_INET6/],
    ["IPv4 text for IPv6", { ...v6, address: "1.2.3.4" }, value, /"::ffff:1.2.3.4"/],
    ["inet_aton's text", { ...v4, address: "127.1" }, value, /IPv4 address/],
    ["a scope id too large", { ...v6, scopeId: 2 ** 32 }, range, /"address.scopeId"/],
    ["a scope id as a name", { ...v6, scopeId: "lo" }, type, /"address.scopeId"/],
    ["flow information below 0", { ...v6, flowInfo: -1 }, range, /"address.flowInfo"/],
    ["no path", { family: AF_UNIX }, type, /"address.path"/],
    ["a NUL inside a path", { family: AF_UNIX, path: "folder/a\0b" }, value, /"address.path".*NUL/],
    ["a NUL at a path's end", { family: AF_UNIX, path: "folder/a\0" }, value, /"address.path".*NUL/],
    ["a NUL inside a path of bytes", { family: AF_UNIX, path: Buffer.from("a\0b") }, value, /"address.path".*NUL/],
    ["a path of 109 bytes", { family: AF_UNIX, path: "x".repeat(109) }, range, /at most 108 bytes.*109 bytes/],
    ["109 bytes of UTF-8", { family: AF_UNIX, path: `x${"é".repeat(54)}` }, range, /109 bytes/],
    ["an abstract name of 109 bytes", { family: AF_UNIX, path: `\0${"x".repeat(108)}` }, range, /109 bytes/],
    ["half a surrogate pair", { family: AF_UNIX, path: "folder/\ud800" }, value, /well-formed/],
    ["no protocol", { family: AF_PACKET, interfaceIndex: 1 }, type, /"address.protocol"/],
    ["a protocol too large", { ...ll, protocol: 65536 }, range, /"address.protocol"/],
    ["an interface below 0", { ...ll, interfaceIndex: -1 }, range, /"address.interfaceIndex"/],
    ["a packet type too large", { ...ll, packetType: 256 }, range, /"address.packetType"/],
    ["a hardware type too large", { ...ll, hardwareType: 65536 }, range, /"address.hardwareType"/],
    ["a hardware address as text", { ...ll, hardwareAddress: "02:00" }, type, /"address.hardwareAddress"/],
    ["33 bytes of hardware address", { ...ll, hardwareAddress: new Uint8Array(33) }, range, /at most 32 bytes/],
    ["no netlink groups", { family: AF_NETLINK, portId: 0 }, type, /"address.groups"/],
    ["a netlink port too large", { family: AF_NETLINK, portId: 2 ** 32, groups: 0 }, range, /"address.portId"/],
    ["no context id", { family: AF_VSOCK, port: 1 }, type, /"address.cid"/],
    ["a vsock port below 0", { family: AF_VSOCK, cid: 2, port: -1 }, range, /"address.port"/],
  ];
  for (const [name, address, error, message] of cases) {
    test(name, () => {
      assert.throws(() => sockaddrEncode(address as AddressLike), { ...error, message });
      assert.throws(() => validateAddress(address as AddressLike), { ...error, message });
    });
  }

  test("a right address is valid", () => {
    assert.equal(validateAddress({ family: AF_INET, address: "0.0.0.0", port: 0 }), undefined);
  });

  test("memory that is too short, and a range outside of it", () => {
    const address = { family: AF_INET, address: "127.0.0.1", port: 7 } as const;
    assert.throws(() => sockaddrEncodeInto(address, new Uint8Array(15)), {
      ...range,
      message: /target.length.*at least 16/,
    });
    assert.throws(() => sockaddrEncodeInto(address, new Uint8Array(20), 5), { ...range, message: /at least 21/ });
    assert.throws(() => sockaddrEncodeInto(Uint8Array.of(1, 0, 0), new Uint8Array(2)), {
      ...range,
      message: /at least 3/,
    });
    assert.throws(() => sockaddrEncodeInto(address, new Uint8Array(20), 21), { ...range, message: /"offset"/ });
    assert.throws(() => sockaddrEncodeInto(address, [] as never), { ...type, message: /"target"/ });
    assert.throws(() => sockaddrDecode(new Uint8Array(16), 17), { ...range, message: /"offset"/ });
    assert.throws(() => sockaddrDecode(new Uint8Array(16), 8, 9), { ...range, message: /"length"/ });
    assert.throws(() => sockaddrDecode("x" as never), { ...type, message: /"bytes"/ });
  });
});
