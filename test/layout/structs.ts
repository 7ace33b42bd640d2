import { readdirSync } from "node:fs";
import { TCP_INFO_FIELDS } from "../../src/layout/tcp-info.ts";
import type { Check } from "./check.ts";
import { integer, type Question } from "./facts.ts";
import type { HeaderSet } from "./headers.ts";

type Layout = Readonly<Record<string, number>> & { readonly size: number };

/** A layout's structure in C, what its fields' names begin with there, and the headers that have it. */
type InC = readonly [structure: string, prefix: string, set: HeaderSet];

const structures: Readonly<Record<string, InC>> = {
  ADDRINFO: ["addrinfo", "ai_", "libc"],
  CMSGHDR: ["cmsghdr", "cmsg_", "libc"],
  EPOLL_EVENT: ["epoll_event", "", "libc"],
  GROUP_FILTER: ["group_filter", "gf_", "libc"],
  GROUP_REQ: ["group_req", "gr_", "libc"],
  GROUP_SOURCE_REQ: ["group_source_req", "gsr_", "libc"],
  ICMP6_FILTER_MASK: ["icmp6_filter", "icmp6_", "libc"],
  ICMP_FILTER_MASK: ["icmp_filter", "", "linux"],
  IF_NAMEINDEX: ["if_nameindex", "if_", "libc"],
  IFCONF: ["ifconf", "ifc_", "linux"],
  IFREQ: ["ifreq", "ifr_", "linux"],
  IN6_FLOWLABEL_REQ: ["in6_flowlabel_req", "flr_", "kernel"],
  IN6_PKTINFO: ["in6_pktinfo", "ipi6_", "libc"],
  IN_PKTINFO: ["in_pktinfo", "ipi_", "libc"],
  IOVEC: ["iovec", "iov_", "libc"],
  IO_CQRING_OFFSETS: ["io_cqring_offsets", "", "linux"],
  IO_SQRING_OFFSETS: ["io_sqring_offsets", "", "linux"],
  IO_URING_BUF: ["io_uring_buf", "", "linux"],
  IO_URING_BUF_REG: ["io_uring_buf_reg", "", "linux"],
  IO_URING_CQE: ["io_uring_cqe", "", "linux"],
  IO_URING_PARAMS: ["io_uring_params", "", "linux"],
  IO_URING_SQE: ["io_uring_sqe", "", "linux"],
  IP6_MTUINFO: ["ip6_mtuinfo", "ip6m_", "libc"],
  IP_MREQ_SOURCE: ["ip_mreq_source", "imr_", "libc"],
  IP_MREQN: ["ip_mreqn", "imr_", "libc"],
  IP_MSFILTER_REQUEST: ["ip_msfilter", "imsf_", "libc"],
  IPV6_MREQ: ["ipv6_mreq", "ipv6mr_", "libc"],
  LINGER: ["linger", "l_", "libc"],
  MMSGHDR: ["mmsghdr", "msg_", "libc"],
  MSGHDR: ["msghdr", "msg_", "libc"],
  PACKET_MREQ: ["packet_mreq", "mr_", "linux"],
  POLLFD: ["pollfd", "", "libc"],
  SCM_TIMESTAMPING_TIMES: ["scm_timestamping", "", "linux"],
  SOCK_EXTENDED_ERR: ["sock_extended_err", "ee_", "linux"],
  SOCK_FILTER: ["sock_filter", "", "linux"],
  SOCK_FPROG: ["sock_fprog", "", "linux"],
  SOCK_TXTIME: ["sock_txtime", "", "linux"],
  TCP_MD5SIG_KEY: ["tcp_md5sig", "tcpm_", "linux"],
  TCP_REPAIR_OPT: ["tcp_repair_opt", "opt_", "linux"],
  TCP_REPAIR_WINDOW_STATE: ["tcp_repair_window", "", "linux"],
  TIMESPEC: ["timespec", "tv_", "libc"],
  TIMEVAL: ["timeval", "tv_", "libc"],
  TPACKET_ROLLOVER_STATS: ["tpacket_rollover_stats", "tp_", "linux"],
  TPACKET_STATS: ["tpacket_stats", "tp_", "linux"],
  UCRED: ["ucred", "", "libc"],
  VIRTIO_NET_HDR: ["virtio_net_hdr", "", "linux"],
};

/** Fields that have another name, or lie in another structure, in C. */
const elsewhere: Readonly<Record<string, string>> = {
  // A union of the flags of each operation.
  "IO_URING_SQE.op_flags": "offsetof(struct io_uring_sqe, rw_flags)",
  // It lies over the first buffer's reserved field.
  "IO_URING_BUF.tail": "offsetof(struct io_uring_buf_ring, tail)",
};

function isLayout(value: unknown): value is Layout {
  return (
    typeof value === "object" &&
    value !== null &&
    "size" in value &&
    Object.values(value).every((field) => typeof field === "number")
  );
}

/** Every layout that the host declares, by its name. */
async function layouts(): Promise<Map<string, Layout>> {
  const folder = new URL("../../src/layout/", import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith(".js") && !file.endsWith(".test.js"));
  const found = new Map<string, Layout>();
  for (const file of files) {
    const module = (await import(new URL(file, folder).href)) as object;
    for (const [name, value] of Object.entries(module)) if (isLayout(value)) found.set(name, value);
  }
  return found;
}

const ours: Record<string, number> = {};
const questions: Question[] = [];
function ask(name: string, value: number, expression: string, set: HeaderSet): void {
  ours[name] = value;
  questions.push(integer(name, expression, set));
}

for (const [name, layout] of await layouts()) {
  const inC = structures[name];
  if (inC === undefined) throw new Error(`the layout ${name} has no structure in test/layout/structs.ts`);
  const [structure, prefix, set] = inC;
  for (const [field, offset] of Object.entries(layout)) {
    const inItself =
      field === "size" ? `sizeof(struct ${structure})` : `offsetof(struct ${structure}, ${prefix}${field})`;
    ask(`${name}.${field}`, offset, elsewhere[`${name}.${field}`] ?? inItself, set);
  }
}

for (const { c, offset, bytes } of TCP_INFO_FIELDS) {
  ask(`TCP_INFO.${c}`, offset, `offsetof(struct tcp_info, tcpi_${c})`, "linux");
  ask(`TCP_INFO.${c}.bytes`, bytes, `sizeof(((struct tcp_info *)0)->tcpi_${c})`, "linux");
}

/** The size of every structure, and the offset of every field. */
export const structsCheck: Check = { kind: "structs", ours, questions, mayLack: 40, least: 290 };
