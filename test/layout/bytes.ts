import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_VSOCK,
  ETH_P_IPV6,
  ICMP6_ECHO_REPLY,
  ICMP_ECHOREPLY,
  in6addr_any,
  in6addr_loopback,
  IPV6_FL_A_GET,
  IPV6_FL_F_CREATE,
  IPV6_FL_S_EXCL,
  MCAST_INCLUDE,
  PACKET_FANOUT_FLAG_ROLLOVER,
  PACKET_FANOUT_HASH,
  PACKET_MR_MULTICAST,
  SOF_TXTIME_REPORT_ERRORS,
} from "../../src/api/constants.ts";
import type { AddressLike } from "../../src/api/address.ts";
import type { OptionKind } from "../../src/api/options.ts";
import { encodeOption } from "../../src/layout/option.ts";
import { inet_pton } from "../../src/netdb/inet.ts";
import { sockaddrEncode } from "../../src/netdb/sockaddr.ts";
import type { Check } from "./check.ts";
import type { Question } from "./facts.ts";
import type { HeaderSet } from "./headers.ts";

const ours: Record<string, string> = {};
const questions: Question[] = [];

/** `fill` fills `v`, a variable of the C type, with the same value that ours lay out. */
function same(name: string, bytes: Uint8Array, set: HeaderSet, type: string, fill: string): void {
  ours[name] = `0x${Buffer.from(bytes).toString("hex")}`;
  const statement = `{ ${type} v; memset(&v, 0, sizeof v); ${fill} print_bytes("${name}", &v, ${bytes.length}); }`;
  questions.push({ name, set, statement });
}

function address(type: string, value: AddressLike, fill: string, set: HeaderSet = "libc"): void {
  same(type.replace("struct ", ""), sockaddrEncode(value), set, type, fill);
}

function option(kind: OptionKind, value: unknown, type: string, fill: string, set: HeaderSet = "libc"): void {
  same(kind.replaceAll(" ", "-"), encodeOption(kind, value), set, type, fill);
}

for (const [name, text] of Object.entries({ in6addr_any, in6addr_loopback })) {
  const bytes = inet_pton(AF_INET6, text) as Uint8Array;
  same(name, bytes, "libc", "struct in6_addr", `v = ${name};`);
}
address(
  "struct sockaddr_in",
  { family: AF_INET, address: "127.0.0.1", port: 7 },
  `v.sin_family = AF_INET; v.sin_port = htons(7); v.sin_addr.s_addr = htonl(INADDR_LOOPBACK);`,
);
address(
  "struct sockaddr_in6",
  { family: AF_INET6, address: "fe80::1", port: 65535, scopeId: 3, flowInfo: 0x12345 },
  `v.sin6_family = AF_INET6; v.sin6_port = htons(65535); inet_pton(AF_INET6, "fe80::1", &v.sin6_addr);
   v.sin6_scope_id = 3; v.sin6_flowinfo = htonl(0x12345);`,
);
address(
  "struct sockaddr_un",
  { family: AF_UNIX, path: "/run/echo" },
  `v.sun_family = AF_UNIX; strcpy(v.sun_path, "/run/echo");`,
);
address(
  "struct sockaddr_ll",
  {
    family: AF_PACKET,
    protocol: ETH_P_IPV6,
    interfaceIndex: 2,
    hardwareType: 1,
    packetType: 3,
    hardwareAddress: Uint8Array.of(1, 2, 3, 4, 5, 6),
  },
  `v.sll_family = AF_PACKET; v.sll_protocol = htons(ETH_P_IPV6); v.sll_ifindex = 2; v.sll_hatype = 1; v.sll_pkttype = 3;
   v.sll_halen = 6; memcpy(v.sll_addr, "\\1\\2\\3\\4\\5\\6", 6);`,
  "linux",
);
address(
  "struct sockaddr_nl",
  { family: AF_NETLINK, portId: 77, groups: 5 },
  `v.nl_family = AF_NETLINK; v.nl_pid = 77; v.nl_groups = 5;`,
  "linux",
);
address(
  "struct sockaddr_vm",
  { family: AF_VSOCK, cid: 2, port: 1024 },
  `v.svm_family = AF_VSOCK; v.svm_cid = 2; v.svm_port = 1024;`,
  "linux",
);

