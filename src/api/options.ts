import * as constants from "./constants.ts";
import {
  AF_VSOCK,
  SOL_ICMPV6,
  SOL_IP,
  SOL_IPV6,
  SOL_MPTCP,
  SOL_NETLINK,
  SOL_PACKET,
  SOL_RAW,
  SOL_SOCKET,
  SOL_TCP,
  SOL_TLS,
  SOL_UDP,
  SOL_UDPLITE,
} from "./constants.ts";
import { groupOptions } from "./options/group.ts";
import { icmp6Options, rawOptions } from "./options/icmp.ts";
import { ipOptions } from "./options/ip.ts";
import { ipv6Options } from "./options/ipv6.ts";
import type { OptionEntry, OptionInputOf, OptionKind, OptionKinds } from "./options/kind.ts";
import { netlinkOptions } from "./options/netlink.ts";
import { packetOptions } from "./options/packet.ts";
import { socketOptions } from "./options/socket.ts";
import { mptcpOptions, tcpOptions, tlsOptions } from "./options/tcp.ts";
import { udpliteOptions, udpOptions } from "./options/udp.ts";
import { vsockOptions } from "./options/vsock.ts";

export type { OptionKind, OptionKinds } from "./options/kind.ts";
export type { TcpInfo } from "./options/tcp-info.ts";
export type * from "./options/value.ts";

type Constants = typeof constants;
/** The number of a name of C, where it is one. */
type NumberOf<N> = N extends keyof Constants ? (Constants[N] extends number ? Constants[N] : never) : never;
type GetKind<E> = E extends OptionKind ? E : E extends { readonly get: infer K extends OptionKind } ? K : never;
type SetKind<E> = E extends OptionKind ? E : E extends { readonly set: infer K extends OptionKind } ? K : never;
/** What an option is, read or, where it cannot be read, written. */
type Kind<E> = E extends { readonly set: OptionKind } & { readonly get?: never } ? SetKind<E> : GetKind<E>;

type Values<T> = { [N in keyof T as NumberOf<N>]: OptionKinds[Kind<T[N]>] };
type Inputs<T> = { [N in keyof T as SetKind<T[N]> extends never ? never : NumberOf<N>]: OptionInputOf<SetKind<T[N]>> };

/** The options whose value is typed: level → name → value, by the numbers of C. */
export interface OptionTypes {
  [SOL_SOCKET]: Values<typeof socketOptions>;
  [SOL_IP]: Values<typeof ipOptions & typeof groupOptions>;
  [SOL_IPV6]: Values<typeof ipv6Options & typeof groupOptions>;
  [SOL_TCP]: Values<typeof tcpOptions>;
  [SOL_UDP]: Values<typeof udpOptions>;
  [SOL_UDPLITE]: Values<typeof udpOptions & typeof udpliteOptions>;
  [SOL_RAW]: Values<typeof rawOptions>;
  [SOL_ICMPV6]: Values<typeof icmp6Options>;
  [SOL_PACKET]: Values<typeof packetOptions>;
  [SOL_NETLINK]: Values<typeof netlinkOptions>;
  [SOL_TLS]: Values<typeof tlsOptions>;
  [SOL_MPTCP]: Values<typeof mptcpOptions>;
  [AF_VSOCK]: Values<typeof vsockOptions>;
}

/** What `setsockopt` takes: level → name → value. Options that can only be read are not in it. */
export interface OptionInputs {
  [SOL_SOCKET]: Inputs<typeof socketOptions>;
  [SOL_IP]: Inputs<typeof ipOptions & typeof groupOptions>;
  [SOL_IPV6]: Inputs<typeof ipv6Options & typeof groupOptions>;
  [SOL_TCP]: Inputs<typeof tcpOptions>;
  [SOL_UDP]: Inputs<typeof udpOptions>;
  [SOL_UDPLITE]: Inputs<typeof udpOptions & typeof udpliteOptions>;
  [SOL_RAW]: Inputs<typeof rawOptions>;
  [SOL_ICMPV6]: Inputs<typeof icmp6Options>;
  [SOL_PACKET]: Inputs<typeof packetOptions>;
  [SOL_NETLINK]: Inputs<typeof netlinkOptions>;
  [SOL_TLS]: Inputs<typeof tlsOptions>;
  [AF_VSOCK]: Inputs<typeof vsockOptions>;
}

/** The value of an option: what `getsockopt` gives. Bytes for an option that is not in the table. */
export type OptionValue<L, N> = L extends keyof OptionTypes
  ? N extends keyof OptionTypes[L]
    ? OptionTypes[L][N]
    : Uint8Array
  : Uint8Array;

/** What `setsockopt` takes for an option; an integer, a boolean or bytes for one that is not in the table. */
export type OptionInput<L, N> = L extends keyof OptionInputs
  ? N extends keyof OptionInputs[L]
    ? OptionInputs[L][N]
    : Uint8Array | number | boolean
  : Uint8Array | number | boolean;

type Table = Readonly<Record<string, OptionEntry>>;

const levels: readonly (readonly [level: number, ...tables: Table[]])[] = [
  [SOL_SOCKET, socketOptions],
  [SOL_IP, ipOptions, groupOptions],
  [SOL_IPV6, ipv6Options, groupOptions],
  [SOL_TCP, tcpOptions],
  [SOL_UDP, udpOptions],
  [SOL_UDPLITE, udpOptions, udpliteOptions],
  [SOL_RAW, rawOptions],
  [SOL_ICMPV6, icmp6Options],
  [SOL_PACKET, packetOptions],
  [SOL_NETLINK, netlinkOptions],
  [SOL_TLS, tlsOptions],
  [SOL_MPTCP, mptcpOptions],
  [AF_VSOCK, vsockOptions],
];

/** One option: its name in C, and the kind of its value when it is read and when it is written. */
export interface SocketOption {
  readonly level: number;
  readonly number: number;
  readonly name: string;
  readonly get: OptionKind | undefined;
  readonly set: OptionKind | undefined;
}

/** Every option of the table. */
export const options: readonly SocketOption[] = levels.flatMap(([level, ...tables]) =>
  tables.flatMap((table) => Object.entries(table).map(([name, entry]) => option(level, name, entry))),
);

function option(level: number, name: string, entry: OptionEntry): SocketOption {
  const number = (constants as Readonly<Record<string, number | string>>)[name] as number;
  return typeof entry === "string"
    ? { level, number, name, get: entry, set: entry }
    : { level, number, name, get: entry.get, set: entry.set };
}

const byNumber = new Map<number, Map<number, SocketOption>>();
for (const one of options) {
  const level = byNumber.get(one.level) ?? new Map<number, SocketOption>();
  byNumber.set(one.level, level.set(one.number, one));
}

/** The option of a level and number; undefined when the table does not have it. */
export function findOption(level: number, name: number): SocketOption | undefined {
  return byNumber.get(level)?.get(name);
}

/** How an option's value is read ("get") or written ("set"); undefined when it is not in the table, or cannot be. */
export function optionKind(level: number, name: number, access: "get" | "set"): OptionKind | undefined {
  return findOption(level, name)?.[access];
}

/** The option's name in C, for traces: "SO_REUSEADDR". */
export function optionName(level: number, name: number): string | undefined {
  return findOption(level, name)?.name;
}
