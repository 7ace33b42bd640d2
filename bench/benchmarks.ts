/** The benchmarks of `npm run bench`: who is compared, under which load, and at which sizes. */
import { bun, c, deno, dialtone, go, node, type Recipe } from "./peers.ts";
import type { LoadMode } from "./rounds.ts";

export interface Benchmark {
  readonly name: string;
  /** The load, a file of bench/load/. */
  readonly load: string;
  readonly modes: readonly LoadMode[];
  /** What is counted, in the table's head. */
  readonly unit: string;
  readonly peers: readonly Recipe[];
  /** What --connections and --size are without the option. */
  readonly connections: readonly number[];
  readonly sizes: readonly number[];
  /** Servers that share the port (1). */
  readonly servers?: number;
  /** Servers are told the path of a file of this size. */
  readonly file?: boolean;
  /** What a reader of the figures has to know. */
  readonly note?: string;
}

const onEpoll = "DIALTONE_ENGINE=epoll";

const tcpEcho: readonly Recipe[] = [
  { name: "c", label: "C epoll", find: () => c("echo-epoll") },
  { name: "node", label: "Node net", find: () => node("echo-node-net") },
  { name: "go", label: "Go", find: () => go("echo") },
  { name: "bun", label: "Bun", find: (install) => bun("echo-bun", install) },
  { name: "deno", label: "Deno", find: (install) => deno("echo-deno", install) },
  { name: "serve", label: "dialtone serve", find: () => dialtone("echo-serve") },
  { name: "socket", label: "dialtone serve, socket", find: () => dialtone("echo-socket") },
  { name: "flow", label: "dialtone flow", find: () => dialtone("echo-flow") },
  { name: "await", label: "dialtone await recv, send", find: () => dialtone("echo-await") },
  { name: "duplex", label: "dialtone toDuplex", find: () => dialtone("echo-duplex") },
  { name: "serve-epoll", label: "dialtone serve, epoll", find: () => dialtone("echo-serve", onEpoll) },
  { name: "socket-epoll", label: "dialtone serve, socket, epoll", find: () => dialtone("echo-socket", onEpoll) },
  { name: "flow-epoll", label: "dialtone flow, epoll", find: () => dialtone("echo-flow", onEpoll) },
  { name: "await-epoll", label: "dialtone await, epoll", find: () => dialtone("echo-await", onEpoll) },
  { name: "busy", label: "dialtone serve, busyPollUs 50", most: 1, find: () => dialtone("echo-busy") },
  { name: "sync", label: "dialtone recvSync, sendSync", most: 1, find: () => dialtone("echo-sync") },
];

const timers: readonly Recipe[] = [
  { name: "node", label: "Node net", find: () => dialtone("timer-node") },
  { name: "serve", label: "dialtone serve", find: () => dialtone("timer-serve") },
  { name: "serve-epoll", label: "dialtone serve, epoll", find: () => dialtone("timer-serve", onEpoll) },
];

const udpEcho: readonly Recipe[] = [
  { name: "c", label: "C recvmmsg, sendmmsg", find: () => c("udp-echo") },
  { name: "uring", label: "C io_uring, multishot recvmsg", find: () => c("udp-echo-uring") },
  { name: "node", label: "Node dgram", find: () => node("udp-echo-node") },
  { name: "go", label: "Go", find: () => go("udp-echo") },
  { name: "bun", label: "Bun", find: (install) => bun("udp-echo-bun", install) },
  { name: "deno", label: "Deno", find: (install) => deno("udp-echo-deno", install) },
  { name: "flow", label: "dialtone datagramFlow", find: () => dialtone("udp-echo-flow") },
  { name: "flow-epoll", label: "dialtone datagramFlow, epoll", find: () => dialtone("udp-echo-flow", onEpoll) },
];

const tcpBulk: readonly Recipe[] = [
  { name: "c", label: "C send, recv", find: () => c("bulk") },
  { name: "node", label: "Node net", find: () => dialtone("bulk-node") },
  { name: "flow", label: "dialtone flow", find: () => dialtone("bulk-flow") },
  { name: "flow-epoll", label: "dialtone flow, epoll", find: () => dialtone("bulk-flow", onEpoll) },
  { name: "await", label: "dialtone await recv, send", find: () => dialtone("bulk-await") },
  { name: "await-epoll", label: "dialtone await, epoll", find: () => dialtone("bulk-await", onEpoll) },
  { name: "sync", label: "dialtone recvSync, sendSync", find: () => dialtone("bulk-sync") },
];

