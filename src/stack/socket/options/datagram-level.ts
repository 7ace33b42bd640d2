import { IPPROTO_ICMP, IPPROTO_ICMPV6, SOCK_RAW } from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import { viewOf } from "../../../layout/codec.ts";
import { ICMP6_FILTER_MASK, ICMP_FILTER_MASK } from "../../../layout/icmp-filter.ts";
import { decodeOption } from "../../../layout/option.ts";
import { RawEndpoint } from "../../raw/raw-endpoint.ts";
import { UdpEndpoint } from "../../udp/udp-endpoint.ts";
import { DatagramSocket } from "../inet/datagram-socket.ts";
import type { StackSocket } from "../socket.ts";
import { flag, only, type OptionTable, ranged, type StackOption, storedFlag, storedInteger } from "./option.ts";

/** A UDP socket. */
type UdpSocket = DatagramSocket & { readonly endpoint: UdpEndpoint };
type RawSocket = DatagramSocket & { readonly endpoint: RawEndpoint };

const isUdp = (socket: StackSocket): socket is UdpSocket =>
  socket instanceof DatagramSocket && socket.endpoint instanceof UdpEndpoint;
const isRaw = (socket: StackSocket): socket is RawSocket =>
  socket instanceof DatagramSocket && socket.endpoint instanceof RawEndpoint && socket.state.type === SOCK_RAW;

/** The longest payload of one datagram. */
const MOST_SEGMENT_BYTES = 0xffff;

/** The options of SOL_UDP on a stack. */
export const udpLevel: OptionTable = {
  UDP_CORK: only(
    isUdp,
    flag(
      ({ isCorking }) => isCorking,
      (socket, on) => {
        socket.isCorking = on;
        if (!on) socket.uncork();
      },
    ),
  ),
  UDP_SEGMENT: only(
    isUdp,
    ranged(
      0,
      MOST_SEGMENT_BYTES,
      ({ endpoint }) => endpoint.segmentBytes,
      ({ endpoint }, value) => void (endpoint.segmentBytes = value),
    ),
  ),
  UDP_GRO: only(
    isUdp,
    flag(
      ({ joinsSegments }) => joinsSegments,
      (socket, on) => void (socket.joinsSegments = on),
    ),
  ),
  UDP_ENCAP: storedInteger("UDP_ENCAP", 0),
  UDP_NO_CHECK6_TX: storedFlag("UDP_NO_CHECK6_TX"),
  UDP_NO_CHECK6_RX: storedFlag("UDP_NO_CHECK6_RX"),
};

/** A filter of types: a bit each, set for those that are not received. */
function typeFilter(kind: "icmp filter" | "icmp6 filter", bytes: number, protocol: number): StackOption {
  return only(
    isRaw,
    {
      effect: "effective",
      get: ({ endpoint }) => {
        const mask = new Uint8Array(bytes);
        const view = new DataView(mask.buffer);
        for (let at = 0; at < bytes; at += 4) view.setUint32(at, endpoint.blockedTypes[at >> 2] ?? 0, true);
        return decodeOption(kind, mask);
      },
      set({ endpoint, state }, mask) {
        if (state.protocol !== protocol) return -errno.EOPNOTSUPP;
        if (mask.length < bytes) return -errno.EINVAL;
        for (let at = 0; at < bytes; at += 4) endpoint.blockedTypes[at >> 2] = viewOf(mask).getUint32(at, true);
        return 0;
      },
    },
    errno.EOPNOTSUPP,
  );
}

/** The options of SOL_RAW and of SOL_ICMPV6 on a stack. */
export const rawLevel: OptionTable = {
  ICMP_FILTER: typeFilter("icmp filter", ICMP_FILTER_MASK.size, IPPROTO_ICMP),
};
export const icmp6Level: OptionTable = {
  ICMP6_FILTER: typeFilter("icmp6 filter", ICMP6_FILTER_MASK.size, IPPROTO_ICMPV6),
};
