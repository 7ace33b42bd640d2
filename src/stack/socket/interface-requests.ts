import {
  AF_INET,
  AF_UNIX,
  ARPHRD_ETHER,
  ARPHRD_LOOPBACK,
  ARPHRD_NONE,
  IFF_BROADCAST,
  IFF_LOOPBACK,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_POINTOPOINT,
  IFF_RUNNING,
  IFF_UP,
  SIOCGIFADDR,
  SIOCGIFBRDADDR,
  SIOCGIFDSTADDR,
  SIOCGIFFLAGS,
  SIOCGIFHWADDR,
  SIOCGIFINDEX,
  SIOCGIFMETRIC,
  SIOCGIFMTU,
  SIOCGIFNAME,
  SIOCGIFNETMASK,
  SIOCGIFTXQLEN,
} from "../../api/constants.ts";
import { errno } from "../../api/errno.ts";
import { viewOf } from "../../layout/codec.ts";
import { IFREQ } from "../../layout/ifreq.ts";
import { ANY_V4, IpAddress, prefixMask } from "../ip/address.ts";
import type { InterfaceAddress } from "../link/interface-address.ts";
import type { Interface } from "../link/interface.ts";
import type { Stack } from "../stack.ts";
import { writeEndpoint } from "./inet/inet-address.ts";

/** IFNAMSIZ: a name and its NUL. */
const NAME_BYTES = 16;
/** Packets that wait for a device: what `ip link` shows as qlen. */
const QUEUE_LENGTH = 1000;

/** The requests of ioctl(2) that are about interfaces, netdevice(7). */
export interface InterfaceRequests {
  /** Bytes of a `struct ifreq`. */
  readonly entryBytes: number;
  /** SIOCGIFCONF: a `struct ifreq` of each interface with an IPv4 address; undefined when the family has no such. */
  list(family: number): Uint8Array | undefined;
  /** Any other request, its structure in `memory`: 0, or an errno, negated. */
  ask(family: number, request: number, memory: Uint8Array): number;
}

/** The requests that read: those that change are the stack's own methods. */
export function interfaceRequests(stack: Stack): InterfaceRequests {
  const { interfaces } = stack;
  return {
    entryBytes: IFREQ.size,
    list(family) {
      if (family === AF_UNIX) return undefined;
      const entries = interfaces.all.flatMap((iface) => ipv4Of(iface).map((own) => entry(iface, own)));
      const bytes = new Uint8Array(entries.length * IFREQ.size);
      for (const [index, one] of entries.entries()) bytes.set(one, index * IFREQ.size);
      return bytes;
    },
    ask(_, request, memory) {
      if (request === SIOCGIFNAME) {
        const iface = interfaces.get(viewOf(memory).getInt32(IFREQ.ifindex, true));
        if (iface === undefined) return -errno.ENODEV;
        memory.fill(0, 0, NAME_BYTES);
        memory.set(new TextEncoder().encode(iface.name));
        return 0;
      }
      const read = READERS[request];
      if (read === undefined) return -errno.ENOTTY;
      const name = memory.subarray(0, NAME_BYTES);
      const nul = name.indexOf(0);
      const iface = interfaces.named(new TextDecoder().decode(nul < 0 ? name : name.subarray(0, nul)));
      if (iface === undefined) return -errno.ENODEV;
      return read(iface, memory);
    },
  };
}

type Reader = (iface: Interface, memory: Uint8Array) => number;

function ipv4Of(iface: Interface): InterfaceAddress[] {
  return iface.addresses.filter(({ address, isAssigned }) => isAssigned && address.version === 4);
}

function entry(iface: Interface, { address }: InterfaceAddress): Uint8Array {
  const bytes = new Uint8Array(IFREQ.size);
  bytes.set(new TextEncoder().encode(iface.name));
  bytes.set(writeEndpoint(AF_INET, address, 0, 0), IFREQ.addr);
  return bytes;
}

/** An `int` behind the name. */
function integer(value: (iface: Interface) => number): Reader {
  return (iface, memory) => {
    viewOf(memory).setInt32(IFREQ.ifindex, value(iface), true);
    return 0;
  };
}

/** A `struct sockaddr_in` behind the name, about the interface's first IPv4 address. */
function inet(value: (own: InterfaceAddress) => IpAddress): Reader {
  return (iface, memory) => {
    const [first] = ipv4Of(iface);
    if (first === undefined) return -errno.EADDRNOTAVAIL;
    memory.set(writeEndpoint(AF_INET, value(first), 0, 0), IFREQ.addr);
    return 0;
  };
}

const READERS: Readonly<Record<number, Reader>> = {
  [SIOCGIFINDEX]: integer(({ index }) => index),
  [SIOCGIFMTU]: integer(({ mtu }) => mtu),
  [SIOCGIFMETRIC]: integer(() => 0),
  [SIOCGIFTXQLEN]: integer(() => QUEUE_LENGTH),
  [SIOCGIFFLAGS]: (iface, memory) => {
    viewOf(memory).setInt16(IFREQ.flags, flagsOf(iface), true);
    return 0;
  },
  [SIOCGIFADDR]: inet(({ address }) => address),
  [SIOCGIFDSTADDR]: inet(({ address }) => address),
  [SIOCGIFBRDADDR]: inet(({ broadcast }) => broadcast ?? ANY_V4),
  [SIOCGIFNETMASK]: inet(({ prefixLength }) => IpAddress.v4(prefixMask(prefixLength, 0))),
  [SIOCGIFHWADDR]: (iface, memory) => {
    const { kind, hardwareAddress } = iface.device;
    memory.fill(0, IFREQ.hwaddr, IFREQ.hwaddr + 16);
    const type = kind === "ethernet" ? ARPHRD_ETHER : kind === "loopback" ? ARPHRD_LOOPBACK : ARPHRD_NONE;
    viewOf(memory).setUint16(IFREQ.hwaddr, type, true);
    if (hardwareAddress !== undefined) memory.set(hardwareAddress, IFREQ.hwaddr + 2);
    return 0;
  },
};

/** IFF_UP and its siblings, by the kind of device. */
export function flagsOf({ device }: Interface): number {
  const up = IFF_UP | IFF_RUNNING;
  if (device.kind === "loopback") return up | IFF_LOOPBACK;
  if (device.kind === "ethernet") return up | IFF_BROADCAST | IFF_MULTICAST;
  return up | IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST;
}
