import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
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
} from "../../src/api/constants.ts";
import { options, type OptionKind, type SocketOption } from "../../src/api/options.ts";
import { levels as stackLevels } from "../../src/stack/socket/options/levels.ts";

/** The page that the table is. */
export const OPTION_PAGE = "docs/options.md";

/** Where the options' meanings are read. */
export const OPTION_SOURCES = "src/api/options";

/** The type of a value, as TypeScript has it, and its unit. */
const VALUES: Readonly<Record<OptionKind, string>> = {
  boolean: "boolean",
  integer: "number",
  unsigned: "number",
  size: "number",
  cookie: "bigint",
  milliseconds: "number, ms",
  linger: "Linger",
  text: "string",
  label: "string",
  bytes: "Uint8Array",
  rate: "number, bytes/s",
  credentials: "Credentials",
  groups: "number[]",
  filter: "FilterInstruction[]",
  "memory info": "MemoryInfo",
  "transmit time": "TransmitTime",
  address: "SocketAddress",
  "tcp info": "TcpInfo",
  "md5 key": "Md5Key",
  "repair options": "RepairOption[]",
  "repair window": "RepairWindow",
  membership: "Membership",
  "source membership": "SourceMembership",
  "source filter": "SourceFilter",
  membership6: "GroupMembership",
  "group membership": "GroupMembership",
  "group source membership": "GroupSourceMembership",
  "group source filter": "GroupSourceFilter",
  "inet address": "string",
  "multicast interface": "number or string",
  "interface index": "number",
  "port range": "LocalPortRange",
  "packet info 6": "PacketInfo6",
  "path mtu": "PathMtu",
  "flow label": "FlowLabelRequest",
  "icmp filter": "IcmpFilter",
  "icmp6 filter": "IcmpFilter",
  "packet membership": "PacketMembership",
  "packet statistics": "PacketStatistics",
  "rollover statistics": "RolloverStatistics",
  fanout: "Fanout",
  "netlink groups": "number[]",
};

const LEVELS: ReadonlyMap<number, string> = new Map([
  [SOL_SOCKET, "SOL_SOCKET, socket(7) and unix(7)"],
  [SOL_IP, "SOL_IP (IPPROTO_IP), ip(7)"],
  [SOL_IPV6, "SOL_IPV6 (IPPROTO_IPV6), ipv6(7)"],
  [SOL_TCP, "SOL_TCP (IPPROTO_TCP), tcp(7)"],
  [SOL_UDP, "SOL_UDP (IPPROTO_UDP), udp(7)"],
  [SOL_UDPLITE, "SOL_UDPLITE, udplite(7)"],
  [SOL_RAW, "SOL_RAW, raw(7)"],
  [SOL_ICMPV6, "SOL_ICMPV6, RFC 3542"],
  [SOL_PACKET, "SOL_PACKET, packet(7)"],
  [SOL_NETLINK, "SOL_NETLINK, netlink(7)"],
  [SOL_TLS, "SOL_TLS"],
  [SOL_MPTCP, "SOL_MPTCP"],
  [AF_VSOCK, "AF_VSOCK, vsock(7)"],
]);

const INTRODUCTION = `# Options

Every option that \`getsockopt\` and \`setsockopt\` know, by level, with the type of its value. Written by
\`tools/write-option-table.ts\` from \`src/api/options/\`; do not edit it.

\`setsockopt\` also takes the bytes of C's value. An option that is not here has a number and a level all the same: it
is read as bytes, and set with bytes, an integer or a boolean. What the kernel does not have, or is too old for, is
ENOPROTOOPT. The objects are described at their types, in \`src/api/options/value.ts\` and
\`src/api/options/tcp-info.ts\`.

The host has them all, as far as its Linux does. The column "stack" says what the own stack makes of one: "effective",
or "stored": it is kept for who reads it, and has no effect. One with neither is ENOPROTOOPT there.
`;

/** The page: a table a level. */
export function optionPage(): string {
  const meanings = meaningsOf(
    readdirSync(OPTION_SOURCES).map((name) => readFileSync(join(OPTION_SOURCES, name), "utf8")),
  );
  const levels = [...new Set(options.map(({ level }) => level))];
  const tables = levels.map((level) => {
    const title = LEVELS.get(level);
    if (title === undefined) throw new Error(`level ${level} has no title`);
    const rows = options.filter((one) => one.level === level).map((one) => row(one, meanings.get(one.name) ?? ""));
    return [
      `## ${title}`,
      "",
      "| option | calls | value | stack | what it is |",
      "|---|---|---|---|---|",
      ...rows,
      "",
    ].join("\n");
  });
  return [INTRODUCTION, ...tables].join("\n");
}

function row({ level, name, get, set }: SocketOption, meaning: string): string {
  const calls = [get === undefined ? [] : ["get"], set === undefined ? [] : ["set"]].flat().join(", ");
  const [read, written] = [get, set].map((kind) => (kind === undefined ? undefined : VALUES[kind]));
  const both = read !== undefined && written !== undefined && read !== written;
  const value = both ? `get: ${read}; set: ${written}` : `${read ?? written}`;
  const effect = stackLevels.get(level)?.options[name]?.effect ?? "";
  return `| \`${name}\` | ${calls} | ${value} | ${effect} | ${meaning.replaceAll("|", "\\|")} |`;
}

/** The doc comments before the names. */
function meaningsOf(sources: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const source of sources) {
    for (const [, comment = "", name = ""] of source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*([A-Z]\w+):/g)) {
      found.set(name, comment.replace(/\s*\n\s*\* ?/g, " ").trim());
    }
  }
  return found;
}
