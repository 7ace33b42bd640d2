import assert from "node:assert/strict";
import { test } from "node:test";
import { pattern, ping, take } from "./endpoints.ts";
import { Network } from "./network.ts";

const V4 = ["10.0.0.1/24", "10.0.0.2/24"];
const V6 = ["2001:db8::1/64", "2001:db8::2/64"];

for (const kind of ["ethernet", "ip"] as const) {
  for (const [one, two] of [V4, V6] as [string, string][]) {
    for (const length of [0, 56, 1400, 1473, 8000, 60_000]) {
      test(`${length} bytes are echoed from ${two} over ${kind}, in fragments when they must`, () => {
        const network = new Network();
        const [a, b] = [network.stack(), network.stack()];
        const link = network.segment(kind);
        network.attach(a, link, [one]);
        network.attach(b, link, [two]);
        const { endpoint, sent } = ping(a, two.split("/")[0] as string, length);
        assert.equal(sent, 0);
        network.settle();
        const reply = take(endpoint);
        assert.ok(reply, "no reply");
        assert.equal(reply[0], one.includes(":") ? 129 : 0);
        assert.deepEqual(reply.subarray(8), pattern(length));
        assert.equal(network.pool.inUse, 0);
        assert.ok(link.seen.every((frame) => frame.length <= 1500 + 14));
      });
    }
  }
}

test("a stack answers itself, at every address of its own and by the loopback", () => {
  const network = new Network();
  const a = network.stack();
  network.attach(a, network.segment(), ["10.0.0.1/24", "2001:db8::1/64"]);
  for (const to of ["127.0.0.1", "127.9.9.9", "10.0.0.1", "::1", "2001:db8::1", "0.0.0.0", "::"]) {
    const { endpoint, sent } = ping(a, to, 60_000);
    assert.equal(sent, 0, to);
    network.settle();
    assert.deepEqual(take(endpoint)?.subarray(8), pattern(60_000), to);
  }
  assert.equal(network.pool.inUse, 0);
});
