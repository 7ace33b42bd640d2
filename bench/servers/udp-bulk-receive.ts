/** Receives bulk datagrams on a datagram flow with UDP_GRO: several come as one. */
import { AF_INET, IPPROTO_UDP, SOCK_DGRAM, SOL_SOCKET, SO_RCVBUF, UDP_GRO, host } from "dialtone";
import { bindToArgument, say } from "./listen.ts";
import { RECEIVE_BUFFER_BYTES, Received } from "./udp-bulk-wire.ts";

const received = new Received(Number(process.argv[4]));
const fd = host.socket(AF_INET, SOCK_DGRAM);
host.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
host.setsockopt(fd, IPPROTO_UDP, UDP_GRO, true);
bindToArgument(fd);
say(fd);
host.datagramFlow(fd, {
  datagram(data, address, flow) {
    const answer = received.take(data);
    if (answer !== undefined && address !== undefined) flow.send(answer, address);
  },
});
