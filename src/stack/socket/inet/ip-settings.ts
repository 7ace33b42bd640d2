import { IP_PMTUDISC_WANT } from "../../../api/constants.ts";
import type { LocalPortRange } from "../../../api/options.ts";
import { ANY_V4, type IpAddress } from "../../ip/address.ts";

// What most sockets never change is one value for all of them.
const NO_OPTIONS = new Uint8Array(0);
const ANY_PORT: LocalPortRange = Object.freeze({ lower: 0, upper: 0 });

/** What a program can set at SOL_IP and SOL_IPV6, with Linux's defaults: the part that is neither TCP's nor UDP's. */
export class IpSettings {
  /** IP_TTL and IPV6_UNICAST_HOPS; -1 is the default. */
  hopLimit = -1;
  hopLimit6 = -1;
  /** IP_MINTTL and IPV6_MINHOPCOUNT: TCP looks at them. */
  leastHopLimit = 0;
  leastHopLimit6 = 0;
  /** IP_TOS and IPV6_TCLASS. */
  trafficClass = 0;
  trafficClass6 = 0;
  /** IP_MTU_DISCOVER and IPV6_MTU_DISCOVER. */
  mtuDiscovery: number = IP_PMTUDISC_WANT;
  mtuDiscovery6: number = IP_PMTUDISC_WANT;
  dontFragment6 = false;
  /** IP_MULTICAST_TTL and IPV6_MULTICAST_HOPS. */
  multicastHops = 1;
  multicastHops6 = -1;
  multicastLoop = true;
  multicastLoop6 = true;
  /** IP_MULTICAST_IF: an index, or an address of an interface; IPV6_MULTICAST_IF. */
  multicastInterface = 0;
  multicastAddress: IpAddress = ANY_V4;
  multicastInterface6 = 0;
  multicastAll = true;
  multicastAll6 = true;
  /** IP_UNICAST_IF and IPV6_UNICAST_IF. */
  unicastInterface = 0;
  unicastInterface6 = 0;
  /** IP_RECVERR and IPV6_RECVERR. */
  receiveErrors = false;
  receiveErrors6 = false;
  /** What is told with each datagram. */
  tellPacketInfo = false;
  tellHopLimit = false;
  tellTrafficClass = false;
  tellOptions = false;
  tellOriginalDestination = false;
  tellPacketInfo6 = false;
  tellHopLimit6 = false;
  tellTrafficClass6 = false;
  tellFlowInfo = false;
  /** IPV6_V6ONLY. */
  v6Only = false;
  /** IP_FREEBIND and IP_TRANSPARENT, of either version. */
  freeBind = false;
  transparent = false;
  /** IP_HDRINCL, IPV6_HDRINCL. */
  headerIncluded = false;
  /** IP_OPTIONS, as on the wire. */
  options: Uint8Array = NO_OPTIONS;
  /** IP_BIND_ADDRESS_NO_PORT: a bind to port 0 leaves the port to connect. */
  bindAddressOnly = false;
  portRange: LocalPortRange = ANY_PORT;
  /** IPV6_CHECKSUM: where in a raw packet the checksum is; -1 for none. */
  checksumOffset = -1;
  flowInfoSend = false;

  /** The same settings for an accepted connection. */
  clone(): IpSettings {
    return Object.assign(new IpSettings(), this);
  }
}
