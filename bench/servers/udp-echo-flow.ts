/** UDP echo on a datagram flow. */
import { AF_INET, SOCK_DGRAM, host } from "dialtone";
import { bindToArgument, say } from "./listen.ts";

const fd = host.socket(AF_INET, SOCK_DGRAM);
bindToArgument(fd);
say(fd);
host.datagramFlow(fd, {
  datagram(data, address, flow) {
    if (address !== undefined) flow.send(data, address);
  },
});
