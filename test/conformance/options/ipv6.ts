import assert from "node:assert/strict";
import {
  AF_INET,
  IPV6_FL_A_GET,
  IPV6_FL_F_CREATE,
  IPV6_FL_S_EXCL,
  IPV6_PMTUDISC_DO,
  IPV6_PREFER_SRC_HOME,
  IPV6_PREFER_SRC_TMP,
  SO_DOMAIN,
  SOL_SOCKET,
} from "../../../src/api/constants.ts";
import type { Kernel } from "../../../src/api/kernel.ts";
import type { PathMtu } from "../../../src/api/options.ts";
import { type Allowance, both, flag, type Line, read, refused, write } from "./line.ts";
import { connected6, connectedUdp6, joined6, mapped, raw6, raw6Any, raw6Experiment, tcp6, udp6 } from "./sockets.ts";
import { group6, paddingOptions } from "./values.ts";

const allow: Allowance = { mayLack: "no IPv6" };
const root: Allowance = { ...allow, root: true };
const loopbackIndex = (kernel: Kernel): number => kernel.if_nametoindex("lo");
const membership = (kernel: Kernel): unknown => ({ group: group6, interfaceIndex: loopbackIndex(kernel) });

/** The options that ask for a control message with each packet. */
const received = [
  "IPV6_2292PKTINFO",
  "IPV6_2292HOPOPTS",
  "IPV6_2292DSTOPTS",
  "IPV6_2292RTHDR",
  "IPV6_2292HOPLIMIT",
  "IPV6_FLOWINFO",
  "IPV6_RECVERR",
  "IPV6_RECVPKTINFO",
  "IPV6_RECVHOPLIMIT",
  "IPV6_RECVHOPOPTS",
  "IPV6_RECVRTHDR",
  "IPV6_RECVDSTOPTS",
  "IPV6_RECVPATHMTU",
  "IPV6_RECVTCLASS",
  "IPV6_RECVORIGDSTADDR",
  "IPV6_RECVFRAGSIZE",
];

/** An IPv6 address that lo does not have: anycast needs a router, or the interface's own network. */
const anycast = (kernel: Kernel): unknown => ({ group: "2001:db8::1", interfaceIndex: loopbackIndex(kernel) });

export const ipv6Lines: readonly Line[] = [
  ...received.map((name) => flag(name, udp6, allow)),
  write(
    "IPV6_ADDRFORM",
    mapped,
    AF_INET,
    (kernel, fd) => assert.equal(kernel.getsockopt(fd, SOL_SOCKET, SO_DOMAIN), AF_INET),
    allow,
  ),
  read("IPV6_2292PKTOPTIONS", connected6, new Uint8Array(), allow),
  both("IPV6_CHECKSUM", raw6Experiment, 2, 2, root),
  both("IPV6_UNICAST_HOPS", udp6, 42, 42, allow),
  both("IPV6_MULTICAST_IF", udp6, loopbackIndex, loopbackIndex, allow),
  both("IPV6_MULTICAST_HOPS", udp6, 3, 3, allow),
  flag("IPV6_MULTICAST_LOOP", udp6, allow),
  write("IPV6_ADD_MEMBERSHIP", udp6, membership, undefined, allow),
  write("IPV6_DROP_MEMBERSHIP", joined6, membership, undefined, allow),
  both("IPV6_ROUTER_ALERT", raw6Any, 5, 1, { ...root, since: "6.8" }), // Read, it only says that there is one.
  both("IPV6_MTU_DISCOVER", udp6, IPV6_PMTUDISC_DO, IPV6_PMTUDISC_DO, allow),
  read("IPV6_MTU", connectedUdp6, (mtu: number) => mtu >= 1280, allow),
  write("IPV6_MTU", udp6, 1280, undefined, allow),
  flag("IPV6_V6ONLY", tcp6, allow),
  refused("IPV6_JOIN_ANYCAST", udp6, anycast, "EADDRNOTAVAIL", root),
  refused("IPV6_LEAVE_ANYCAST", udp6, anycast, "ENOENT", allow),
  flag("IPV6_MULTICAST_ALL", udp6, allow),
  flag("IPV6_ROUTER_ALERT_ISOLATE", raw6, { ...root, since: "5.2" }),
  flag("IPV6_RECVERR_RFC4884", udp6, { ...allow, since: "5.9" }),
  write(
    "IPV6_FLOWLABEL_MGR",
    udp6,
    { destination: "::1", label: 0, action: IPV6_FL_A_GET, share: IPV6_FL_S_EXCL, flags: IPV6_FL_F_CREATE },
    undefined,
    allow,
  ),
  flag("IPV6_FLOWINFO_SEND", udp6, allow),
  flag("IPV6_HDRINCL", raw6, root),
  write(
    "IPV6_PKTINFO",
    udp6,
    (kernel: Kernel) => ({ address: "::1", interfaceIndex: loopbackIndex(kernel) }),
    undefined,
    allow,
  ),
  both("IPV6_HOPOPTS", udp6, paddingOptions, paddingOptions, root),
  both("IPV6_RTHDRDSTOPTS", udp6, paddingOptions, paddingOptions, root),
  both("IPV6_DSTOPTS", udp6, paddingOptions, paddingOptions, root),
  read("IPV6_RTHDR", udp6, new Uint8Array(), allow),
  read("IPV6_PATHMTU", connectedUdp6, (value: PathMtu) => value.mtu >= 1280, allow),
  flag("IPV6_DONTFRAG", udp6, allow),
  both("IPV6_TCLASS", udp6, 0x20, 0x20, allow),
  flag("IPV6_AUTOFLOWLABEL", udp6, allow),
  both(
    "IPV6_ADDR_PREFERENCES",
    udp6,
    IPV6_PREFER_SRC_TMP,
    IPV6_PREFER_SRC_TMP | IPV6_PREFER_SRC_HOME, // Home is the default of its pair.
    allow,
  ),
  both("IPV6_MINHOPCOUNT", tcp6, 5, 5, allow),
  flag("IPV6_TRANSPARENT", udp6, root),
  both("IPV6_UNICAST_IF", udp6, loopbackIndex, loopbackIndex, allow),
  flag("IPV6_FREEBIND", udp6, allow),
  refused("IP6T_SO_ORIGINAL_DST", connected6, undefined, "ENOENT", { mayLack: "no connection tracking" }),
];
