import { TCP_ESTABLISHED, TCP_REPAIR_OFF, TCP_REPAIR_ON, TCP_RECV_QUEUE } from "../../../src/api/constants.ts";
import assert from "node:assert/strict";
import type { RepairWindow, TcpInfo } from "../../../src/api/options.ts";
import { type Allowance, both, flag, type Line, read, refused, write } from "./line.ts";
import { accepted, connected, connectedInRepair, inRepair, listener, mptcp, tcp } from "./sockets.ts";

const repair: Allowance = { root: true, mayLack: "no checkpoints" };
const signatures: Allowance = { mayLack: "no MD5 signatures" };
const paths: Allowance = { mayLack: "no MPTCP" };
const isBytes = (value: unknown): boolean => value instanceof Uint8Array;
const key = { address: "127.0.0.1", key: Buffer.from("secret") };

export const tcpLines: readonly Line[] = [
  flag("TCP_NODELAY", tcp),
  both("TCP_MAXSEG", tcp, 1000),
  flag("TCP_CORK", tcp),
  both("TCP_KEEPIDLE", tcp, 30),
  both("TCP_KEEPINTVL", tcp, 5),
  both("TCP_KEEPCNT", tcp, 4),
  both("TCP_SYNCNT", tcp, 3),
  both("TCP_LINGER2", tcp, 20),
  both("TCP_DEFER_ACCEPT", listener, 1),
  both("TCP_WINDOW_CLAMP", tcp, 65_536),
  read("TCP_INFO", connected, (info: TcpInfo) => info.state === TCP_ESTABLISHED && info.sndMss > 0),
  flag("TCP_QUICKACK", connected),
  both("TCP_CONGESTION", tcp, "reno"),
  write("TCP_MD5SIG", tcp, key, undefined, signatures),
  flag("TCP_THIN_LINEAR_TIMEOUTS", tcp),
  both("TCP_THIN_DUPACK", tcp, true, false),
  both("TCP_USER_TIMEOUT", tcp, 30_000),
  both("TCP_REPAIR", tcp, TCP_REPAIR_ON, TCP_REPAIR_ON, repair),
  both("TCP_REPAIR", inRepair, TCP_REPAIR_OFF, TCP_REPAIR_OFF, repair),
  both("TCP_REPAIR_QUEUE", inRepair, TCP_RECV_QUEUE, TCP_RECV_QUEUE, repair),
  both("TCP_QUEUE_SEQ", inRepair, 0xfffffff0, 0xfffffff0, repair),
  write("TCP_REPAIR_OPTIONS", connectedInRepair, [{ code: 2, value: 1000 }], undefined, repair),
  both("TCP_FASTOPEN", listener, 5),
  read("TCP_TIMESTAMP", connected, Number.isInteger),
  write("TCP_TIMESTAMP", connectedInRepair, 5, undefined, repair),
  both("TCP_NOTSENT_LOWAT", tcp, 4096),
  read("TCP_CC_INFO", connected, isBytes),
  both("TCP_SAVE_SYN", listener, 1),
  read("TCP_SAVED_SYN", accepted, (bytes: Uint8Array) => bytes[0] === 0x45), // IPv4, without options.
  {
    ...read("TCP_REPAIR_WINDOW", connectedInRepair, undefined, repair),
    run(kernel, fd, { level, number }) {
      const window = kernel.getsockopt(fd, level, number) as unknown as RepairWindow;
      assert.ok(window.maxWindow > 0);
      kernel.setsockopt(fd, level, number, window as unknown as Uint8Array);
      assert.deepEqual(kernel.getsockopt(fd, level, number), window);
    },
  },
  flag("TCP_FASTOPEN_CONNECT", tcp, { mayLack: "Fast Open is off" }),
  both("TCP_ULP", connected, "tls", "tls", { mayLack: "no TLS module" }),
  write("TCP_MD5SIG_EXT", tcp, { ...key, prefixLength: 8 }, undefined, signatures),
  both("TCP_FASTOPEN_KEY", tcp, Buffer.from("sixteen bytes!!!"), new Uint8Array(Buffer.from("sixteen bytes!!!"))),
  flag("TCP_FASTOPEN_NO_COOKIE", tcp),
  read("TCP_ZEROCOPY_RECEIVE", connected, isBytes, { mayLack: "no memory management" }),
  flag("TCP_INQ", tcp),
  both("TCP_TX_DELAY", tcp, 1000, 1000, { since: "5.3" }),
  read("TCP_IS_MPTCP", tcp, false, { since: "6.12" }),
  both("TCP_RTO_MAX_MS", tcp, 30_000, 30_000, { since: "6.15" }),
  both("TCP_RTO_MIN_US", tcp, 100_000, 100_000, { since: "6.15" }),
  both("TCP_DELACK_MAX_US", tcp, 100_000, 100_000, { since: "6.15" }),
  read("MPTCP_INFO", mptcp, isBytes, { ...paths, since: "5.16" }),
  read("MPTCP_FULL_INFO", mptcp, isBytes, { ...paths, since: "6.6" }),
  refused("MPTCP_TCPINFO", mptcp, undefined, "EINVAL", { ...paths, since: "5.16" }),
  refused("MPTCP_SUBFLOW_ADDRS", mptcp, undefined, "EINVAL", { ...paths, since: "5.16" }),
];
