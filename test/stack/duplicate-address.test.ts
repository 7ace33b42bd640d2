import assert from "node:assert/strict";
import { test } from "node:test";
import { ADDRESS_STATES } from "../../src/stack/link/interface-address.ts";
import type { Interface } from "../../src/stack/link/interface.ts";
import { ping, take } from "./endpoints.ts";
import { Network } from "./network.ts";

const state = (iface: Interface): string => ADDRESS_STATES[iface.addresses[0]?.state ?? -1] ?? "";

for (const [address, rule] of [
  ["10.0.0.1/24", "RFC 5227 §2.1"],
  ["2001:db8::1/64", "RFC 4862 §5.4"],
] as const) {
  test(`${address} is used when nobody else has it: ${rule}`, () => {
    const network = new Network();
    const stack = network.stack();
    const link = network.segment();
    const iface = network.attach(stack, link, [address], { detectDuplicates: true });
    network.settle();
    assert.equal(state(iface), "TENTATIVE");
    assert.ok(ping(stack, address.split("/")[0] as string, 1).sent < 0);
    network.run(12_000_000);
    assert.equal(state(iface), "PREFERRED");
    assert.equal(stack.nextDeadlineUs(), Infinity);
  });

  test(`${address} is not used when somebody has it, who keeps it: ${rule}`, () => {
    const network = new Network();
    const [first, second] = [network.stack(), network.stack()];
    const link = network.segment();
    const owner = network.attach(first, link, [address]);
    const late = network.attach(second, link, [address], { detectDuplicates: true });
    network.run(20_000_000);
    assert.equal(state(owner), "PREFERRED");
    assert.equal(state(late), "DUPLICATE");
  });

  test(`of two that probe for ${address} at the same time at most one gets it: ${rule}`, () => {
    const network = new Network();
    const link = network.segment();
    const ifaces = [0, 1].map(() => network.attach(network.stack(), link, [address], { detectDuplicates: true }));
    network.run(20_000_000);
    const preferred = ifaces.filter((iface) => state(iface) === "PREFERRED");
    assert.ok(preferred.length <= 1);
    assert.ok(ifaces.some((iface) => state(iface) === "DUPLICATE"));
  });
}

test("an address in use is defended with one announcement in ten seconds: RFC 5227 §2.4", () => {
  const network = new Network();
  const [owner, other, third] = [network.stack(), network.stack(), network.stack()];
  const link = network.segment();
  network.attach(owner, link, ["10.0.0.1/24"]);
  network.attach(other, link, ["10.0.0.1/24"]);
  network.attach(third, link, ["10.0.0.3/24"]);
  // Both claim the address when they ask for the third; each hears the other's claim and defends.
  const asked = ping(other, "10.0.0.3", 1);
  network.run(1_000_000);
  assert.ok(asked.sent === 0);
  const announcements = (): number =>
    link.seen.filter((frame) => frame[13] === 6 && frame.subarray(28, 32).join() === frame.subarray(38, 42).join())
      .length;
  const before = announcements();
  assert.ok(before >= 1 && before <= 2);
  ping(other, "10.0.0.4", 1);
  network.run(1_000_000);
  assert.ok(announcements() <= before + 1);
  take(asked.endpoint);
});
