import {
  IP_PKTINFO,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  IPV6_TCLASS,
  SO_MARK,
  SO_PRIORITY,
  SOL_SOCKET,
  UDP_SEGMENT,
} from "../../../api/constants.ts";
import { errno } from "../../../api/errno.ts";
import type { ControlMessage, PacketInfo, PacketInfo6 } from "../../../api/message.ts";
import { IpAddress } from "../../ip/address.ts";
import type { InetBinding } from "./inet-socket.ts";

/** What the control messages of one datagram ask for. */
export interface SentControl {
  hopLimit: number | undefined;
  trafficClass: number | undefined;
  source: IpAddress | undefined;
  iface: number | undefined;
  segmentBytes: number | undefined;
}

/** Reads the control messages of a datagram to send; an errno, negated, for one that is not taken. */
export function sentControl(inet: InetBinding, control: readonly ControlMessage[]): SentControl | number {
  const asked: SentControl = {
    hopLimit: undefined,
    trafficClass: undefined,
    source: undefined,
    iface: undefined,
    segmentBytes: undefined,
  };
  for (const message of control) {
    const refused = take(inet, message, asked);
    if (refused !== 0) return refused;
  }
  return asked;
}

function take(inet: InetBinding, { level, type, value }: ControlMessage, asked: SentControl): number {
  if (level === SOL_SOCKET) return type === SO_MARK || type === SO_PRIORITY ? 0 : -errno.EINVAL;
  if (level === IPPROTO_IP) return takeIpv4(inet, type, value, asked);
  if (level === IPPROTO_IPV6 && inet.isV6) return takeIpv6(inet, type, value, asked);
  if (level === IPPROTO_UDP) {
    if (type !== UDP_SEGMENT || typeof value !== "number") return -errno.EINVAL;
    asked.segmentBytes = value;
  }
  return 0;
}

function takeIpv4(inet: InetBinding, type: number, value: ControlMessage["value"], asked: SentControl): number {
  if (type === IP_TTL && typeof value === "number") {
    if (value < 1 || value > 255) return -errno.EINVAL;
    asked.hopLimit = value;
    return 0;
  }
  // It is given as an int, or as one byte.
  if (type === IP_TOS && (typeof value === "number" || value instanceof Uint8Array)) {
    const trafficClass = typeof value === "number" ? value : (value[0] ?? -1);
    if (trafficClass < 0 || trafficClass > 255) return -errno.EINVAL;
    asked.trafficClass = trafficClass;
    return 0;
  }
  if (type !== IP_PKTINFO || value instanceof Uint8Array) return -errno.EINVAL;
  const { interfaceIndex, localAddress } = value as PacketInfo;
  return from(inet, IpAddress.parse(localAddress), interfaceIndex, asked);
}

function takeIpv6(inet: InetBinding, type: number, value: ControlMessage["value"], asked: SentControl): number {
  if ((type === IPV6_HOPLIMIT || type === IPV6_TCLASS) && typeof value === "number") {
    if (value < -1 || value > 255) return -errno.EINVAL;
    if (value >= 0) asked[type === IPV6_HOPLIMIT ? "hopLimit" : "trafficClass"] = value;
    return 0;
  }
  if (type !== IPV6_PKTINFO || value instanceof Uint8Array) return -errno.EINVAL;
  const { address, interfaceIndex } = value as PacketInfo6;
  return from(inet, IpAddress.parse(address), interfaceIndex, asked);
}

/** Sends from an address of this machine, and by an interface. */
function from(inet: InetBinding, source: IpAddress, iface: number, asked: SentControl): number {
  if (iface !== 0 && inet.state.events.surroundings.interfaces.nameOf(iface) === undefined) return -errno.ENODEV;
  if (iface !== 0) asked.iface = iface;
  if (source.isUnspecified) return 0;
  if (!inet.network.isOwn(source) && !inet.ip.freeBind && !inet.ip.transparent) return -errno.EINVAL;
  asked.source = source;
  return 0;
}