option("boolean", true, "int", "v = 1;");
option("integer", -2, "int", "v = -2;");
option("unsigned", 0xfffffffe, "unsigned", "v = 0xfffffffe;");
option("size", 2 ** 40, "unsigned long long", "v = 1ULL << 40;");
option("rate", Infinity, "unsigned long", "v = ~0UL;");
option("milliseconds", 2500.25, "struct timeval", "v.tv_sec = 2; v.tv_usec = 500250;");
option("linger", { onoff: true, linger: 5 }, "struct linger", "v.l_onoff = 1; v.l_linger = 5;");
option("text", "cubic", "struct { char name[6]; }", `strcpy(v.name, "cubic");`);
option(
  "transmit time",
  { clockId: 11, flags: SOF_TXTIME_REPORT_ERRORS },
  "struct sock_txtime",
  "v.clockid = CLOCK_TAI; v.flags = SOF_TXTIME_REPORT_ERRORS;",
  "linux",
);
option(
  "md5 key",
  { address: "10.0.0.1", key: Buffer.from("secret"), prefixLength: 24 },
  "struct tcp_md5sig",
  `struct sockaddr_in *peer = (struct sockaddr_in *)&v.tcpm_addr; peer->sin_family = AF_INET;
   inet_pton(AF_INET, "10.0.0.1", &peer->sin_addr);
   v.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX; v.tcpm_prefixlen = 24; v.tcpm_keylen = 6; memcpy(v.tcpm_key, "secret", 6);`,
  "linux",
);
option(
  "repair options",
  [{ code: 2, value: 1460 }],
  "struct tcp_repair_opt",
  "v.opt_code = 2; v.opt_val = 1460;",
  "linux",
);
option(
  "repair window",
  { sndWl1: 1, sndWnd: 2, maxWindow: 3, rcvWnd: 4, rcvWup: 5 },
  "struct tcp_repair_window",
  "v.snd_wl1 = 1; v.snd_wnd = 2; v.max_window = 3; v.rcv_wnd = 4; v.rcv_wup = 5;",
  "linux",
);
option(
  "membership",
  { group: "224.0.0.9", interfaceAddress: "10.0.0.1", interfaceIndex: 4 },
  "struct ip_mreqn",
  `inet_pton(AF_INET, "224.0.0.9", &v.imr_multiaddr); inet_pton(AF_INET, "10.0.0.1", &v.imr_address);
   v.imr_ifindex = 4;`,
);
option("multicast interface", 4, "struct ip_mreqn", "v.imr_ifindex = 4;");
option(
  "source membership",
  { group: "232.0.0.9", source: "10.0.0.2", interfaceAddress: "10.0.0.1" },
  "struct ip_mreq_source",
  `inet_pton(AF_INET, "232.0.0.9", &v.imr_multiaddr); inet_pton(AF_INET, "10.0.0.1", &v.imr_interface);
   inet_pton(AF_INET, "10.0.0.2", &v.imr_sourceaddr);`,
);
option(
  "source filter",
  { group: "232.0.0.9", interfaceAddress: "10.0.0.1", mode: MCAST_INCLUDE, sources: ["10.0.0.2"] },
  "struct ip_msfilter",
  `inet_pton(AF_INET, "232.0.0.9", &v.imsf_multiaddr); inet_pton(AF_INET, "10.0.0.1", &v.imsf_interface);
   v.imsf_fmode = MCAST_INCLUDE; v.imsf_numsrc = 1; inet_pton(AF_INET, "10.0.0.2", &v.imsf_slist[0]);`,
);
option(
  "membership6",
  { group: "ff02::9", interfaceIndex: 4 },
  "struct ipv6_mreq",
  `inet_pton(AF_INET6, "ff02::9", &v.ipv6mr_multiaddr); v.ipv6mr_interface = 4;`,
);

