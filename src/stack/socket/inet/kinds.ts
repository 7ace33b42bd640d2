import {
  ICMP6_ECHO_REQUEST,
  ICMP_ECHO,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_RAW,
} from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import type { Ping } from "../../icmp/ping.ts";
import type { PingEndpoint } from "../../icmp/ping-endpoint.ts";
import type { Raw } from "../../raw/raw.ts";
import type { RawEndpoint } from "../../raw/raw-endpoint.ts";
import type { Udp } from "../../udp/udp.ts";
import type { UdpEndpoint } from "../../udp/udp-endpoint.ts";
import type { DatagramKind } from "./datagram-endpoint.ts";

/** Bytes of an ICMP echo's header, which a ping socket's program writes. */
const ECHO_HEADER_BYTES = 8;

/** udp(7). */
export function udpKind(udp: Udp): DatagramKind<UdpEndpoint> {
  return {
    type: SOCK_DGRAM,
    protocol: IPPROTO_UDP,
    hasPorts: true,
    isUdp: true,
    open: (owner, version) => udp.open(owner, version),
    bind: (endpoint, address, port) => endpoint.bind(address, port),
    connect: (endpoint, address, port, iface) => endpoint.connect(address, port, iface),
    localPort: ({ localPort }) => localPort,
    remotePort: ({ remotePort }) => remotePort,
    check: () => 0,
    applyOptions(endpoint, { state, ip }) {
      endpoint.reusesAddress = state.reuseAddress;
      endpoint.reusesPort = state.reusePort;
      endpoint.isV6Only = ip.v6Only;
      endpoint.bindsAnywhere = ip.freeBind || ip.transparent;
      endpoint.omitsChecksum = state.stored.get("SO_NO_CHECK") === true;
    },
  };
}

/** icmp(7): echo requests without root. */
export function pingKind(ping: Ping, version: 4 | 6): DatagramKind<PingEndpoint> {
  const request = version === 4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
  return {
    type: SOCK_DGRAM,
    protocol: version === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6,
    hasPorts: true,
    isUdp: false,
    open: (owner) => ping.open(owner, version),
    bind: (endpoint, address, port) => endpoint.bind(address, port),
    connect: (endpoint, address, port, iface) => endpoint.connect(address, port, iface),
    localPort: ({ localPort }) => localPort,
    remotePort: ({ remotePort }) => remotePort,
    check({ buffers, length }) {
      if (length < ECHO_HEADER_BYTES) return -errno.EINVAL;
      const first = buffers.find((buffer) => buffer.length > 0);
      return first?.[0] === request && (first.length < 2 || first[1] === 0) ? 0 : -errno.EINVAL;
    },
    applyOptions: () => undefined,
  };
}

/** raw(7). */
export function rawKind(raw: Raw, protocol: number): DatagramKind<RawEndpoint> {
  return {
    type: SOCK_RAW,
    protocol,
    hasPorts: false,
    isUdp: false,
    open: (owner, version) => raw.open(owner, version, protocol),
    bind: (endpoint, address) => endpoint.bind(address),
    connect: (endpoint, address, _, iface) => endpoint.connect(address, iface),
    localPort: () => protocol,
    remotePort: () => 0,
    check: () => 0,
    applyOptions(endpoint, { ip }) {
      endpoint.includesHeader = ip.headerIncluded;
      if (ip.checksumOffset >= 0) endpoint.checksumOffset = ip.checksumOffset;
    },
  };
}
