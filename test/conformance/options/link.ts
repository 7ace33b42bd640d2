import assert from "node:assert/strict";
import {
  NETLINK_LIST_MEMBERSHIPS,
  PACKET_FANOUT_FLAG_DEFRAG,
  PACKET_FANOUT_LB,
  PACKET_MR_PROMISC,
  SOF_TIMESTAMPING_RAW_HARDWARE,
  SOL_NETLINK,
  TPACKET_V2,
} from "../../../src/api/constants.ts";
import type { Kernel } from "../../../src/api/kernel.ts";
import { type Allowance, both, flag, type Line, read, write } from "./line.ts";
import {
  fanoutByProgram,
  hearsLinks,
  livePacketOnLoopback,
  netlink,
  packet,
  promiscuous,
  rollover,
  vsock,
} from "./sockets.ts";
import { acceptAll, smallRing } from "./values.ts";

const root: Allowance = { root: true };
const onLoopback = (kernel: Kernel): unknown => ({
  interfaceIndex: kernel.if_nametoindex("lo"),
  type: PACKET_MR_PROMISC,
});
const hears = (groups: number[]) => (kernel: Kernel, fd: number) => {
  assert.deepEqual(kernel.getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS), groups);
};
const fanout = { id: process.pid & 0xffff, type: PACKET_FANOUT_LB, flags: PACKET_FANOUT_FLAG_DEFRAG };
const RTNLGRP_LINK = 1;
const vm: Allowance = { mayLack: "no virtual machine sockets" };

export const linkLines: readonly Line[] = [
  write("PACKET_ADD_MEMBERSHIP", packet, onLoopback, undefined, root),
  write("PACKET_DROP_MEMBERSHIP", promiscuous, onLoopback, undefined, root),
  write("PACKET_RX_RING", packet, smallRing, undefined, root),
  read("PACKET_STATISTICS", packet, { packets: 0, drops: 0 }, root),
  write("PACKET_COPY_THRESH", packet, 1000, undefined, root),
  flag("PACKET_AUXDATA", packet, root),
  flag("PACKET_ORIGDEV", packet, root),
  both("PACKET_VERSION", packet, TPACKET_V2, TPACKET_V2, root),
  read("PACKET_HDRLEN", packet, 32, root),
  both("PACKET_RESERVE", packet, 16, 16, root),
  write("PACKET_TX_RING", packet, smallRing, undefined, root),
  flag("PACKET_LOSS", packet, root),
  flag("PACKET_VNET_HDR", packet, root),
  both("PACKET_TIMESTAMP", packet, SOF_TIMESTAMPING_RAW_HARDWARE, SOF_TIMESTAMPING_RAW_HARDWARE, root),
  both("PACKET_FANOUT", livePacketOnLoopback, fanout, fanout, root),
  flag("PACKET_TX_HAS_OFF", packet, root),
  flag("PACKET_QDISC_BYPASS", packet, root),
  read("PACKET_ROLLOVER_STATS", rollover, (value: { all: number }) => value.all >= 0, root),
  write("PACKET_FANOUT_DATA", fanoutByProgram, acceptAll, undefined, root),
  flag("PACKET_IGNORE_OUTGOING", packet, root),
  both("PACKET_VNET_HDR_SZ", packet, 12, 12, { root: true, since: "6.6" }),

  write("NETLINK_ADD_MEMBERSHIP", netlink, RTNLGRP_LINK, hears([RTNLGRP_LINK])),
  write("NETLINK_DROP_MEMBERSHIP", hearsLinks, RTNLGRP_LINK, hears([])),
  read("NETLINK_LIST_MEMBERSHIPS", hearsLinks, [RTNLGRP_LINK]),
  flag("NETLINK_PKTINFO", netlink),
  flag("NETLINK_BROADCAST_ERROR", netlink),
  flag("NETLINK_NO_ENOBUFS", netlink),
  flag("NETLINK_LISTEN_ALL_NSID", netlink, root),
  flag("NETLINK_CAP_ACK", netlink),
  flag("NETLINK_EXT_ACK", netlink),
  flag("NETLINK_GET_STRICT_CHK", netlink),

  both("SO_VM_SOCKETS_BUFFER_SIZE", vsock, 131_072, 131_072, vm),
  both("SO_VM_SOCKETS_BUFFER_MIN_SIZE", vsock, 4096, 4096, vm),
  both("SO_VM_SOCKETS_BUFFER_MAX_SIZE", vsock, 1_048_576, 1_048_576, vm),
  both("SO_VM_SOCKETS_CONNECT_TIMEOUT", vsock, 1500, 1500, vm),
];
