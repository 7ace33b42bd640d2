import type { HostedStack } from "../../stack/hosted-stack.ts";
import type { IpAddress } from "../../stack/ip/address.ts";
import type { Connection } from "../../stack/tcp/connection.ts";
import { CONNECTION, SYN_REQUEST } from "../../stack/tcp/demultiplexer.ts";

/** The states of TCP as ss(8) names them, by Linux's numbers. */
export const TCP_STATE_NAMES: readonly string[] = [
  "",
  "ESTAB",
  "SYN-SENT",
  "SYN-RECV",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "TIME-WAIT",
  "UNCONN",
  "CLOSE-WAIT",
  "LAST-ACK",
  "LISTEN",
  "CLOSING",
];

/** A socket of a host, as `ss -an` shows it. */
export interface SocketRow {
  readonly protocol: "tcp" | "udp";
  readonly state: string;
  /** Of a listener: connections that wait for `accept`, and how many may. Of the others: unread and unsent bytes. */
  readonly receiveQueue: number;
  readonly sendQueue: number;
  readonly local: string;
  readonly peer: string;
}

/** The sockets of a host: what listens, what is connected, what waits for datagrams. */
export function socketTable({ tcp, stack }: HostedStack): SocketRow[] {
  const listeners = Array.from(tcp.ports.listeners(), (one): SocketRow => {
    const { acceptable, backlog, localAddress, localPort } = one;
    const local = localAddress === undefined ? `*:${localPort}` : endpoint(localAddress, localPort);
    return { protocol: "tcp", state: "LISTEN", receiveQueue: acceptable, sendQueue: backlog, local, peer: "*:*" };
  });
  const connections = Array.from(tcp.pairs.holders(), (one): SocketRow => {
    const connection = one.kind === CONNECTION ? (one as Connection) : undefined;
    return {
      protocol: "tcp",
      state: TCP_STATE_NAMES[connection?.state ?? (one.kind === SYN_REQUEST ? 3 : 6)] ?? "",
      receiveQueue: connection?.readableBytes ?? 0,
      sendQueue: connection?.unacknowledgedBytes ?? 0,
      local: endpoint(one.local, one.localPort),
      peer: endpoint(one.remote, one.remotePort),
    };
  });
  const datagrams = Array.from(stack.udp.endpoints, ({ local, localPort, remote, remotePort }): SocketRow => {
    const peer = remote === undefined ? "*:*" : endpoint(remote, remotePort);
    const state = remote === undefined ? "UNCONN" : "ESTAB";
    return { protocol: "udp", state, receiveQueue: 0, sendQueue: 0, local: endpoint(local, localPort), peer };
  });
  return [...listeners, ...connections, ...datagrams];
}

/** "10.0.0.1:7", "[fe80::1]:7", "*:7". */
function endpoint(address: IpAddress, port: number): string {
  if (address.isUnspecified) return `*:${port}`;
  return address.version === 4 ? `${address.toString()}:${port}` : `[${address.toString()}]:${port}`;
}
