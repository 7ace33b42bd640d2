import type { SocketAddress } from "../api/address.ts";
import { invalidType } from "../api/errors.ts";
import type { OptionKind, OptionKinds } from "../api/options.ts";
import { sockaddrDecode, SOCKADDR_STORAGE_SIZE } from "../netdb/sockaddr.ts";
import { checkInteger, INT_MAX, UINT_MAX } from "./argument.ts";
import { bytesCodec } from "./bytes.ts";
import { type OptionCodec, viewOf } from "./codec.ts";
import { fanoutCodec } from "./fanout.ts";
import { groupMembershipCodec, groupSourceFilterCodec, groupSourceMembershipCodec } from "./group-req.ts";
import { groupsCodec, netlinkGroupsCodec } from "./groups.ts";
import { icmp6FilterCodec, icmpFilterCodec } from "./icmp-filter.ts";
import { inetAddressCodec } from "./in-addr.ts";
import { flowLabelCodec } from "./in6-flowlabel-req.ts";
import { packetInfo6Codec } from "./in6-pktinfo.ts";
import { sourceMembershipCodec } from "./ip-mreq-source.ts";
import { membershipCodec, multicastInterfaceCodec } from "./ip-mreqn.ts";
import { sourceFilterCodec } from "./ip-msfilter.ts";
import { pathMtuCodec } from "./ip6-mtuinfo.ts";
import { membership6Codec } from "./ipv6-mreq.ts";
import { lingerCodec } from "./linger.ts";
import { memoryInfoCodec } from "./memory-info.ts";
import { packetMembershipCodec } from "./packet-mreq.ts";
import {
  booleanCodec,
  cookieCodec,
  integerCodec,
  interfaceIndexCodec,
  portRangeCodec,
  rateCodec,
  sizeCodec,
  unsignedCodec,
} from "./scalar.ts";
import { filterCodec, SOCK_FILTER } from "./sock-fprog.ts";
import { transmitTimeCodec } from "./sock-txtime.ts";
import { tcpInfoCodec } from "./tcp-info.ts";
import { md5KeyCodec } from "./tcp-md5sig.ts";
import { repairOptionsCodec, repairWindowCodec } from "./tcp-repair.ts";
import { labelCodec, textCodec } from "./text.ts";
import { millisecondsCodec } from "./timeval.ts";
import { packetStatisticsCodec, rolloverStatisticsCodec } from "./tpacket-stats.ts";
import { credentialsCodec } from "./ucred.ts";

const addressCodec: OptionCodec<SocketAddress> = {
  size: SOCKADDR_STORAGE_SIZE,
  decode: (bytes) => sockaddrDecode(bytes),
};

const codecs: { readonly [K in OptionKind]: OptionCodec<OptionKinds[K]> } = {
  boolean: booleanCodec,
  integer: integerCodec,
  unsigned: unsignedCodec,
  size: sizeCodec,
  cookie: cookieCodec,
  milliseconds: millisecondsCodec,
  linger: lingerCodec,
  text: textCodec,
  label: labelCodec,
  bytes: bytesCodec,
  rate: rateCodec,
  credentials: credentialsCodec,
  groups: groupsCodec,
  filter: filterCodec,
  "memory info": memoryInfoCodec,
  "transmit time": transmitTimeCodec,
  address: addressCodec,
  "tcp info": tcpInfoCodec,
  "md5 key": md5KeyCodec,
  "repair options": repairOptionsCodec,
  "repair window": repairWindowCodec,
  membership: membershipCodec,
  "source membership": sourceMembershipCodec,
  "source filter": sourceFilterCodec,
  membership6: membership6Codec,
  "group membership": groupMembershipCodec,
  "group source membership": groupSourceMembershipCodec,
  "group source filter": groupSourceFilterCodec,
  "inet address": inetAddressCodec,
  "multicast interface": multicastInterfaceCodec,
  "interface index": interfaceIndexCodec,
  "port range": portRangeCodec,
  "packet info 6": packetInfo6Codec,
  "path mtu": pathMtuCodec,
  "flow label": flowLabelCodec,
  "icmp filter": icmpFilterCodec,
  "icmp6 filter": icmp6FilterCodec,
  "packet membership": packetMembershipCodec,
  "packet statistics": packetStatisticsCodec,
  "rollover statistics": rolloverStatisticsCodec,
  fanout: fanoutCodec,
  "netlink groups": netlinkGroupsCodec,
};

/**
 * The bytes that `setsockopt` is given for a value. Bytes are passed on as they are, whatever the kind;
 * an option that is not in the table also takes an integer or a boolean, as an `int`.
 * Throws a TypeError or RangeError that names `argument` and what is accepted.
 */
export function encodeOption(kind: OptionKind | undefined, value: unknown, argument: string = "value"): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const encoded = kind === undefined ? undefined : codecs[kind].encode?.(value, argument);
  return encoded ?? encodeInt(value, argument);
}

function encodeInt(value: unknown, argument: string): Uint8Array {
  if (typeof value !== "number" && typeof value !== "boolean") {
    throw invalidType(argument, "a Uint8Array, a number or a boolean", value);
  }
  checkInteger(argument, Number(value), -INT_MAX - 1, UINT_MAX);
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, Number(value) >>> 0, true);
  return bytes;
}

/** The value in the bytes that `getsockopt` gave; a copy of them for an option that is not in the table. */
export function decodeOption<K extends OptionKind>(kind: K, bytes: Uint8Array): OptionKinds[K];
export function decodeOption(kind: OptionKind | undefined, bytes: Uint8Array): unknown;
export function decodeOption(kind: OptionKind | undefined, bytes: Uint8Array): unknown {
  return codecs[kind ?? "bytes"].decode?.(bytes) ?? bytes.slice();
}

/** Room for what `getsockopt` may write, in bytes. */
export function optionSize(kind: OptionKind | undefined): number {
  return codecs[kind ?? "bytes"].size;
}

/** How many bytes the length that `getsockopt` gave back stands for: SO_ATTACH_FILTER counts instructions. */
export function optionBytes(kind: OptionKind | undefined, length: number): number {
  return kind === "filter" ? length * SOCK_FILTER.size : length;
}
