import {
  ICMP6_ECHO_REPLY,
  ICMP6_ECHO_REQUEST,
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  SOL_UDP,
  SOL_UDPLITE,
  UDP_ENCAP_ESPINUDP,
} from "../../../src/api/constants.ts";
import { type Allowance, both, flag, type Line } from "./line.ts";
import { type MakeSocket, raw, raw6, udp, udp6, udplite } from "./sockets.ts";

/** The options that UDP and UDP-Lite have. */
function udpLinesOf(make: MakeSocket, allow: Allowance): Line[] {
  return [
    flag("UDP_CORK", make, allow),
    both("UDP_ENCAP", make, UDP_ENCAP_ESPINUDP, UDP_ENCAP_ESPINUDP, { mayLack: "no IPsec", ...allow }),
    flag("UDP_NO_CHECK6_TX", make, allow),
    flag("UDP_NO_CHECK6_RX", make, allow),
    both("UDP_SEGMENT", make, 1000, 1000, allow),
    flag("UDP_GRO", make, allow),
  ];
}

const lite: Allowance = { level: SOL_UDPLITE, mayLack: "no UDP-Lite" };

export const datagramLines: readonly Line[] = [
  ...udpLinesOf(udp, { level: SOL_UDP }),
  ...udpLinesOf(udplite, lite),
  flag("UDP_NO_CHECK6_TX", udp6, { level: SOL_UDP, mayLack: "no IPv6" }),
  both("UDPLITE_SEND_CSCOV", udplite, 16, 16, lite),
  both("UDPLITE_RECV_CSCOV", udplite, 16, 16, lite),
  both("ICMP_FILTER", raw, { block: [ICMP_ECHOREPLY, ICMP_ECHO] }, undefined, { root: true }),
  both("ICMP6_FILTER", raw6, { block: [ICMP6_ECHO_REQUEST, ICMP6_ECHO_REPLY] }, undefined, {
    root: true,
    mayLack: "no IPv6",
  }),
];
