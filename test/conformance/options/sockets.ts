import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_VSOCK,
  ETH_P_ALL,
  IP_ADD_MEMBERSHIP,
  IP_ADD_SOURCE_MEMBERSHIP,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_MPTCP,
  IPPROTO_RAW,
  IPPROTO_UDPLITE,
  IPV6_ADD_MEMBERSHIP,
  MCAST_BLOCK_SOURCE,
  MCAST_JOIN_GROUP,
  MCAST_JOIN_SOURCE_GROUP,
  NETLINK_ADD_MEMBERSHIP,
  NETLINK_ROUTE,
  PACKET_ADD_MEMBERSHIP,
  PACKET_FANOUT,
  PACKET_FANOUT_CBPF,
  PACKET_FANOUT_ROLLOVER,
  PACKET_MR_PROMISC,
  SO_ATTACH_FILTER,
  SO_ATTACH_REUSEPORT_CBPF,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_IP,
  SOL_IPV6,
  SOL_NETLINK,
  SOL_PACKET,
  SOL_SOCKET,
  SOL_TCP,
  TCP_REPAIR,
  TCP_REPAIR_ON,
  TCP_REPAIR_QUEUE,
  TCP_SAVE_SYN,
  TCP_SEND_QUEUE,
} from "../../../src/api/constants.ts";
import type { AddressLike } from "../../../src/api/address.ts";
import type { Kernel } from "../../../src/api/kernel.ts";
import { htons } from "../../../src/netdb/byte-order.ts";
import { acceptAll, group, group6, inOneGroup, source } from "./values.ts";

/** Makes the socket of a line; what it opens is pushed to `opened`, for the line to close. */
export type MakeSocket = (kernel: Kernel, opened: number[]) => Promise<number> | number;

function plain(family: number, type: number, protocol: number = 0): MakeSocket {
  return (kernel, opened) => {
    const fd = kernel.socket(family, type, protocol);
    opened.push(fd);
    return fd;
  };
}

