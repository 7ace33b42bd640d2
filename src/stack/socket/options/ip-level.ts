import { IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT, SOCK_RAW, SOCK_STREAM } from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { decodeOption } from "../../../layout/option.ts";
import { IP_MREQN } from "../../../layout/ip-mreqn.ts";
import { ANY_V4, IpAddress } from "../../ip/address.ts";
import type { InetBinding } from "../inet/inet-socket.ts";
import type { IpSettings } from "../inet/ip-settings.ts";
import type { StackSocket } from "../socket.ts";
import {
  flag,
  integer,
  only,
  type OptionTable,
  ranged,
  readOnly,
  Refusal,
  type StackOption,
  storedFlag,
} from "./option.ts";

/** A socket of the internet. */
export interface InetSocket extends StackSocket {
  readonly inet: InetBinding;
  /** The MTU of the path to its peer; undefined without one. */
  pathMtu(): number | undefined;
}

/** The longest IP_OPTIONS: RFC 791 §3.1. */
const MAX_OPTION_BYTES = 40;

export const isInet = (socket: StackSocket): socket is InetSocket => "inet" in socket;
const isRaw = (socket: StackSocket): socket is InetSocket => isInet(socket) && socket.state.type === SOCK_RAW;

/** For any internet socket. */
export function inet(option: StackOption<InetSocket>): StackOption {
  return only(isInet, option, errno.ENOPROTOOPT);
}

type Flag = { [K in keyof IpSettings]: IpSettings[K] extends boolean ? K : never }[keyof IpSettings];
type Number_ = { [K in keyof IpSettings]: IpSettings[K] extends number ? K : never }[keyof IpSettings];

/** A flag of the settings. */
export function ipFlag(field: Flag): StackOption {
  return inet(
    flag(
      ({ inet: { ip } }) => ip[field],
      ({ inet: { ip } }, on) => void (ip[field] = on),
    ),
  );
}

/** A number of the settings, within a range. */
export function ipNumber(field: Number_, least: number, most: number): StackOption {
  return inet(
    ranged(
      least,
      most,
      ({ inet: { ip } }) => ip[field],
      ({ inet: { ip } }, value) => void (ip[field] = value),
    ),
  );
}

/** SOL_IP's integers may be given as one byte, too (ip_setsockopt() of Linux). */
function byteOrInt(option: StackOption): StackOption {
  const { set } = option;
  return {
    ...option,
    ...(set && {
      set: (socket: StackSocket, bytes: Uint8Array) => {
        if (bytes.length === 0 || bytes.length >= 4) return set(socket, bytes);
        return set(socket, Uint8Array.of(bytes[0] as number, 0, 0, 0));
      },
    }),
  };
}

/** Hops of unicast or multicast; -1 is the default, which is read in its place. */
export function hops(field: Number_, least: number, usual: number): StackOption {
  return inet(
    integer(
      ({ inet: { ip } }) => (ip[field] < 0 ? usual : ip[field]),
      ({ inet: { ip } }, value) => {
        if (value !== -1 && (value < least || value > 255)) return -errno.EINVAL;
        ip[field] = value;
        return 0;
      },
    ),
  );
}

const DEFAULT_HOPS = 64;

const multicastInterface: StackOption = inet({
  effect: "effective",
  get: ({ inet: { ip } }) => ip.multicastAddress.toString(),
  set({ inet: { ip }, state }, bytes) {
    if (state.type === SOCK_STREAM) return -errno.EINVAL;
    if (bytes.length < 4) return -errno.EINVAL;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isWhole = bytes.length >= IP_MREQN.size;
    const index = isWhole ? view.getInt32(IP_MREQN.ifindex, true) : 0;
    const address = IpAddress.read(view, isWhole ? IP_MREQN.address : 0, 4);
    const { interfaces } = state.events.surroundings;
    if (index !== 0 && interfaces.nameOf(index) === undefined) return -errno.EADDRNOTAVAIL;
    const found = address.isUnspecified ? index : interfaces.indexOfAddress(address);
    if (found === undefined) return -errno.EADDRNOTAVAIL;
    ip.multicastInterface = index || found;
    ip.multicastAddress = index !== 0 && address.isUnspecified ? ANY_V4 : address;
    return 0;
  },
});

