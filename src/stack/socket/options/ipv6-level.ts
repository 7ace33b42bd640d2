import {
  AF_INET,
  AF_INET6,
  IPPROTO_ICMPV6,
  IPV6_PREFER_SRC_HOME,
  IPV6_PREFER_SRC_PUBLIC,
  IPV6_PREFER_SRC_TMP,
  IP_PMTUDISC_DONT,
  IP_PMTUDISC_OMIT,
  SOCK_RAW,
} from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { hops, inet, type InetSocket, ipFlag, ipNumber, isInet, pathMtu, unicastInterface } from "./ip-level.ts";
import type { StackSocket } from "../socket.ts";
import {
  flag,
  integer,
  only,
  type OptionTable,
  readOnly,
  Refusal,
  type StackOption,
  storedFlag,
  storedInteger,
  storedValue,
} from "./option.ts";

const DEFAULT_HOPS = 64;
/** The least MTU of a link: RFC 8200 §5. */
const LEAST_MTU = 1280;

/** Where ICMPv6 has its checksum: RFC 4443 §2.1. */
const ICMPV6_CHECKSUM_OFFSET = 2;

const isRaw6 = (socket: StackSocket): socket is InetSocket => isInet(socket) && socket.state.type === SOCK_RAW;

/** Options of RFC 2292 and of headers that nothing is done with. */
function storedFlags(...names: string[]): OptionTable {
  return Object.fromEntries(names.map((name) => [name, storedFlag(name)]));
}

const v6Only: StackOption = inet(
  flag(
    ({ inet: { ip } }) => ip.v6Only,
    ({ inet: { ip } }, on) => void (ip.v6Only = on),
  ),
);

/** IPV6_MULTICAST_IF. */
const multicastInterface: StackOption = inet(
  integer(
    ({ inet: { ip } }) => ip.multicastInterface6,
    ({ inet: { ip }, state }, index) => {
      if (index !== 0 && state.events.surroundings.interfaces.nameOf(index) === undefined) return -errno.ENODEV;
      ip.multicastInterface6 = index;
      return 0;
    },
  ),
);

