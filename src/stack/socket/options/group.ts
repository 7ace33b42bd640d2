import { AF_INET, AF_INET6, MCAST_INCLUDE, SOCK_STREAM } from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { viewOf } from "../../../layout/codec.ts";
import { GROUP_FILTER, GROUP_REQ, GROUP_SOURCE_REQ } from "../../../layout/group-req.ts";
import { IP_MREQ_SOURCE } from "../../../layout/ip-mreq-source.ts";
import { IP_MREQN } from "../../../layout/ip-mreqn.ts";
import { IP_MSFILTER_REQUEST } from "../../../layout/ip-msfilter.ts";
import { IPV6_MREQ } from "../../../layout/ipv6-mreq.ts";
import { SOCKADDR_STORAGE_SIZE } from "../../../netdb/sockaddr.ts";
import { IpAddress } from "../../ip/address.ts";
import type { Memberships } from "../../multicast/memberships.ts";
import { DatagramSocket } from "../inet/datagram-socket.ts";
import type { StackSocket } from "../socket.ts";
import type { OptionTable, StackOption } from "./option.ts";

/** `struct ip_mreq`: a group and an interface's address. */
const IP_MREQ_BYTES = 8;

/** What an option asks for: a group on an interface, and one sender of it. */
interface Asked {
  readonly group: IpAddress;
  readonly iface: number;
  readonly source: IpAddress;
}

type Read = (socket: DatagramSocket, bytes: Uint8Array) => Asked | number;
type Act = (memberships: Memberships, asked: Asked) => number;

/** An option that changes the memberships of a datagram socket. A stream has none: EPROTO as Linux says. */
function changing(read: Read, act: Act): StackOption {
  return {
    effect: "effective",
    set(socket: StackSocket, bytes: Uint8Array) {
      if (!(socket instanceof DatagramSocket)) return socket.state.type === SOCK_STREAM ? -errno.EPROTO : -errno.EINVAL;
      const asked = read(socket, bytes);
      return typeof asked === "number" ? asked : act(socket.endpoint.memberships, asked);
    },
  };
}

/** The interface of a membership: by its index, an address of it, or the route to the group. */
function ifaceOf(socket: DatagramSocket, group: IpAddress, index: number, address: IpAddress | undefined): number {
  const { interfaces } = socket.state.events.surroundings;
  if (index !== 0) return interfaces.nameOf(index) === undefined ? -errno.ENODEV : index;
  if (address !== undefined && !address.isUnspecified) return interfaces.indexOfAddress(address) ?? -errno.ENODEV;
  const { network } = socket.inet;
  const path = network.route({ destination: group, protocol: socket.state.protocol });
  return typeof path === "number" ? -errno.ENODEV : path.iface.index;
}

/** Reads `group` and `source`, which are checked, on an interface. */
function asked(
  socket: DatagramSocket,
  group: IpAddress,
  index: number,
  address: IpAddress | undefined,
  source: IpAddress = group,
): Asked | number {
  if (!group.isMulticast) return -errno.EINVAL;
  const iface = ifaceOf(socket, group, index, address);
  return iface < 0 ? iface : { group, iface, source };
}

const inet4 = (bytes: Uint8Array, at: number): IpAddress => IpAddress.read(viewOf(bytes), at, 4);

/** `struct ip_mreqn`, or the shorter `struct ip_mreq`. */
const mreqn: Read = (socket, bytes) => {
  if (bytes.length < IP_MREQ_BYTES) return -errno.EINVAL;
  const index = bytes.length >= IP_MREQN.size ? viewOf(bytes).getInt32(IP_MREQN.ifindex, true) : 0;
  return asked(socket, inet4(bytes, IP_MREQN.multiaddr), index, inet4(bytes, IP_MREQN.address));
};

const mreqSource: Read = (socket, bytes) => {
  if (bytes.length < IP_MREQ_SOURCE.size) return -errno.EINVAL;
  const source = inet4(bytes, IP_MREQ_SOURCE.sourceaddr);
  return asked(socket, inet4(bytes, IP_MREQ_SOURCE.multiaddr), 0, inet4(bytes, IP_MREQ_SOURCE.interface), source);
};

const mreq6: Read = (socket, bytes) => {
  if (bytes.length < IPV6_MREQ.size) return -errno.EINVAL;
  const group = IpAddress.read(viewOf(bytes), IPV6_MREQ.multiaddr, 6);
  return asked(socket, group, viewOf(bytes).getInt32(IPV6_MREQ.interface, true), undefined);
};

/** The address of a sockaddr at an offset, of the socket's own version; undefined for another. */
function storedAddress(socket: DatagramSocket, bytes: Uint8Array, at: number): IpAddress | undefined {
  const view = viewOf(bytes);
  const family = view.getUint16(at, true);
  if (family !== socket.state.family) return undefined;
  if (family === AF_INET) return IpAddress.read(view, at + 4, 4);
  return family === AF_INET6 ? IpAddress.read(view, at + 8, 6) : undefined;
}

