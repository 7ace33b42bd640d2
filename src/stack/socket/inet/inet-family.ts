import {
  AF_INET,
  AF_INET6,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import type { SocketEvents } from "../events.ts";
import type { SocketFamily } from "../families.ts";
import type { StackSocket } from "../socket.ts";
import { DatagramSocket } from "./datagram-socket.ts";
import { pingKind, rawKind, udpKind } from "./kinds.ts";
import type { InetNetwork } from "./network.ts";
import { PortTable } from "./port-table.ts";
import { TcpSocket } from "./tcp-socket.ts";

/** IPPROTO_MAX: protocols have numbers below it. */
const PROTOCOLS = 263;

/** The sockets of the internet, of both versions. */
export class InetFamily {
  readonly events: SocketEvents;
  readonly network: InetNetwork;
  readonly tcpPorts: PortTable;

  constructor(events: SocketEvents, network: InetNetwork) {
    this.events = events;
    this.network = network;
    this.tcpPorts = new PortTable(network.random, true);
  }

  /** AF_INET or AF_INET6. */
  of(family: typeof AF_INET | typeof AF_INET6): SocketFamily {
    return {
      socket: (type, protocol) => this.#socket(family, type, protocol),
      socketpair: () => -errno.EOPNOTSUPP,
    };
  }

  #socket(family: number, type: number, protocol: number): StackSocket | number {
    if (protocol < 0 || protocol >= PROTOCOLS) return -errno.EINVAL;
    switch (type) {
      case SOCK_STREAM:
        if (protocol !== IPPROTO_IP && protocol !== IPPROTO_TCP) return -errno.EPROTONOSUPPORT;
        return new TcpSocket(this, family);
      case SOCK_DGRAM:
        return this.#datagram(family, protocol);
      case SOCK_RAW:
        return this.#raw(family, protocol);
      default:
        return -errno.ESOCKTNOSUPPORT;
    }
  }

  #datagram(family: number, protocol: number): StackSocket | number {
    const { udp, ping } = this.network;
    if (protocol === IPPROTO_IP || protocol === IPPROTO_UDP) return DatagramSocket.open(this, family, udpKind(udp));
    const isV4 = family === AF_INET;
    if (protocol !== (isV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) return -errno.EPROTONOSUPPORT;
    return DatagramSocket.open(this, family, pingKind(ping, isV4 ? 4 : 6));
  }

  #raw(family: number, protocol: number): StackSocket | number {
    if (protocol === IPPROTO_IP) return -errno.EPROTONOSUPPORT;
    if (this.events.surroundings.credentials.uid !== 0) return -errno.EPERM;
    return DatagramSocket.open(this, family, rawKind(this.network.raw, protocol));
  }
}
