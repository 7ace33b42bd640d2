import type { SocketAddress } from "../address.ts";
import type { PacketInfo6 } from "../message.ts";
import type { TcpInfo } from "./tcp-info.ts";
import type * as value from "./value.ts";

/** The kinds of an option's value, with what `getsockopt` gives for each. */
export interface OptionKinds {
  /** An `int` that is 0 or 1. */
  boolean: boolean;
  /** An `int`. */
  integer: number;
  /** An `unsigned int`. */
  unsigned: number;
  /** An `unsigned long long` that is a size. */
  size: number;
  /** An `unsigned long long` that is an identity: all of its bits count. */
  cookie: bigint;
  /** `struct timeval` as milliseconds; 0 is no limit. */
  milliseconds: number;
  linger: value.Linger;
  /** A short name: of an interface, or of an algorithm. */
  text: string;
  /** A security label. */
  label: string;
  bytes: Uint8Array;
  /** Bytes per second; Infinity is no limit. */
  rate: number;
  credentials: value.Credentials;
  /** Group numbers. */
  groups: number[];
  filter: readonly value.FilterInstruction[];
  "memory info": value.MemoryInfo;
  "transmit time": value.TransmitTime;
  address: SocketAddress;
  "tcp info": TcpInfo;
  "md5 key": value.Md5Key;
  "repair options": readonly value.RepairOption[];
  "repair window": value.RepairWindow;
  membership: value.Membership;
  "source membership": value.SourceMembership;
  "source filter": value.SourceFilter;
  membership6: value.GroupMembership;
  "group membership": value.GroupMembership;
  "group source membership": value.GroupSourceMembership;
  "group source filter": value.GroupSourceFilter;
  /** An IPv4 address as text. */
  "inet address": string;
  /** An interface by its index or one of its IPv4 addresses. */
  "multicast interface": number | string;
  /** An interface's index, which this option keeps in network order. */
  "interface index": number;
  "port range": value.LocalPortRange;
  "packet info 6": PacketInfo6;
  "path mtu": value.PathMtu;
  "flow label": value.FlowLabelRequest;
  "icmp filter": value.IcmpFilter;
  "icmp6 filter": value.IcmpFilter;
  "packet membership": value.PacketMembership;
  "packet statistics": value.PacketStatistics;
  "rollover statistics": value.RolloverStatistics;
  fanout: value.Fanout;
  /** The multicast groups that a netlink socket hears. */
  "netlink groups": number[];
}

export type OptionKind = keyof OptionKinds;

/** What `setsockopt` takes where it takes more than `getsockopt` gives. */
interface WiderInputs {
  boolean: boolean | 0 | 1;
  "icmp filter": value.IcmpFilterInput;
  "icmp6 filter": value.IcmpFilterInput;
}

/** What `setsockopt` takes for a kind: its value, or the bytes of C's. */
export type OptionInputOf<K extends OptionKind> =
  | Uint8Array
  | (K extends keyof WiderInputs ? WiderInputs[K] : OptionKinds[K]);

/** An option's kind; where reading and writing differ, or only one of them is possible, the kind of each. */
export type OptionEntry = OptionKind | { readonly get?: OptionKind; readonly set?: OptionKind };
