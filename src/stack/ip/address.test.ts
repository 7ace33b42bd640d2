import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ANY_V4, ANY_V6, IpAddress } from "./address.ts";

const ip = (text: string): IpAddress => IpAddress.parse(text);
const word = (): fc.Arbitrary<number> => fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

test("an IPv4-mapped IPv6 address is the IPv4 address: RFC 4291 §2.5.5.2", () => {
  assert.equal(ip("::ffff:10.0.0.1").version, 4);
  assert.ok(ip("::ffff:10.0.0.1").equals(ip("10.0.0.1")));
  assert.equal(ip("::ffff:10.0.0.1").toString(), "10.0.0.1");
  assert.equal(ip("::10.0.0.1").version, 6);
  assert.ok(!ANY_V4.equals(ANY_V6));
});

test("text that is no address is refused with a code", () => {
  assert.throws(() => ip("10.0.0"), { code: "ERR_INVALID_ARG_VALUE" });
  assert.equal(IpAddress.tryParse("fe80::1%eth0"), undefined);
});

test("kinds of addresses", () => {
  const kinds = (text: string): string =>
    (["isUnspecified", "isMulticast", "isLoopback", "isLinkLocal", "isLimitedBroadcast"] as const)
      .filter((kind) => ip(text)[kind])
      .join();
  assert.equal(kinds("0.0.0.0"), "isUnspecified");
  assert.equal(kinds("::"), "isUnspecified");
  assert.equal(kinds("224.0.0.1"), "isMulticast");
  assert.equal(kinds("239.255.255.255"), "isMulticast");
  assert.equal(kinds("240.0.0.1"), "");
  assert.equal(kinds("ff02::1"), "isMulticast");
  assert.equal(kinds("127.255.0.1"), "isLoopback");
  assert.equal(kinds("::1"), "isLoopback");
  assert.equal(kinds("169.254.1.1"), "isLinkLocal");
  assert.equal(kinds("febf::1"), "isLinkLocal");
  assert.equal(kinds("fec0::1"), "");
  assert.equal(kinds("255.255.255.255"), "isLimitedBroadcast");
});

test("prefixes are counted in the address's own version", () => {
  assert.equal(ip("10.1.2.3").masked(8).toString(), "10.0.0.0");
  assert.equal(ip("10.1.2.3").masked(0).toString(), "0.0.0.0");
  assert.equal(ip("10.1.2.3").masked(32).toString(), "10.1.2.3");
  assert.equal(ip("2001:db8:1:2:3::4").masked(33).toString(), "2001:db8::");
  assert.ok(ip("10.1.2.3").hasPrefix(ip("10.1.0.0"), 16));
  assert.ok(!ip("10.1.2.3").hasPrefix(ip("10.2.0.0"), 16));
});

test("text and bytes give the same address back", () => {
  fc.assert(
    fc.property(word(), word(), word(), word(), fc.boolean(), (w0, w1, w2, w3, isV4) => {
      const address = isV4 ? IpAddress.v4(w3) : new IpAddress(w0, w1, w2, w3);
      assert.ok(ip(address.toString()).equals(address));
      const view = new DataView(new ArrayBuffer(20));
      assert.equal(address.write(view, 3), 3 + (address.version === 4 ? 4 : 16));
      assert.ok(IpAddress.read(view, 3, address.version).equals(address));
    }),
  );
});
