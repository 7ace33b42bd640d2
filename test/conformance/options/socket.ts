import assert from "node:assert/strict";
import {
  AF_INET,
  IPPROTO_TCP,
  SO_ATTACH_FILTER,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_RCVBUF_LOCK,
  SOCK_SNDBUF_LOCK,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TXTIME_REPORT_ERRORS,
  SOL_SOCKET,
} from "../../../src/api/constants.ts";
import type { Kernel } from "../../../src/api/kernel.ts";
import type { Credentials, MemoryInfo } from "../../../src/api/options.ts";
import { both, flag, type Line, read, refused, write } from "./line.ts";
import { connected, filtered, listener, packet, reusePort, reusePortChosen, tcp, udp, unix } from "./sockets.ts";
import { acceptAll } from "./values.ts";

const softwareStamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
const CLOCK_MONOTONIC = 1;
const NO_DESCRIPTOR = 1_000_000;
const loopbackIndex = (kernel: Kernel): number => kernel.if_nametoindex("lo");

export const socketLines: readonly Line[] = [
  flag("SO_DEBUG", tcp, { root: true }),
  flag("SO_REUSEADDR", tcp),
  read("SO_TYPE", udp, SOCK_DGRAM),
  read("SO_ERROR", tcp, 0),
  flag("SO_DONTROUTE", udp),
  flag("SO_BROADCAST", udp),
  both("SO_SNDBUF", udp, 10_000, 20_000),
  both("SO_RCVBUF", udp, 10_000, 20_000),
  flag("SO_KEEPALIVE", tcp),
  flag("SO_OOBINLINE", tcp),
  flag("SO_NO_CHECK", udp),
  both("SO_PRIORITY", udp, 4),
  both("SO_LINGER", tcp, { onoff: true, linger: 5 }),
  both("SO_BSDCOMPAT", tcp, true, false),
  flag("SO_REUSEPORT", tcp),
  flag("SO_PASSCRED", unix),
  read("SO_PEERCRED", unix, (value: Credentials) => value.pid > 0),
  both("SO_RCVLOWAT", tcp, 10),
  read("SO_SNDLOWAT", tcp, 1),
  both("SO_RCVTIMEO", tcp, 1500),
  both("SO_SNDTIMEO", tcp, 1500),
  both("SO_BINDTODEVICE", udp, "lo", "lo", { root: true }),
  both("SO_ATTACH_FILTER", udp, acceptAll),
  write("SO_DETACH_FILTER", filtered, 0, (kernel, fd) => {
    assert.deepEqual(kernel.getsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER), []);
  }),
  read("SO_PEERNAME", connected, (value: { family: number; port: number }) => {
    return value.family === AF_INET && value.port > 0;
  }),
  flag("SO_TIMESTAMP", udp),
  read("SO_ACCEPTCONN", listener, true),
  read("SO_PEERSEC", unix, (label: string) => label !== "", { mayLack: "no security module" }),
  write(
    "SO_SNDBUFFORCE",
    udp,
    50_000_000,
    (kernel, fd) => assert.equal(kernel.getsockopt(fd, SOL_SOCKET, SO_SNDBUF), 100_000_000),
    { root: true },
  ),
  write(
    "SO_RCVBUFFORCE",
    udp,
    50_000_000,
    (kernel, fd) => assert.equal(kernel.getsockopt(fd, SOL_SOCKET, SO_RCVBUF), 100_000_000),
    { root: true },
  ),
  flag("SO_PASSSEC", unix, { mayLack: "no security modules at all" }),
  flag("SO_TIMESTAMPNS", udp),
  both("SO_MARK", udp, 0xfffffffe, 0xfffffffe, { root: true }),
  both("SO_TIMESTAMPING", udp, softwareStamps),
  read("SO_PROTOCOL", tcp, IPPROTO_TCP),
  read("SO_DOMAIN", tcp, AF_INET),
  flag("SO_RXQ_OVFL", udp),
  flag("SO_WIFI_STATUS", udp),
  both("SO_PEEK_OFF", unix, 3),
  flag("SO_NOFCS", packet, { root: true }),
  both("SO_LOCK_FILTER", udp, true),
  flag("SO_SELECT_ERR_QUEUE", udp),
  both("SO_BUSY_POLL", udp, 10, 10, { root: true, mayLack: "no busy polling" }),
  both("SO_MAX_PACING_RATE", tcp, 1_000_000),
  both("SO_MAX_PACING_RATE", tcp, Infinity),
  read("SO_BPF_EXTENSIONS", udp, (value: number) => value >= 60),
  both("SO_INCOMING_CPU", udp, 0),
  refused("SO_ATTACH_BPF", udp, NO_DESCRIPTOR, "EBADF"),
  write("SO_ATTACH_REUSEPORT_CBPF", reusePort, acceptAll),
  refused("SO_ATTACH_REUSEPORT_EBPF", reusePort, NO_DESCRIPTOR, "EBADF"),
  write("SO_CNX_ADVICE", udp, 1),
  read("SO_MEMINFO", udp, (value: MemoryInfo) => value.rcvbuf > 0 && value.sndbuf > 0),
  read("SO_INCOMING_NAPI_ID", tcp, 0, { mayLack: "no busy polling" }),
  read("SO_COOKIE", udp, (value: bigint) => value > 0n),
  read("SO_PEERGROUPS", unix, (value: number[]) => value.every(Number.isInteger)),
  flag("SO_ZEROCOPY", tcp),
  both("SO_TXTIME", udp, { clockId: CLOCK_MONOTONIC, flags: SOF_TXTIME_REPORT_ERRORS }),
  both("SO_BINDTOIFINDEX", udp, loopbackIndex, loopbackIndex, { root: true }),
  write("SO_DETACH_REUSEPORT_BPF", reusePortChosen, 0),
  flag("SO_PREFER_BUSY_POLL", udp, { root: true, since: "5.11", mayLack: "no busy polling" }),
  write("SO_BUSY_POLL_BUDGET", udp, 8, undefined, { root: true, since: "5.11", mayLack: "no busy polling" }),
  read("SO_NETNS_COOKIE", udp, (value: bigint) => value > 0n, { since: "5.14" }),
  both("SO_BUF_LOCK", udp, SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK, undefined, { since: "5.15" }),
  read("SO_RESERVE_MEM", tcp, 0, { since: "5.16" }),
  both("SO_TXREHASH", tcp, 0, 0, { since: "5.18" }),
  flag("SO_RCVMARK", udp, { root: true, since: "5.19" }),
  flag("SO_PASSPIDFD", unix, { since: "6.5" }),
  {
    ...read("SO_PEERPIDFD", unix, undefined, { since: "6.5" }),
    run(kernel, fd, { level, number }) {
      const pidfd = kernel.getsockopt(fd, level, number) as unknown as number;
      assert.ok(pidfd > 2);
      kernel.close(pidfd);
    },
  },
  refused("SO_DEVMEM_DONTNEED", udp, new Uint8Array(8), "EBADF", { since: "6.12", mayLack: "no device memory" }),
  flag("SO_RCVPRIORITY", udp, { since: "6.14" }),
  flag("SO_PASSRIGHTS", unix, { since: "6.16" }),
  flag("SO_INQ", unix, { since: "7.0" }),
  flag("SO_TIMESTAMP_NEW", udp, { since: "5.1" }),
  flag("SO_TIMESTAMPNS_NEW", udp, { since: "5.1" }),
  both("SO_TIMESTAMPING_NEW", udp, softwareStamps, softwareStamps, { since: "5.1" }),
  both("SO_RCVTIMEO_NEW", tcp, 1500, 1500, { since: "5.1" }),
  both("SO_SNDTIMEO_NEW", tcp, 1500, 1500, { since: "5.1" }),
];
