import type { Inet6Address } from "../address.ts";

/** `struct linger`, SO_LINGER: whether `close` waits for what is unsent, and how long at most. */
export interface Linger {
  readonly onoff: boolean;
  /** Seconds. */
  readonly linger: number;
}

/** `struct ucred`, SO_PEERCRED and SCM_CREDENTIALS: who made the other end of a Unix connection, or sent a message. */
export interface Credentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** One instruction of a classic BPF program: `struct sock_filter`. */
export interface FilterInstruction {
  readonly code: number;
  /** Instructions to skip when the test is true. */
  readonly jt: number;
  /** Instructions to skip when the test is false. */
  readonly jf: number;
  readonly k: number;
}

/** SO_MEMINFO: the memory of a socket, in bytes; the last is a count. */
export interface MemoryInfo {
  readonly rmemAlloc: number;
  readonly rcvbuf: number;
  readonly wmemAlloc: number;
  readonly sndbuf: number;
  readonly fwdAlloc: number;
  readonly wmemQueued: number;
  readonly optmem: number;
  readonly backlog: number;
  /** Packets dropped; undefined before Linux 4.6. */
  readonly drops?: number;
}

/** `struct sock_txtime`, SO_TXTIME: the clock of SCM_TXTIME, and SOF_TXTIME_… flags. */
export interface TransmitTime {
  readonly clockId: number;
  readonly flags: number;
}

/** `struct ip_mreqn`, IP_ADD_MEMBERSHIP: a multicast group, and the interface by index or by one of its addresses. */
export interface Membership {
  readonly group: string;
  /** Left out or 0: the interface of `interfaceAddress`. */
  readonly interfaceIndex?: number;
  /** An IPv4 address of the interface; left out, the routing table chooses. */
  readonly interfaceAddress?: string;
}

/** `struct ip_mreq_source`, IP_ADD_SOURCE_MEMBERSHIP: one sender of a group. */
export interface SourceMembership {
  readonly group: string;
  readonly source: string;
  /** An IPv4 address of the interface; left out, the routing table chooses. */
  readonly interfaceAddress?: string;
}

/** `struct ipv6_mreq`, `struct group_req`: a multicast group and the index of an interface. */
export interface GroupMembership {
  readonly group: string;
  /** Left out, the routing table chooses. */
  readonly interfaceIndex?: number;
}

/** `struct group_source_req`, MCAST_JOIN_SOURCE_GROUP: one sender of a group, of either IP version. */
export interface GroupSourceMembership extends GroupMembership {
  readonly source: string;
}

/** `struct ip_msfilter`, IP_MSFILTER: which senders of a group are heard. */
export interface SourceFilter {
  readonly group: string;
  /** An IPv4 address of the interface; left out, the routing table chooses. */
  readonly interfaceAddress?: string;
  /** MCAST_INCLUDE or MCAST_EXCLUDE. */
  readonly mode: number;
  readonly sources: readonly string[];
}

/** `struct group_filter`, MCAST_MSFILTER: which senders of a group are heard, of either IP version. */
export interface GroupSourceFilter {
  readonly group: string;
  /** Left out, the routing table chooses. */
  readonly interfaceIndex?: number;
  /** MCAST_INCLUDE or MCAST_EXCLUDE. */
  readonly mode: number;
  readonly sources: readonly string[];
}

/** IP_LOCAL_PORT_RANGE: the ports that `bind` and `connect` choose from; 0 leaves an end to the system. */
export interface LocalPortRange {
  readonly lower: number;
  readonly upper: number;
}

/** `struct ip6_mtuinfo`, IPV6_PATHMTU. */
export interface PathMtu {
  readonly mtu: number;
  /** The destination, where the kernel says it: Linux does in the control message of IPV6_RECVPATHMTU, not here. */
  readonly address?: Inet6Address;
}

/** `struct in6_flowlabel_req`, IPV6_FLOWLABEL_MGR. */
export interface FlowLabelRequest {
  readonly destination: string;
  readonly label: number;
  /** IPV6_FL_A_… */
  readonly action: number;
  /** IPV6_FL_S_… */
  readonly share?: number;
  /** IPV6_FL_F_… */
  readonly flags?: number;
  readonly expiresS?: number;
  readonly lingerS?: number;
}

/** ICMP_FILTER, ICMP6_FILTER: the types of message that a raw socket does not receive. */
export interface IcmpFilter {
  readonly block: readonly number[];
}

/** An ICMP filter as it is set: the types to block, or the only ones that pass. */
export type IcmpFilterInput = IcmpFilter | { readonly pass: readonly number[] };

/** `struct tcp_md5sig`, TCP_MD5SIG: the key of one peer (RFC 2385); an empty key removes it. */
export interface Md5Key {
  readonly address: string;
  readonly key: Uint8Array;
  /** With TCP_MD5SIG_EXT: the key is that of a whole network. */
  readonly prefixLength?: number;
  /** With TCP_MD5SIG_EXT: the key is that of an interface's (VRF's) peer. */
  readonly interfaceIndex?: number;
}

/** `struct tcp_repair_opt`, TCP_REPAIR_OPTIONS. */
export interface RepairOption {
  readonly code: number;
  readonly value: number;
}

/** `struct tcp_repair_window`, TCP_REPAIR_WINDOW. */
export interface RepairWindow {
  readonly sndWl1: number;
  readonly sndWnd: number;
  readonly maxWindow: number;
  readonly rcvWnd: number;
  readonly rcvWup: number;
}

/** `struct packet_mreq`, PACKET_ADD_MEMBERSHIP: what an interface is to receive besides its own. */
export interface PacketMembership {
  readonly interfaceIndex: number;
  /** PACKET_MR_… */
  readonly type: number;
  /** For PACKET_MR_MULTICAST and PACKET_MR_UNICAST: up to 8 bytes. */
  readonly address?: Uint8Array;
}

/** `struct tpacket_stats`, PACKET_STATISTICS: what came since the last time it was asked for. */
export interface PacketStatistics {
  readonly packets: number;
  readonly drops: number;
}

/** `struct tpacket_rollover_stats`, PACKET_ROLLOVER_STATS. */
export interface RolloverStatistics {
  readonly all: number;
  readonly huge: number;
  readonly failed: number;
}

/** PACKET_FANOUT: a group of sockets that share an interface's packets. */
export interface Fanout {
  readonly id: number;
  /** PACKET_FANOUT_HASH, PACKET_FANOUT_LB … */
  readonly type: number;
  /** PACKET_FANOUT_FLAG_… */
  readonly flags?: number;
}
