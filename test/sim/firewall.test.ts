import assert from "node:assert/strict";
import { test } from "node:test";
import { type FirewallOptions, Internet } from "../../src/sim.ts";
import { ask, echoClient, echoServerOn, whoAmI } from "./network-programs.ts";

/** A client and a server with a router between them, whose interface to the client has a firewall. */
async function through(options: FirewallOptions) {
  const internet = new Internet();
  const server = internet.host("server", "10.1.0.1/24");
  const client = internet.host("client", "10.2.0.1/24");
  const router = internet.router("router", ["10.1.0.254/24", "10.2.0.254/24"]);
  internet.link(server, router.interface("eth0"));
  internet.link(client, router.interface("eth1"));
  internet.routeAll();
  internet.firewall(router.interface("eth1"), options);
  for (const host of [server, client]) {
    host.run(echoServerOn, 80);
    host.run(whoAmI, 53);
  }
  const runs = {
    tcpIn: client.run(echoClient, "10.1.0.1", 80, "in"),
    udpIn: client.run(ask, "10.1.0.1", 53),
    tcpOut: server.run(echoClient, "10.2.0.1", 80, "out"),
    udpOut: server.run(ask, "10.2.0.1", 53),
  };
  await internet.tryRun();
  assert.equal(internet.context.pool.inUse, 0);
  return Object.fromEntries(
    Object.entries(runs).map(([name, { result, error }]) => [name, (error as { code?: string })?.code ?? result]),
  );
}

test("what is not asked for does not come in, and answers do", async () => {
  const { tcpIn, udpIn, tcpOut, udpOut } = await through({});
  assert.equal(tcpIn, "ETIMEDOUT");
  assert.equal(udpIn, undefined);
  assert.equal(tcpOut, "out");
  assert.match(String(udpOut), /^10\.1\.0\.1:/);
});

test("a rule lets a port in", async () => {
  const { tcpIn, udpIn } = await through({ rules: [{ action: "accept", protocol: "tcp", toPort: 80 }] });
  assert.equal(tcpIn, "in");
  assert.equal(udpIn, undefined);
});

test("a rejected connection is reset at once, in the server's name; a datagram gets an ICMP error", async () => {
  const { tcpIn, udpIn } = await through({ inbound: "reject" });
  assert.equal(tcpIn, "ECONNREFUSED");
  assert.equal(udpIn, undefined);
});

test("the first rule that fits decides, by prefix and direction", async () => {
  const rules = [
    { action: "reject", direction: "out", to: "10.2.0.0/16", protocol: "tcp" },
    { action: "accept", from: "10.2.0.1" },
    { action: "drop" },
  ] as const;
  const { tcpIn, udpIn, tcpOut, udpOut } = await through({ rules });
  assert.equal(tcpIn, "in");
  assert.match(String(udpIn), /^10\.2\.0\.1:/);
  assert.equal(tcpOut, "ECONNREFUSED");
  assert.equal(udpOut, undefined);
});

test("rules that are none are refused by their place", () => {
  const internet = new Internet();
  const iface = internet.host("host", "10.0.0.1/24").interface("eth0");
  const put = (rule: object) => () => internet.firewall(iface, { rules: [rule as never] });
  assert.throws(put({ action: "allow" }), { code: "ERR_INVALID_ARG_VALUE", message: /firewall\.rules\[0\]\.action/ });
  assert.throws(put({ action: "drop", from: "10.0.0.0/40" }), { message: /rules\[0\]\.from/ });
  assert.throws(put({ action: "drop", toPort: 70_000 }), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(put({ action: "drop", protocol: "sctp" }), { message: /tcp, udp, icmp/ });
});
