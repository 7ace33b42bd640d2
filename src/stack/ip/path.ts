import type { Interface } from "../link/interface.ts";
import type { Neighbour } from "../link/neighbour.ts";
import type { IpAddress } from "./address.ts";

/**
 * The way from here to one destination: what the routes, the source selection and the path MTU cache said, kept by who
 * sends there often. `Ip.send` looks it up anew when something changed (`generation`), so that a holder need not ask.
 */
export class Path {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The protocol number of what is sent. */
  readonly protocol: number;
  /** The interface that the sender insists on; 0 for whichever the routes say. */
  readonly boundIface: number;
  /** The sum of the pseudo-header of both addresses and the protocol, with length 0: `addSums(pseudoSum, length)`. */
  readonly pseudoSum: number;
  /** Where packets leave. */
  iface: Interface;
  /** Who takes them there: the gateway, or the destination itself. */
  nextHop: IpAddress;
  /** The next hop's entry in the neighbour cache, when there was one. */
  neighbour: Neighbour | undefined = undefined;
  /** The longest IP packet that fits, headers included. */
  mtu = 0;
  /** The same without what ICMP said of the path: IP_PMTUDISC_PROBE and IP_PMTUDISC_INTERFACE go by it. */
  linkMtu = 0;
  /** The path takes less than RFC 1191 lets a host believe: packets go without "don't fragment", as Linux does. */
  mtuLocked = false;
  /** The hop limit of the route; 0 for the default. */
  hopLimit = 0;
  /** The destination is an address of this stack. */
  isLocal = false;
  isBroadcast = false;
  /** The source was chosen for the destination, not asked for. */
  isAnySource = false;
  /** The state of routes, addresses and path MTUs that all this was read from, and until when it holds. */
  generation = -1;
  expiresUs: number = Infinity;

  constructor(
    source: IpAddress,
    destination: IpAddress,
    protocol: number,
    boundIface: number,
    pseudoSum: number,
    iface: Interface,
  ) {
    this.source = source;
    this.destination = destination;
    this.protocol = protocol;
    this.boundIface = boundIface;
    this.pseudoSum = pseudoSum;
    this.iface = iface;
    this.nextHop = destination;
  }
}
