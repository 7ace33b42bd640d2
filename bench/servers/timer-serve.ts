/** The echo of `serve`, and a timer beside it. */
import { host, serve, type FlowHandler } from "dialtone";
import { listenAndSay } from "./listen.ts";
import { measureLateness } from "./timer-lateness.ts";

let messages = 0;

const echo: FlowHandler = {
  data(chunk, flow) {
    messages += 1;
    if (!flow.write(chunk)) flow.pause();
  },
  drain(flow) {
    flow.resume();
  },
};

measureLateness(() => messages);
await serve(host, { fd: listenAndSay(), shape: "concurrent", flow: () => echo });
