/** TCP echo on bare flows: the least that dialtone can do for a connection whose bytes are pushed. */
import { host, type FlowHandler } from "dialtone";
import { listenAndSay } from "./listen.ts";

const echo: FlowHandler = {
  data(chunk, flow) {
    if (!flow.write(chunk)) flow.pause();
  },
  drain(flow) {
    flow.resume();
  },
};

host.acceptFlow(listenAndSay(), {
  connection(fd) {
    host.flow(fd, echo);
  },
});
