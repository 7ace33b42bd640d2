import assert from "node:assert/strict";
import { test } from "node:test";
import { DEPRECATED, InterfaceAddress, PREFERRED, TENTATIVE } from "../link/interface-address.ts";
import type { Interface } from "../link/interface.ts";
import { IpAddress } from "./address.ts";
import { scopeOf, selectIpv4Source, selectIpv6Source } from "./source-selection.ts";

const ip = (text: string): IpAddress => IpAddress.parse(text);

function iface(index: number, ...addresses: (string | [string, number])[]): Interface {
  const own = addresses.map((entry) => {
    const [text, state] = typeof entry === "string" ? [entry, PREFERRED] : entry;
    const [host = "", length] = text.split("/");
    return new InterfaceAddress(ip(host), Number(length ?? 64), undefined, state);
  });
  return { index, addresses: own, isLoopback: false } as unknown as Interface;
}

const select = (destination: string, leaving: Interface, ...others: Interface[]): string | undefined =>
  selectIpv6Source(ip(destination), leaving, [leaving, ...others])?.toString();

test("scopes: RFC 6724 §3.1", () => {
  const scopes = ["ff01::1", "ff02::1", "ff05::1", "ff0e::1", "fe80::1", "::1", "fec0::1", "2001:db8::1", "fd00::1"];
  assert.deepEqual(
    scopes.map((text) => scopeOf(ip(text))),
    [1, 2, 5, 14, 2, 2, 5, 14, 14],
  );
});

// The examples of RFC 6724 §10.1, and one for each rule of §5.
const cases: readonly [
  why: string,
  destination: string,
  expected: string,
  leaving: Interface,
  ...others: Interface[],
][] = [
  ["rule 1, the same address", "2001:db8::9", "2001:db8::9", iface(1, "2001:db8::1", "2001:db8::9")],
  ["rule 2, the appropriate scope", "2001:db8:1::1", "2001:db8:3::1", iface(1, "fe80::1", "2001:db8:3::1")],
  ["rule 2, the smaller scope that will do", "fe80::5", "fe80::1", iface(1, "2001:db8:3::1", "fe80::1")],
  ["rule 2, a group of the site", "ff05::1", "2001:db8:3::1", iface(1, "fe80::1", "2001:db8:3::1")],
  ["rule 3, no deprecated one", "2001:db8::5", "2001:db8:9::1", iface(1, ["2001:db8::1", DEPRECATED], "2001:db8:9::1")],
  ["rule 5, of the interface", "2001:db8::5", "2001:db8:9::1", iface(1, "2001:db8:9::1"), iface(2, "2001:db8::1")],
  [
    "rule 6, a matching label",
    "2002:c633:6401::1",
    "2002:c633:6401::d5e3",
    iface(1, "2001:db8:1::2", "2002:c633:6401::d5e3"),
  ],
  ["rule 6, local addresses among themselves", "fd00:1::1", "fd00:2::1", iface(1, "2001:db8::1", "fd00:2::1")],
  ["rule 8, the longest prefix", "2001:db8:1::1", "2001:db8:1::2", iface(1, "2001:db8:3::2", "2001:db8:1::2")],
  [
    "one that nobody may use yet does not count",
    "2001:db8::5",
    "fe80::1",
    iface(1, ["2001:db8::1", TENTATIVE], "fe80::1"),
  ],
  [
    "another interface's, but no link-local one",
    "2001:db8::5",
    "2001:db8::1",
    iface(1),
    iface(2, "fe80::7", "2001:db8::1"),
  ],
];

for (const [why, destination, expected, leaving, ...others] of cases) {
  test(`the source for ${destination} is ${expected}: ${why}`, () => {
    assert.equal(select(destination, leaving, ...others), expected);
  });
}

test("a link-local destination has no source but one of its link: RFC 6724 §4", () => {
  assert.equal(select("fe80::5", iface(1), iface(2, "2001:db8::1", "fe80::1")), undefined);
});

test("IPv4's source is on the next hop's network, else the interface's first, else any other's", () => {
  const eth0 = iface(1, "10.0.0.1/24", "10.1.0.1/24");
  const eth1 = iface(2, "10.2.0.1/24");
  const source = (nextHop: string, leaving: Interface): string =>
    selectIpv4Source(ip(nextHop), leaving, [eth0, eth1]).toString();
  assert.equal(source("10.1.0.7", eth0), "10.1.0.1");
  assert.equal(source("10.9.0.7", eth0), "10.0.0.1");
  assert.equal(source("10.9.0.7", iface(3)), "10.0.0.1");
  assert.equal(selectIpv4Source(ip("10.9.0.7"), iface(3), []).toString(), "0.0.0.0");
});
