/** TCP echo by `serve`, each client by a flow: the fast path of a server. */
import { host, serve, type FlowHandler } from "dialtone";
import { listenAndSay } from "./listen.ts";

const echo: FlowHandler = {
  data(chunk, flow) {
    if (!flow.write(chunk)) flow.pause();
  },
  drain(flow) {
    flow.resume();
  },
};

await serve(host, { fd: listenAndSay(), shape: "concurrent", flow: () => echo });
