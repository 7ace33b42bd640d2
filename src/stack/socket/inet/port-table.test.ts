import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../ip/address.ts";
import { type Binding, PortTable } from "./port-table.ts";

const random = { uint32: () => 7, fill: () => undefined };

function binding(changes: Partial<Binding> & { readonly at?: string }): Binding {
  const { at, ...rest } = changes;
  return {
    port: 80,
    address: at === undefined ? undefined : IpAddress.parse(at),
    families: "ipv4",
    interfaceIndex: 0,
    reuseAddress: false,
    reusePort: false,
    isListening: false,
    ...rest,
  };
}

/** Whether the second conflicts with the first. */
function conflict(first: Parameters<typeof binding>[0], second: Parameters<typeof binding>[0], isTcp = true): boolean {
  const table = new PortTable(random, isTcp);
  table.add(binding(first));
  return table.conflicts(binding(second));
}

test("two addresses of one port are two bindings; any address is all of them", () => {
  assert.equal(conflict({ at: "127.0.0.1" }, { at: "127.0.0.2" }), false);
  assert.equal(conflict({ at: "127.0.0.1" }, { at: "127.0.0.1" }), true);
  assert.equal(conflict({}, { at: "127.0.0.1" }), true);
  assert.equal(conflict({}, { at: "127.0.0.1", port: 81 }), false);
  assert.equal(conflict({ interfaceIndex: 1 }, { interfaceIndex: 2 }), false);
});

test("any IPv6 address is every IPv4 one too, unless it is IPv6 alone", () => {
  assert.equal(conflict({ families: "both" }, {}), true);
  assert.equal(conflict({ families: "ipv6" }, {}), false);
  assert.equal(conflict({ families: "both" }, { at: "127.0.0.1" }), true);
  assert.equal(conflict({ families: "ipv6" }, { at: "::1" }), true);
});

test("SO_REUSEADDR on both shares a port, but not with a listener of TCP", () => {
  assert.equal(conflict({ reuseAddress: true }, {}), true);
  assert.equal(conflict({ reuseAddress: true }, { reuseAddress: true }), false);
  assert.equal(conflict({ reuseAddress: true, isListening: true }, { reuseAddress: true }), true);
  assert.equal(conflict({ reuseAddress: true }, { reuseAddress: true, isListening: true }), false);
  assert.equal(conflict({ reuseAddress: true, isListening: true }, { reuseAddress: true }, false), false);
  assert.equal(conflict({ reusePort: true, isListening: true }, { reusePort: true, isListening: true }), false);
});

test("ports that the system chose are shared by connections, whose peers differ, and not with who bound one", () => {
  assert.equal(conflict({ isEphemeral: true }, { isEphemeral: true }), false);
  assert.equal(conflict({ isEphemeral: true }, {}), true);
  assert.equal(conflict({}, { isEphemeral: true }), true);
});

test("a port is chosen from a random place on, of those that suit, and there may be none", () => {
  const table = new PortTable(random, true);
  assert.equal(
    table.choose(() => true, 10, 19),
    17,
  );
  assert.equal(
    table.choose((port) => port === 12, 10, 19),
    12,
  );
  assert.equal(
    table.choose(() => false, 10, 19),
    0,
  );
});
