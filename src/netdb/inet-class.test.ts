import assert from "node:assert/strict";
import { test } from "node:test";
import { inet_addr, inet_ntoa } from "./inet-aton.ts";
import { inet_lnaof, inet_makeaddr, inet_netof, inet_network } from "./inet-class.ts";

test("inet_network reads one byte a part, in host order", () => {
  assert.equal(inet_network("127"), 127);
  assert.equal(inet_network("192.168.1"), 0xc0a801);
  assert.equal(inet_network("255.0x10.010.1 \n"), 0xff100801);
  for (const text of ["", ".", "256", "1.2.3.4.5", "1.", "08", "0x", "1 2", " 1"]) {
    assert.equal(inet_network(text), 0xffffffff, JSON.stringify(text));
  }
});

test("an address of class A, B or C comes apart and goes together again", () => {
  for (const [text, network, host] of [
    ["10.1.2.3", 10, 0x010203],
    ["172.16.2.3", 0xac10, 0x0203],
    ["192.168.1.7", 0xc0a801, 7],
  ] as const) {
    assert.equal(inet_netof(inet_addr(text)), network);
    assert.equal(inet_lnaof(inet_addr(text)), host);
    assert.equal(inet_ntoa(inet_makeaddr(network, host)), text);
  }
});

test("wrong arguments are refused", () => {
  assert.throws(() => inet_network(1 as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => inet_makeaddr(-1, 0), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(() => inet_makeaddr(0, 2 ** 32), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(() => inet_lnaof(0.5), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(() => inet_netof("1" as never), { code: "ERR_INVALID_ARG_TYPE" });
});
