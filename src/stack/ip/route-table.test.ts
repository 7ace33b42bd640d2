import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { errno } from "../../api/errno.ts";
import type { Interface } from "../link/interface.ts";
import { IpAddress } from "./address.ts";
import { Route } from "./route.ts";
import { RouteTable } from "./route-table.ts";

const ip = (text: string): IpAddress => IpAddress.parse(text);
const ETH1 = { index: 1, name: "eth1" } as Interface;
const ETH2 = { index: 2, name: "eth2" } as Interface;
const route = (text: string, settings: object = {}): Route => {
  const [host = "", length] = text.split("/");
  return new Route({ destination: ip(host), prefixLength: Number(length), iface: ETH1, ...settings });
};
const lookup = (table: RouteTable, text: string, index = 0): string | undefined => {
  const { w0, w1, w2, w3, version } = ip(text);
  return table.lookup(w0, w1, w2, w3, version, index)?.toString();
};

test("the longest prefix wins, then the lowest metric, then the oldest: RFC 1812 §5.2.4.3", () => {
  let changes = 0;
  const table = new RouteTable(1, () => changes++);
  const via = (gateway: string, metric = 0): object => ({ gateway: ip(gateway), metric });
  assert.equal(table.add(route("0.0.0.0/0", via("10.0.0.9"))), 0);
  assert.equal(table.add(route("10.0.0.0/8", via("10.0.0.8", 5))), 0);
  assert.equal(table.add(route("10.0.0.0/8", via("10.0.0.7", 3))), 0);
  assert.equal(table.add(route("10.0.0.0/8", via("10.0.0.6", 3))), 0);
  assert.equal(table.add(route("10.1.0.0/16", { iface: ETH2 })), 0);
  assert.equal(table.add(route("::/0", via("fe80::1"))), 0);
  assert.equal(table.add(route("10.1.0.0/16", { iface: ETH2 })), -errno.EEXIST);
  assert.equal(changes, 6);
  assert.equal(lookup(table, "10.1.2.3"), "10.1.0.0/16 dev eth2");
  assert.equal(lookup(table, "10.2.2.3"), "10.0.0.0/8 via 10.0.0.7 dev eth1 metric 3");
  assert.equal(lookup(table, "11.0.0.1"), "0.0.0.0/0 via 10.0.0.9 dev eth1");
  assert.equal(lookup(table, "10.1.2.3", 1), "10.0.0.0/8 via 10.0.0.7 dev eth1 metric 3");
  assert.equal(lookup(table, "2001:db8::1"), "::/0 via fe80::1 dev eth1");
  assert.equal(table.remove(route("10.0.0.0/8", { ...via("10.0.0.7", 3), iface: ETH2 })), -errno.ESRCH);
  assert.equal(table.remove(route("10.0.0.0/8", via("10.0.0.7", 3))), 0);
  assert.equal(lookup(table, "10.2.2.3"), "10.0.0.0/8 via 10.0.0.6 dev eth1 metric 3");
  table.removeAll(({ destination }) => destination.version === 4);
  assert.equal(lookup(table, "10.1.2.3"), undefined, "IPv6's default route does not serve IPv4");
});

test("a table is bounded, and so are the routes of one prefix", () => {
  const table = new RouteTable(1, () => undefined, 3);
  for (const last of [1, 2, 3]) assert.equal(table.add(route(`10.0.0.${last}/32`)), 0);
  assert.equal(table.add(route("10.0.0.4/32")), -errno.ENOBUFS);
  for (let metric = 1; metric < 16; metric++) assert.equal(table.add(route("10.0.0.1/32", { metric })), 0);
  assert.equal(table.add(route("10.0.0.1/32", { metric: 16 })), -errno.ENOBUFS);
});

test("a look-up finds what a search through all routes does", () => {
  const word = fc.integer({ min: 0, max: 0xff }).map((byte) => (10 << 24) | (byte << 20));
  const prefix = fc.record({ word, length: fc.integer({ min: 0, max: 32 }), isAdded: fc.boolean() });
  fc.assert(
    fc.property(fc.array(prefix, { maxLength: 60 }), fc.array(word, { maxLength: 20 }), (steps, targets) => {
      const table = new RouteTable(7, () => undefined);
      const routes = new Map<string, Route>();
      for (const step of steps) {
        const made = new Route({ destination: IpAddress.v4(step.word), prefixLength: step.length });
        if (step.isAdded) assert.equal(table.add(made), routes.has(made.toString()) ? -errno.EEXIST : 0);
        else assert.equal(table.remove(made), routes.has(made.toString()) ? 0 : -errno.ESRCH);
        if (step.isAdded) routes.set(made.toString(), made);
        else routes.delete(made.toString());
      }
      assert.equal([...table].length, routes.size);
      for (const target of targets) {
        const address = IpAddress.v4(target);
        const fitting = [...routes.values()].filter((made) => address.hasPrefix(made.destination, made.prefixLength));
        const best = fitting.sort((a, b) => b.prefixLength - a.prefixLength)[0];
        assert.equal(lookup(table, address.toString()), best?.toString());
      }
    }),
  );
});
