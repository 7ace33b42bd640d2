/** TCP echo by `serve` on a host that looks for more for 50 µs before it sleeps: a lone client's round trip. */
import { createHost, serve, type FlowHandler } from "dialtone";
import { listenAndSay } from "./listen.ts";

const echo: FlowHandler = {
  data(chunk, flow) {
    if (!flow.write(chunk)) flow.pause();
  },
  drain(flow) {
    flow.resume();
  },
};

const kernel = createHost({ busyPollUs: 50 });
await serve(kernel, { fd: listenAndSay(kernel), shape: "concurrent", flow: () => echo });
