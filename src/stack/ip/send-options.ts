import { IP_PMTUDISC_WANT } from "../../api/constants/ip-option.ts";

/** How the packets of one sender are to go. Made once by a socket or a connection, changed as its options are. */
export class IpSendOptions {
  /**
   * Time to live, or hop limit; -1 for the default: the route's, else 64, and 1 for multicast (RFC 1112 §6.1). With 0 a
   * multicast packet does not leave the machine.
   */
  hopLimit = -1;
  /** Type of service, or traffic class, with the two ECN bits. */
  trafficClass = 0;
  /** IPv6's flow label, 20 bits. */
  flowLabel = 0;
  /** IP_PMTUDISC_WANT and its siblings, ip(7); IPv6 has the same numbers. */
  mtuDiscovery: number = IP_PMTUDISC_WANT;
  /** IPV6_DONTFRAG: what does not fit is refused, not fragmented. */
  refuseFragments = false;
  /** IPv4's options, padded to four bytes; undefined for none. */
  ipv4Options: Uint8Array | undefined = undefined;
  /** IPv6's extension headers in their order, each whole, and the protocol number of the first; undefined for none. */
  extensions: Uint8Array | undefined = undefined;
  firstExtension = 0;
  /** Whether this machine's members of a multicast group get a copy. */
  multicastLoop = true;
}
