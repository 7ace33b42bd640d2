/** An iperf3 server on a stack, on a TAP device of the network namespace that it runs in. */
import { AF_INET } from "dialtone";
import { tap, type TapOptions } from "dialtone/tap";
import { iperf3Server } from "../../src/programs/iperf3-server.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as TapOptions;
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
const network = await tap({ addresses: ["10.7.0.2/24"], peerAddresses: ["10.7.0.1/24"], ...options });
const address = { family: AF_INET, address: "10.7.0.2", port: 5201 } as const;
await iperf3Server(network.kernel, address, {
  signal: stop.signal,
  listening: () => console.log(`listening on ${address.port}`),
});
await network.close();