/** IP_UNICAST_IF and IPV6_UNICAST_IF: the index in network order. */
export function unicastInterface(field: "unicastInterface" | "unicastInterface6"): StackOption {
  return inet({
    effect: "effective",
    get: ({ inet: { ip } }) => ip[field],
    set({ inet: { ip }, state }, bytes) {
      if (bytes.length < 4) return -errno.EINVAL;
      const index = decodeOption("interface index", bytes);
      if (index !== 0 && state.events.surroundings.interfaces.nameOf(index) === undefined) return -errno.EADDRNOTAVAIL;
      ip[field] = index;
      return 0;
    },
  });
}

/** IP_MTU and IPV6_MTU, of a connected socket. */
export const pathMtu: StackOption = inet(readOnly((socket) => socket.pathMtu() ?? new Refusal(errno.ENOTCONN)));

/** The options of SOL_IP on a stack, but for those of groups. */
export const ipLevel: OptionTable = {
  IP_TOS: byteOrInt(
    inet(
      integer(
        ({ inet: { ip } }) => ip.trafficClass,
        ({ inet: { ip }, state }, value) => {
          // The two bits of ECN are TCP's own (RFC 3168 §23.1).
          ip.trafficClass = state.type === SOCK_STREAM ? value & 0xfc : value & 0xff;
          return 0;
        },
      ),
    ),
  ),
  IP_TTL: byteOrInt(hops("hopLimit", 1, DEFAULT_HOPS)),
  IP_HDRINCL: only(
    isRaw,
    flag(
      ({ inet: { ip } }) => ip.headerIncluded,
      ({ inet: { ip } }, on) => void (ip.headerIncluded = on),
    ),
    errno.ENOPROTOOPT,
  ),
  IP_OPTIONS: inet({
    effect: "effective",
    get: ({ inet: { ip } }) => ip.options,
    set({ inet: { ip } }, bytes) {
      if (bytes.length > MAX_OPTION_BYTES) return -errno.EINVAL;
      // Padded with the option that ends the list: RFC 791 §3.1.
      const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
      padded.set(bytes);
      ip.options = padded;
      return 0;
    },
  }),
  IP_ROUTER_ALERT: storedFlag("IP_ROUTER_ALERT"),
  IP_RECVOPTS: ipFlag("tellOptions"),
  IP_RETOPTS: storedFlag("IP_RETOPTS"),
  IP_PKTINFO: ipFlag("tellPacketInfo"),
  IP_PKTOPTIONS: inet(
    readOnly(({ state }) => (state.type === SOCK_STREAM ? new Uint8Array() : new Refusal(errno.ENOPROTOOPT))),
  ),
  IP_MTU_DISCOVER: byteOrInt(ipNumber("mtuDiscovery", IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT)),
  IP_RECVERR: ipFlag("receiveErrors"),
  IP_RECVTTL: ipFlag("tellHopLimit"),
  IP_RECVTOS: ipFlag("tellTrafficClass"),
  IP_MTU: pathMtu,
  IP_FREEBIND: ipFlag("freeBind"),
  IP_PASSSEC: storedFlag("IP_PASSSEC"),
  IP_TRANSPARENT: ipFlag("transparent"),
  IP_RECVORIGDSTADDR: ipFlag("tellOriginalDestination"),
  IP_MINTTL: byteOrInt(ipNumber("leastHopLimit", 0, 255)),
  IP_NODEFRAG: storedFlag("IP_NODEFRAG"),
  IP_CHECKSUM: storedFlag("IP_CHECKSUM"),
  IP_BIND_ADDRESS_NO_PORT: ipFlag("bindAddressOnly"),
  IP_RECVFRAGSIZE: storedFlag("IP_RECVFRAGSIZE"),
  IP_RECVERR_RFC4884: storedFlag("IP_RECVERR_RFC4884"),
  IP_MULTICAST_IF: multicastInterface,
  IP_MULTICAST_TTL: byteOrInt(hops("multicastHops", 0, 1)),
  IP_MULTICAST_LOOP: byteOrInt(ipFlag("multicastLoop")),
  IP_MULTICAST_ALL: ipFlag("multicastAll"),
  IP_UNICAST_IF: unicastInterface("unicastInterface"),
  IP_LOCAL_PORT_RANGE: inet({
    effect: "effective",
    get: ({ inet: { ip } }) => ip.portRange,
    set({ inet: { ip } }, bytes) {
      if (bytes.length < 4) return -errno.EINVAL;
      const range = decodeOption("port range", bytes);
      if (range.lower !== 0 && range.upper !== 0 && range.lower > range.upper) return -errno.EINVAL;
      ip.portRange = range;
      return 0;
    },
  }),
  IP_PROTOCOL: only(
    isRaw,
    readOnly(({ state }) => state.protocol),
    errno.ENOPROTOOPT,
  ),
};