export const tcp: MakeSocket = plain(AF_INET, SOCK_STREAM);
export const tcp6: MakeSocket = plain(AF_INET6, SOCK_STREAM);
export const udp: MakeSocket = plain(AF_INET, SOCK_DGRAM);
export const udp6: MakeSocket = plain(AF_INET6, SOCK_DGRAM);
export const udplite: MakeSocket = plain(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
export const mptcp: MakeSocket = plain(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
export const raw: MakeSocket = plain(AF_INET, SOCK_RAW, IPPROTO_ICMP);
export const raw6: MakeSocket = plain(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
/** Of protocol 253, for experiments (RFC 3692): nothing speaks it. */
export const raw6Experiment: MakeSocket = plain(AF_INET6, SOCK_RAW, 253);
export const raw6Any: MakeSocket = plain(AF_INET6, SOCK_RAW, IPPROTO_RAW);
export const netlink: MakeSocket = plain(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
export const vsock: MakeSocket = plain(AF_VSOCK, SOCK_STREAM);
/** Receives nothing. */
export const packet: MakeSocket = plain(AF_PACKET, SOCK_RAW, 0);
const livePacket: MakeSocket = plain(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

export const unix: MakeSocket = (kernel, opened) => {
  const pair = kernel.socketpair(AF_UNIX, SOCK_STREAM);
  opened.push(...pair);
  return pair[0];
};

const loopback: AddressLike = { family: AF_INET, address: "127.0.0.1", port: 0 };
const loopback6: AddressLike = { family: AF_INET6, address: "::1", port: 0 };

/** The same socket, after something was done to it. */
function after(make: MakeSocket, prepare: (kernel: Kernel, fd: number) => void): MakeSocket {
  return async (kernel, opened) => {
    const fd = await make(kernel, opened);
    prepare(kernel, fd);
    return fd;
  };
}

function listening(make: MakeSocket, address: AddressLike): MakeSocket {
  return after(make, (kernel, fd) => {
    kernel.bind(fd, address);
    kernel.listen(fd);
  });
}
export const listener: MakeSocket = listening(tcp, loopback);
const listener6: MakeSocket = listening(tcp6, loopback6);

/** Connects `client` to a listener; gives both ends. */
async function connectTo(kernel: Kernel, server: number, client: number, opened: number[]): Promise<[number, number]> {
  const [{ fd }] = await Promise.all([kernel.accept(server), kernel.connect(client, kernel.getsockname(server))]);
  opened.push(fd);
  return [client, fd];
}

export const connected: MakeSocket = async (kernel, opened) => {
  const server = await listener(kernel, opened);
  return (await connectTo(kernel, server, await tcp(kernel, opened), opened))[0];
};

export const connected6: MakeSocket = async (kernel, opened) => {
  const server = await listener6(kernel, opened);
  return (await connectTo(kernel, server, await tcp6(kernel, opened), opened))[0];
};

/** An IPv6 socket whose peer is IPv4. */
export const mapped: MakeSocket = async (kernel, opened) => {
  const server = await listener(kernel, opened);
  const client = await tcp6(kernel, opened);
  const address = kernel.getsockname(server);
  if (!("address" in address)) throw new Error("a listener without a port");
  const target: AddressLike = { family: AF_INET6, address: "::ffff:127.0.0.1", port: address.port };
  const [{ fd }] = await Promise.all([kernel.accept(server), kernel.connect(client, target)]);
  opened.push(fd);
  return client;
};

/** An accepted connection whose SYN was kept. */
export const accepted: MakeSocket = async (kernel, opened) => {
  const server = await listener(kernel, opened);
  kernel.setsockopt(server, SOL_TCP, TCP_SAVE_SYN, 1);
  return (await connectTo(kernel, server, await tcp(kernel, opened), opened))[1];
};

/** A datagram socket whose peer is itself. */
function connectedToItself(make: MakeSocket, address: AddressLike): MakeSocket {
  return async (kernel, opened) => {
    const fd = await make(kernel, opened);
    kernel.bind(fd, address);
    await kernel.connect(fd, kernel.getsockname(fd));
    return fd;
  };
}
export const connectedUdp: MakeSocket = connectedToItself(udp, loopback);
export const connectedUdp6: MakeSocket = connectedToItself(udp6, loopback6);

export const filtered: MakeSocket = after(udp, (kernel, fd) => {
  kernel.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, acceptAll);
});
export const reusePort: MakeSocket = after(udp, (kernel, fd) => {
  kernel.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, true);
  kernel.bind(fd, loopback);
});
export const reusePortChosen: MakeSocket = after(reusePort, (kernel, fd) => {
  kernel.setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, acceptAll);
});

export const inRepair: MakeSocket = after(tcp, (kernel, fd) => {
  kernel.setsockopt(fd, SOL_TCP, TCP_REPAIR, TCP_REPAIR_ON);
  kernel.setsockopt(fd, SOL_TCP, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE);
});
export const connectedInRepair: MakeSocket = after(connected, (kernel, fd) => {
  kernel.setsockopt(fd, SOL_TCP, TCP_REPAIR, TCP_REPAIR_ON);
});

// Multicast through the loopback interface.
export const joined: MakeSocket = after(udp, (kernel, fd) => {
  kernel.setsockopt(fd, SOL_IP, IP_ADD_MEMBERSHIP, { group, interfaceAddress: "127.0.0.1" });
});
export const joinedSource: MakeSocket = after(udp, (kernel, fd) => {
  kernel.setsockopt(fd, SOL_IP, IP_ADD_SOURCE_MEMBERSHIP, { group, source, interfaceAddress: "127.0.0.1" });
});
export const joined6: MakeSocket = after(udp6, (kernel, fd) => {
  kernel.setsockopt(fd, SOL_IPV6, IPV6_ADD_MEMBERSHIP, { group: group6, interfaceIndex: kernel.if_nametoindex("lo") });
});

/** A socket that joined through the options of either version, or blocked a sender of the group. */
function joinedEither(level: typeof SOL_IP | typeof SOL_IPV6, state: "group" | "source" | "blocked"): MakeSocket {
  return after(level === SOL_IP ? udp : udp6, (kernel, fd) => {
    const request = inOneGroup(kernel, level);
    const first = state === "source" ? MCAST_JOIN_SOURCE_GROUP : MCAST_JOIN_GROUP;
    kernel.setsockopt(fd, level, first, request);
    if (state === "blocked") kernel.setsockopt(fd, level, MCAST_BLOCK_SOURCE, request);
  });
}
export const inGroup: MakeSocket = joinedEither(SOL_IP, "group");
export const inGroupOfSource: MakeSocket = joinedEither(SOL_IP, "source");
export const blocking: MakeSocket = joinedEither(SOL_IP, "blocked");
export const inGroup6: MakeSocket = joinedEither(SOL_IPV6, "group");
export const inGroupOfSource6: MakeSocket = joinedEither(SOL_IPV6, "source");
export const blocking6: MakeSocket = joinedEither(SOL_IPV6, "blocked");

export const promiscuous: MakeSocket = after(packet, (kernel, fd) => {
  const interfaceIndex = kernel.if_nametoindex("lo");
  kernel.setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, { interfaceIndex, type: PACKET_MR_PROMISC });
});
/** Packet sockets that receive from the loopback interface. */
const bound: MakeSocket = after(livePacket, (kernel, fd) => {
  kernel.bind(fd, { family: AF_PACKET, protocol: ETH_P_ALL, interfaceIndex: kernel.if_nametoindex("lo") });
});
export const livePacketOnLoopback: MakeSocket = bound;
function inFanout(type: number): MakeSocket {
  return after(bound, (kernel, fd) => {
    kernel.setsockopt(fd, SOL_PACKET, PACKET_FANOUT, { id: process.pid & 0xffff, type });
  });
}
export const rollover: MakeSocket = inFanout(PACKET_FANOUT_ROLLOVER);
export const fanoutByProgram: MakeSocket = inFanout(PACKET_FANOUT_CBPF);

export const hearsLinks: MakeSocket = after(netlink, (kernel, fd) => {
  kernel.setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, 1); // RTNLGRP_LINK
});
