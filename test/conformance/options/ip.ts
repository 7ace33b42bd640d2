import {
  IP_PMTUDISC_DO,
  IPPROTO_ICMP,
  IPTOS_LOWDELAY,
  MCAST_EXCLUDE,
  MCAST_INCLUDE,
  SOL_IP,
  SOL_IPV6,
} from "../../../src/api/constants.ts";
import type { Kernel } from "../../../src/api/kernel.ts";
import { both, flag, type Line, read, refused, write } from "./line.ts";
import {
  blocking,
  blocking6,
  connected,
  connectedUdp,
  inGroup,
  inGroup6,
  inGroupOfSource,
  inGroupOfSource6,
  joined,
  joinedSource,
  type MakeSocket,
  raw,
  tcp,
  udp,
  udp6,
} from "./sockets.ts";
import { group, group6, inOneGroup, noOperations, source, source6 } from "./values.ts";

const root = { root: true } as const;
const loopbackIndex = (kernel: Kernel): number => kernel.if_nametoindex("lo");
const membership = { group, interfaceAddress: "127.0.0.1" };
const sourceMembership = { ...membership, source };

export const ipLines: readonly Line[] = [
  both("IP_TOS", udp, IPTOS_LOWDELAY),
  both("IP_TTL", udp, 42),
  flag("IP_HDRINCL", raw, root),
  both("IP_OPTIONS", udp, noOperations),
  flag("IP_ROUTER_ALERT", raw, { ...root, since: "6.8" }),
  flag("IP_RECVOPTS", udp),
  flag("IP_RETOPTS", udp),
  flag("IP_PKTINFO", udp),
  read("IP_PKTOPTIONS", connected, new Uint8Array()),
  both("IP_MTU_DISCOVER", udp, IP_PMTUDISC_DO),
  flag("IP_RECVERR", udp),
  flag("IP_RECVTTL", udp),
  flag("IP_RECVTOS", udp),
  read("IP_MTU", connectedUdp, (mtu: number) => mtu >= 1500),
  flag("IP_FREEBIND", udp),
  flag("IP_PASSSEC", udp),
  flag("IP_TRANSPARENT", udp, root),
  flag("IP_RECVORIGDSTADDR", udp),
  both("IP_MINTTL", tcp, 5),
  flag("IP_NODEFRAG", raw, root),
  flag("IP_CHECKSUM", udp),
  flag("IP_BIND_ADDRESS_NO_PORT", tcp),
  flag("IP_RECVFRAGSIZE", udp),
  flag("IP_RECVERR_RFC4884", udp, { since: "5.9" }),
  both("IP_MULTICAST_IF", udp, "127.0.0.1"),
  both("IP_MULTICAST_IF", udp, loopbackIndex, "0.0.0.0"), // By index it keeps no address.
  both("IP_MULTICAST_TTL", udp, 3),
  flag("IP_MULTICAST_LOOP", udp),
  write("IP_ADD_MEMBERSHIP", udp, (kernel: Kernel) => ({ group, interfaceIndex: loopbackIndex(kernel) })),
  write("IP_DROP_MEMBERSHIP", joined, membership),
  write("IP_BLOCK_SOURCE", joined, sourceMembership),
  write("IP_UNBLOCK_SOURCE", blocking, sourceMembership),
  write("IP_ADD_SOURCE_MEMBERSHIP", udp, sourceMembership),
  write("IP_DROP_SOURCE_MEMBERSHIP", joinedSource, sourceMembership),
  write("IP_MSFILTER", joined, { ...membership, mode: MCAST_EXCLUDE, sources: [source, "192.0.2.2"] }),
  flag("IP_MULTICAST_ALL", udp),
  both("IP_UNICAST_IF", udp, loopbackIndex, loopbackIndex),
  both("IP_LOCAL_PORT_RANGE", tcp, { lower: 40_000, upper: 50_000 }, undefined, { since: "6.3" }),
  read("IP_PROTOCOL", raw, IPPROTO_ICMP, { root: true, since: "6.4" }),
  refused("SO_ORIGINAL_DST", connected, undefined, "ENOENT", { mayLack: "no connection tracking" }),
];

type Level = typeof SOL_IP | typeof SOL_IPV6;

/** The multicast options that both versions have. */
function groupLinesOf(
  level: Level,
  open: MakeSocket,
  inside: MakeSocket,
  ofSource: MakeSocket,
  blocks: MakeSocket,
): Line[] {
  const allow = level === SOL_IPV6 ? { level, mayLack: "no IPv6" } : { level };
  const one = (kernel: Kernel): unknown => inOneGroup(kernel, level);
  const filter = (mode: number) => (kernel: Kernel) => ({
    group: level === SOL_IP ? group : group6,
    interfaceIndex: kernel.if_nametoindex("lo"),
    mode,
    sources: level === SOL_IP ? [source, "192.0.2.2"] : [source6, "2001:db8::2"],
  });
  return [
    write("MCAST_JOIN_GROUP", open, one, undefined, allow),
    write("MCAST_LEAVE_GROUP", inside, one, undefined, allow),
    write("MCAST_BLOCK_SOURCE", inside, one, undefined, allow),
    write("MCAST_UNBLOCK_SOURCE", blocks, one, undefined, allow),
    write("MCAST_JOIN_SOURCE_GROUP", open, one, undefined, allow),
    write("MCAST_LEAVE_SOURCE_GROUP", ofSource, one, undefined, allow),
    write("MCAST_MSFILTER", inside, filter(MCAST_EXCLUDE), undefined, allow),
    write("MCAST_MSFILTER", ofSource, filter(MCAST_INCLUDE), undefined, allow),
  ];
}

export const groupLines: readonly Line[] = [
  ...groupLinesOf(SOL_IP, udp, inGroup, inGroupOfSource, blocking),
  ...groupLinesOf(SOL_IPV6, udp6, inGroup6, inGroupOfSource6, blocking6),
];