const udpBulk: readonly Recipe[] = [
  { name: "c", label: "C, UDP_SEGMENT to UDP_GRO", find: () => c("udp-bulk") },
  {
    name: "node",
    label: "Node dgram",
    sender: dialtone("udp-bulk-node-send"),
    find: () => dialtone("udp-bulk-node-receive"),
  },
  {
    name: "flow",
    label: "dialtone, UDP_SEGMENT to UDP_GRO",
    sender: dialtone("udp-bulk-send"),
    find: () => dialtone("udp-bulk-receive"),
  },
  {
    name: "flow-epoll",
    label: "the same, epoll",
    sender: dialtone("udp-bulk-send", onEpoll),
    find: () => dialtone("udp-bulk-receive", onEpoll),
  },
];

const tcpFile: readonly Recipe[] = [
  { name: "c", label: "C sendfile", find: () => c("file") },
  { name: "node", label: "Node createReadStream, pipe", find: () => dialtone("file-node") },
  { name: "await", label: "dialtone await sendfile", find: () => dialtone("file-await") },
  { name: "await-epoll", label: "dialtone await sendfile, epoll", find: () => dialtone("file-await", onEpoll) },
  { name: "sync", label: "dialtone sendfileSync", find: () => dialtone("file-sync") },
];

const named = (recipes: readonly Recipe[], ...names: readonly string[]): readonly Recipe[] =>
  recipes.filter(({ name }) => names.includes(name));

const tcpLoad = { load: "tcp-echo-load", unit: "request", sizes: [64] } as const;

export const benchmarks: readonly Benchmark[] = [
  { name: "tcp-echo", ...tcpLoad, modes: ["echo"], peers: tcpEcho, connections: [1, 50, 500, 5000] },
  { name: "tcp-churn", ...tcpLoad, modes: ["churn"], peers: tcpEcho, connections: [1, 32] },
  {
    name: "timer-lateness",
    ...tcpLoad,
    modes: ["echo"],
    peers: timers,
    connections: [500],
    note: "p50 and p99 are how late a 10 ms timer of the server was, in place of a request's time.",
  },
  {
    name: "duplex",
    ...tcpLoad,
    modes: ["echo"],
    peers: named(tcpEcho, "c", "node", "await", "duplex"),
    connections: [50, 500, 5000],
  },
  {
    name: "reuse-port",
    ...tcpLoad,
    modes: ["echo"],
    peers: named(tcpEcho, "c", "serve", "flow", "flow-epoll"),
    connections: [50, 500, 5000],
    servers: 2,
    note: "Two servers share one port (SO_REUSEPORT) and two cores, and the load runs on the same two cores.",
  },
  {
    name: "udp-echo",
    load: "udp-echo-load",
    modes: ["datagrams"],
    unit: "datagram",
    peers: udpEcho,
    connections: [32, 128],
    sizes: [64],
    note: "Each sender is a socket of its own with one datagram in flight; a datagram that was lost is an error.",
  },
  {
    name: "tcp-bulk",
    load: "tcp-bulk-load",
    modes: ["receive", "send"],
    unit: "MiB",
    peers: tcpBulk,
    connections: [1],
    sizes: [65_536, 262_144],
    note: "One stream; the size is that of a send and of a receive buffer. The end that receives verifies every byte.",
  },
  {
    name: "tcp-file",
    load: "tcp-file-load",
    modes: ["file"],
    unit: "MiB",
    peers: tcpFile,
    connections: [1],
    sizes: [1024 ** 3],
    file: true,
    note: "A file of that size, in the page cache, to one client after another, which verifies every byte.",
  },
  {
    name: "udp-bulk",
    load: "udp-bulk-load",
    modes: ["datagrams"],
    unit: "MiB",
    peers: udpBulk,
    connections: [1],
    sizes: [1472],
    note: "Two programs of each peer, unpaced: what came counts and is compared, not what a full buffer dropped.",
  },
];

/** The idle load of bench/memory-idle.ts. */
export const idlePeers: readonly Recipe[] = tcpEcho;

export const peerNames: readonly string[] = [
  ...new Set(benchmarks.flatMap(({ peers }) => peers.map(({ name }) => name))),
];