function groupRequest(size: number, sourceAt: number | undefined): Read {
  return (socket, bytes) => {
    if (bytes.length < size) return -errno.EINVAL;
    const group = storedAddress(socket, bytes, GROUP_REQ.group);
    const source = sourceAt === undefined ? group : storedAddress(socket, bytes, sourceAt);
    if (group === undefined || source === undefined) return -errno.EINVAL;
    return asked(socket, group, viewOf(bytes).getUint32(GROUP_REQ.interface, true), undefined, source);
  };
}

const groupOnly = groupRequest(GROUP_REQ.size, undefined);
const groupAndSource = groupRequest(GROUP_SOURCE_REQ.size, GROUP_SOURCE_REQ.source);

const join: Act = (memberships, { iface, group }) => memberships.join(iface, group);
const leave: Act = (memberships, { iface, group }) => memberships.leave(iface, group);
const joinSource: Act = (memberships, { iface, group, source }) => memberships.joinSource(iface, group, source);
const leaveSource: Act = (memberships, { iface, group, source }) => memberships.leaveSource(iface, group, source);
const block: Act = (memberships, { iface, group, source }) => memberships.block(iface, group, source);
const unblock: Act = (memberships, { iface, group, source }) => memberships.unblock(iface, group, source);

/** Replaces a filter: `sourcesAt` of the structure are `count` addresses, each of `size` bytes. */
function setFilter(read: Read, modeAt: number, countAt: number, sourcesAt: number, size: number): StackOption {
  return {
    effect: "effective",
    set(socket: StackSocket, bytes: Uint8Array) {
      if (!(socket instanceof DatagramSocket)) return -errno.EPROTO;
      if (bytes.length < sourcesAt) return -errno.EINVAL;
      const found = read(socket, bytes);
      if (typeof found === "number") return found;
      const view = viewOf(bytes);
      const count = view.getUint32(countAt, true);
      if (bytes.length < sourcesAt + count * size) return -errno.EINVAL;
      const sources: IpAddress[] = [];
      for (let index = 0; index < count; index += 1) {
        const at = sourcesAt + index * size;
        const source = size === SOCKADDR_STORAGE_SIZE ? storedAddress(socket, bytes, at) : inet4(bytes, at);
        if (source === undefined) return -errno.EADDRNOTAVAIL;
        sources.push(source);
      }
      const isInclude = view.getUint32(modeAt, true) === MCAST_INCLUDE;
      return socket.endpoint.memberships.setFilter(found.iface, found.group, isInclude, sources);
    },
  };
}

const filter4: Read = (socket, bytes) =>
  asked(socket, inet4(bytes, IP_MSFILTER_REQUEST.multiaddr), 0, inet4(bytes, IP_MSFILTER_REQUEST.interface));

/** RFC 3678: for either version. */
const eitherVersion: OptionTable = {
  MCAST_JOIN_GROUP: changing(groupOnly, join),
  MCAST_LEAVE_GROUP: changing(groupOnly, leave),
  MCAST_JOIN_SOURCE_GROUP: changing(groupAndSource, joinSource),
  MCAST_LEAVE_SOURCE_GROUP: changing(groupAndSource, leaveSource),
  MCAST_BLOCK_SOURCE: changing(groupAndSource, block),
  MCAST_UNBLOCK_SOURCE: changing(groupAndSource, unblock),
  MCAST_MSFILTER: setFilter(
    groupRequest(GROUP_REQ.size, undefined),
    GROUP_FILTER.fmode,
    GROUP_FILTER.numsrc,
    GROUP_FILTER.slist,
    SOCKADDR_STORAGE_SIZE,
  ),
};

/** Multicast at SOL_IP. */
export const groupsOfIp: OptionTable = {
  ...eitherVersion,
  IP_ADD_MEMBERSHIP: changing(mreqn, join),
  IP_DROP_MEMBERSHIP: changing(mreqn, leave),
  IP_ADD_SOURCE_MEMBERSHIP: changing(mreqSource, joinSource),
  IP_DROP_SOURCE_MEMBERSHIP: changing(mreqSource, leaveSource),
  IP_BLOCK_SOURCE: changing(mreqSource, block),
  IP_UNBLOCK_SOURCE: changing(mreqSource, unblock),
  IP_MSFILTER: setFilter(filter4, IP_MSFILTER_REQUEST.fmode, IP_MSFILTER_REQUEST.numsrc, IP_MSFILTER_REQUEST.slist, 4),
};

/** Multicast at SOL_IPV6. */
export const groupsOfIpv6: OptionTable = {
  ...eitherVersion,
  IPV6_ADD_MEMBERSHIP: changing(mreq6, join),
  IPV6_DROP_MEMBERSHIP: changing(mreq6, leave),
};