const group6 = (field: string, text: string): string =>
  `((struct sockaddr_in6 *)&v.${field})->sin6_family = AF_INET6;
   inet_pton(AF_INET6, "${text}", &((struct sockaddr_in6 *)&v.${field})->sin6_addr);`;
option(
  "group membership",
  { group: "ff02::9", interfaceIndex: 4 },
  "struct group_req",
  `v.gr_interface = 4; ${group6("gr_group", "ff02::9")}`,
);
option(
  "group source membership",
  { group: "ff32::9", source: "fd00::2", interfaceIndex: 4 },
  "struct group_source_req",
  `v.gsr_interface = 4; ${group6("gsr_group", "ff32::9")} ${group6("gsr_source", "fd00::2")}`,
);
option(
  "group source filter",
  { group: "ff32::9", interfaceIndex: 4, mode: MCAST_INCLUDE, sources: ["fd00::2"] },
  "struct group_filter",
  `v.gf_interface = 4; v.gf_fmode = MCAST_INCLUDE; v.gf_numsrc = 1; ${group6("gf_group", "ff32::9")}
   ${group6("gf_slist[0]", "fd00::2")}`,
);
option("interface index", 4, "unsigned", "v = htonl(4);");
option("port range", { lower: 40000, upper: 50000 }, "unsigned", "v = 50000u << 16 | 40000u;");
option(
  "packet info 6",
  { address: "fd00::1", interfaceIndex: 4 },
  "struct in6_pktinfo",
  `inet_pton(AF_INET6, "fd00::1", &v.ipi6_addr); v.ipi6_ifindex = 4;`,
);
option(
  "flow label",
  {
    destination: "fd00::1",
    label: 0x12345,
    action: IPV6_FL_A_GET,
    share: IPV6_FL_S_EXCL,
    flags: IPV6_FL_F_CREATE,
    expiresS: 6,
    lingerS: 7,
  },
  "struct in6_flowlabel_req",
  `v.flr_dst.s6_addr[0] = 0xfd; v.flr_dst.s6_addr[15] = 1; v.flr_label = __cpu_to_be32(0x12345);
   v.flr_action = IPV6_FL_A_GET; v.flr_share = IPV6_FL_S_EXCL; v.flr_flags = IPV6_FL_F_CREATE;
   v.flr_expires = 6; v.flr_linger = 7;`,
  "kernel",
);
option("icmp filter", { pass: [ICMP_ECHOREPLY] }, "struct icmp_filter", "v.data = ~(1u << ICMP_ECHOREPLY);", "linux");
option(
  "icmp6 filter",
  { pass: [ICMP6_ECHO_REPLY] },
  "struct icmp6_filter",
  "ICMP6_FILTER_SETBLOCKALL(&v); ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &v);",
);
option(
  "packet membership",
  { interfaceIndex: 4, type: PACKET_MR_MULTICAST, address: Uint8Array.of(1, 0, 94, 0, 0, 9) },
  "struct packet_mreq",
  `v.mr_ifindex = 4; v.mr_type = PACKET_MR_MULTICAST; v.mr_alen = 6; memcpy(v.mr_address, "\\1\\0\\136\\0\\0\\11", 6);`,
  "linux",
);
option(
  "fanout",
  { id: 9, type: PACKET_FANOUT_HASH, flags: PACKET_FANOUT_FLAG_ROLLOVER },
  "int",
  "v = 9 | (PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_ROLLOVER) << 16;",
  "linux",
);

/** Whole structures with values in them, byte for byte. */
export const bytesCheck: Check = { kind: "bytes", ours, questions, mayLack: 2, least: 36 };
