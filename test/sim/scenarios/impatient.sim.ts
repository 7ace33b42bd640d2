import { AF_INET, POLLIN, SOCK_STREAM } from "../../../src/api/constants.ts";
import { lan, type Scenario, type SimKernel } from "../../../src/sim.ts";
import { echoServerOn } from "../network-programs.ts";

/** A program with a defect: it gives up when the answer takes longer than 100 ms, which a cut cable brings about. */
async function impatient(kernel: SimKernel): Promise<void> {
  const fd = kernel.socket(AF_INET, SOCK_STREAM);
  await kernel.connect(fd, { family: AF_INET, address: "10.0.0.1", port: 7 });
  for (let i = 0; i < 20; i++) {
    await kernel.send(fd, new Uint8Array(100));
    if ((await kernel.poll([{ fd, events: POLLIN }], 100)) === 0) throw new Error("no answer within 100 ms");
    await kernel.recv(fd, new Uint8Array(100));
    await kernel.clock.sleep(10); // waits for: ten milliseconds of virtual time
  }
  kernel.close(fd);
}

const scenario: Scenario = (internet, { chaos }) => {
  const { hosts } = lan(internet, { hosts: 2, ipv6: false, link: { delayMs: 1 } });
  hosts[0]?.run(echoServerOn, 7);
  hosts[1]?.run(impatient);
  chaos({ faults: 6, withinMs: 250, lastingMs: 200, kinds: ["cut", "clock"] });
};

export default scenario;
