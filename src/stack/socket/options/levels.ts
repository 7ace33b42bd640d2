import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  AF_UNIX,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_RAW,
  SOL_ICMPV6,
  SOL_IP,
  SOL_IPV6,
  SOL_PACKET,
  SOL_RAW,
  SOL_SOCKET,
  SOL_TCP,
  SOL_UDP,
} from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { optionName } from "../../../api/options.ts";
import type { StackSocket } from "../socket.ts";
import { icmp6Level, rawLevel, udpLevel } from "./datagram-level.ts";
import { groupsOfIp, groupsOfIpv6 } from "./group.ts";
import { ipLevel } from "./ip-level.ts";
import { hasIpLevel, hasIpv6Level, ipv6Level } from "./ipv6-level.ts";
import type { OptionTable, StackOption } from "./option.ts";
import { packetLevel } from "./packet-level.ts";
import { socketLevel } from "./socket-level.ts";
import { tcpLevel } from "./tcp-level.ts";

/** The options of a level, and which sockets have it. */
interface Level {
  readonly options: OptionTable;
  readonly has: (socket: StackSocket) => boolean;
}

/** Every option that a stack has, by level. */
export const levels: ReadonlyMap<number, Level> = new Map<number, Level>([
  [SOL_SOCKET, { options: socketLevel, has: () => true }],
  [SOL_IP, { options: { ...ipLevel, ...groupsOfIp }, has: hasIpLevel }],
  [SOL_IPV6, { options: { ...ipv6Level, ...groupsOfIpv6 }, has: hasIpv6Level }],
  [SOL_TCP, { options: tcpLevel, has: ({ state }) => state.protocol === IPPROTO_TCP }],
  [SOL_UDP, { options: udpLevel, has: ({ state }) => state.protocol === IPPROTO_UDP }],
  [SOL_RAW, { options: rawLevel, has: ({ state }) => state.type === SOCK_RAW && state.family === AF_INET }],
  [SOL_PACKET, { options: packetLevel, has: ({ state }) => state.family === AF_PACKET }],
  [SOL_ICMPV6, { options: icmp6Level, has: ({ state }) => state.type === SOCK_RAW && state.family === AF_INET6 }],
]);

/** The option of a socket; an errno, negated, when it has no such. */
export function findStackOption(
  socket: StackSocket,
  level: number,
  name: number,
  access: "get" | "set",
): StackOption | number {
  const found = levels.get(level);
  // A Unix socket has no level of its own; a level that is not there can be read with another error than set on IPv4.
  if (found === undefined || !found.has(socket)) {
    const { family } = socket.state;
    return family === AF_UNIX || (family === AF_INET && access === "get") ? -errno.EOPNOTSUPP : -errno.ENOPROTOOPT;
  }
  return found.options[optionName(level, name) ?? ""] ?? -errno.ENOPROTOOPT;
}
