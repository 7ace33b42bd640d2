import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../src/stack/ip/address.ts";
import { ADDRESS_STATES } from "../../src/stack/link/interface-address.ts";
import type { Interface } from "../../src/stack/link/interface.ts";
import type { Stack } from "../../src/stack/stack.ts";
import { ping, take } from "./endpoints.ts";
import { Network } from "./network.ts";

const PREFIX = { prefix: IpAddress.parse("2001:db8:5::"), validS: 3600, preferredS: 1800 };

const states = (iface: Interface): string[] =>
  iface.addresses.map((own) => `${own.address.toString()} ${ADDRESS_STATES[own.state]}`);

interface Joined {
  readonly network: Network;
  readonly router: Stack;
  readonly host: Stack;
  readonly eth0: Interface;
  readonly advertising: Interface;
}

function joined(detectDuplicates: boolean): Joined {
  const network = new Network();
  const [router, host] = [network.stack({ forwarding: true }), network.stack()];
  const link = network.segment();
  const advertising = network.attach(router, link, ["2001:db8:5::1/64"], {
    advertise: { prefixes: [PREFIX], mtu: 1400, hopLimit: 33 },
  });
  const eth0 = network.attach(host, link, [], { autoconfigure: true, detectDuplicates });
  return { network, router, host, eth0, advertising };
}

test("a host makes its addresses and routes of what a router says: RFC 4862 §5.5, RFC 4861 §6.3.4", () => {
  const { network, host, router, eth0 } = joined(true);
  assert.deepEqual(states(eth0), ["fe80::ff:fe00:2 TENTATIVE"]);
  network.run(30_000_000);
  assert.deepEqual(states(eth0), ["fe80::ff:fe00:2 PREFERRED", "2001:db8:5::ff:fe00:2 PREFERRED"]);
  const routes = [...host.ip.routing.routes].map(String).filter((route) => route.includes("eth0"));
  assert.deepEqual(routes, [
    "local fe80::ff:fe00:2/128 dev eth0 src fe80::ff:fe00:2",
    "local 2001:db8:5::ff:fe00:2/128 dev eth0 src 2001:db8:5::ff:fe00:2",
    "2001:db8:5::/64 dev eth0 metric 1024",
    "fe80::/64 dev eth0 metric 256",
    "::/0 via fe80::ff:fe00:1 dev eth0 metric 1024",
  ]);
  network.attach(router, network.segment(), ["2001:db8:6::1/64"]);
  const { endpoint } = ping(host, "2001:db8:6::1", 1300);
  network.run(1_000_000);
  assert.ok(take(endpoint));
  const path = host.ip.route({ destination: IpAddress.parse("2001:db8:6::1"), protocol: 17 });
  assert.ok(typeof path !== "number");
  assert.deepEqual([path.mtu, path.hopLimit], [1400, 33]);
});

test("what a router said ends when it says no more: RFC 4861 §6.3.5, RFC 4862 §5.5.4", () => {
  const { network, host, eth0, advertising } = joined(false);
  network.run(30_000_000);
  const link = network.segments[0];
  assert.ok(link && advertising);
  link.lose = () => true;
  network.run(1_800_000_000);
  assert.deepEqual(states(eth0).at(-1), "2001:db8:5::ff:fe00:2 DEPRECATED");
  assert.ok(![...host.ip.routing.routes].some((route) => String(route).startsWith("::/0")));
  network.run(1_800_000_000);
  assert.deepEqual(states(eth0), ["fe80::ff:fe00:2 PREFERRED"]);
});
