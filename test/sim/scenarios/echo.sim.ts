import assert from "node:assert/strict";
import { lan, type Scenario } from "../../../src/sim.ts";
import { echoClient, echoServerOn } from "../network-programs.ts";

/** Three clients and a server, while cables are cut and hosts stand still: every echo is whole. */
const scenario: Scenario = (internet, { chaos }) => {
  const { hosts } = lan(internet, { hosts: 4, link: { delayMs: 2, bandwidthMbps: 10, loss: 0.01 } });
  const [server, ...clients] = hosts;
  server?.run(echoServerOn, 7);
  const calls = clients.map((client) => client.run(echoClient, "10.0.0.1", 7, client.name.repeat(5000)));
  chaos({ faults: 4, withinMs: 300, lastingMs: 200 });
  return () => {
    for (const { result, host } of calls) assert.equal(result, host.name.repeat(5000));
  };
};

export default scenario;