/** The options of SOL_IPV6 on a stack, but for those of groups. */
export const ipv6Level: OptionTable = {
  ...storedFlags(
    "IPV6_2292HOPOPTS",
    "IPV6_2292DSTOPTS",
    "IPV6_2292RTHDR",
    "IPV6_RECVHOPOPTS",
    "IPV6_RECVRTHDR",
    "IPV6_RECVDSTOPTS",
    "IPV6_RECVPATHMTU",
    "IPV6_RECVFRAGSIZE",
    "IPV6_RECVERR_RFC4884",
    "IPV6_ROUTER_ALERT_ISOLATE",
    "IPV6_AUTOFLOWLABEL",
  ),
  IPV6_2292PKTINFO: storedFlag("IPV6_2292PKTINFO"),
  IPV6_2292HOPLIMIT: storedFlag("IPV6_2292HOPLIMIT"),
  IPV6_2292PKTOPTIONS: readOnly(() => new Uint8Array()),
  IPV6_FLOWINFO: ipFlag("tellFlowInfo"),
  IPV6_FLOWINFO_SEND: ipFlag("flowInfoSend"),
  IPV6_CHECKSUM: only(
    isRaw6,
    integer(
      ({ inet: { ip }, state }) => (state.protocol === IPPROTO_ICMPV6 ? ICMPV6_CHECKSUM_OFFSET : ip.checksumOffset),
      ({ inet: { ip }, state }, value) => {
        // RFC 3542 §3.1: that of ICMPv6 is the system's.
        if (state.protocol === IPPROTO_ICMPV6 || (value >= 0 && value % 2 !== 0)) return -errno.EINVAL;
        ip.checksumOffset = Math.max(-1, value);
        return 0;
      },
    ),
    errno.ENOPROTOOPT,
  ),
  IPV6_UNICAST_HOPS: hops("hopLimit6", 0, DEFAULT_HOPS),
  IPV6_MULTICAST_IF: multicastInterface,
  IPV6_MULTICAST_HOPS: hops("multicastHops6", 0, 1),
  IPV6_MULTICAST_LOOP: ipFlag("multicastLoop6"),
  IPV6_MULTICAST_ALL: ipFlag("multicastAll6"),
  IPV6_ROUTER_ALERT: storedInteger("IPV6_ROUTER_ALERT", -1),
  IPV6_MTU_DISCOVER: ipNumber("mtuDiscovery6", IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT),
  IPV6_MTU: {
    ...pathMtu,
    set: (_, bytes) => {
      const mtu = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
      return mtu !== 0 && mtu < LEAST_MTU ? -errno.EINVAL : 0;
    },
  },
  IPV6_RECVERR: ipFlag("receiveErrors6"),
  IPV6_V6ONLY: {
    ...v6Only,
    set: (socket, bytes) =>
      isInet(socket) && socket.inet.isBound ? -errno.EINVAL : (v6Only.set?.(socket, bytes) ?? 0),
  },
  IPV6_HDRINCL: only(
    isRaw6,
    flag(
      ({ inet: { ip } }) => ip.headerIncluded,
      ({ inet: { ip } }, on) => void (ip.headerIncluded = on),
    ),
    errno.ENOPROTOOPT,
  ),
  IPV6_RECVPKTINFO: ipFlag("tellPacketInfo6"),
  IPV6_RECVHOPLIMIT: ipFlag("tellHopLimit6"),
  IPV6_RECVTCLASS: ipFlag("tellTrafficClass6"),
  IPV6_RECVORIGDSTADDR: ipFlag("tellOriginalDestination"),
  IPV6_TCLASS: inet(
    integer(
      ({ inet: { ip } }) => ip.trafficClass6,
      ({ inet: { ip } }, value) => {
        if (value < -1 || value > 255) return -errno.EINVAL;
        ip.trafficClass6 = Math.max(0, value);
        return 0;
      },
    ),
  ),
  IPV6_DONTFRAG: ipFlag("dontFragment6"),
  IPV6_HOPOPTS: storedValue("IPV6_HOPOPTS", "bytes", new Uint8Array(), 0),
  IPV6_RTHDRDSTOPTS: storedValue("IPV6_RTHDRDSTOPTS", "bytes", new Uint8Array(), 0),
  IPV6_DSTOPTS: storedValue("IPV6_DSTOPTS", "bytes", new Uint8Array(), 0),
  IPV6_RTHDR: storedValue("IPV6_RTHDR", "bytes", new Uint8Array(), 0),
  IPV6_PATHMTU: inet(
    readOnly((socket) => {
      const mtu = socket.pathMtu();
      return mtu === undefined ? new Refusal(errno.ENOTCONN) : { mtu };
    }),
  ),
  IPV6_ADDR_PREFERENCES: {
    effect: "stored",
    get: ({ state }) => state.stored.get("IPV6_ADDR_PREFERENCES") ?? IPV6_PREFER_SRC_PUBLIC | IPV6_PREFER_SRC_HOME,
    set({ state }, bytes) {
      if (bytes.length < 4) return -errno.EINVAL;
      const asked = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
      const which = asked & IPV6_PREFER_SRC_TMP ? IPV6_PREFER_SRC_TMP : IPV6_PREFER_SRC_PUBLIC;
      state.store("IPV6_ADDR_PREFERENCES", which | IPV6_PREFER_SRC_HOME);
      return 0;
    },
  },
  IPV6_MINHOPCOUNT: ipNumber("leastHopLimit6", 0, 255),
  IPV6_TRANSPARENT: ipFlag("transparent"),
  IPV6_UNICAST_IF: unicastInterface("unicastInterface6"),
  IPV6_FREEBIND: ipFlag("freeBind"),
};

/** SOL_IPV6 is for IPv6 sockets; SOL_IP is for both. */
export const hasIpv6Level = ({ state }: StackSocket): boolean => state.family === AF_INET6;
export const hasIpLevel = ({ state }: StackSocket): boolean => state.family === AF_INET || state.family === AF_INET6;
