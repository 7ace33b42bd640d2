import {
  IP_ORIGDSTADDR,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVOPTS,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_FLOWINFO,
  IPV6_HOPLIMIT,
  IPV6_ORIGDSTADDR,
  IPV6_PKTINFO,
  IPV6_RECVERR,
  IPV6_TCLASS,
  SO_RXQ_OVFL,
  SO_TIMESTAMP,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
  SOL_SOCKET,
} from "../../../api/constants.ts";
import { errnoName } from "../../../api/errno.ts";
import type { ControlMessage } from "../../../api/message.ts";
import { sockaddrDecode } from "../../../netdb/sockaddr.ts";
import type { Arrival } from "../../datagram/arrival.ts";
import type { QueuedError } from "../../datagram/error-queue.ts";
import { IpAddress } from "../../ip/address.ts";
import type { SocketState } from "../socket-state.ts";
import type { InetBinding } from "./inet-socket.ts";
import type { Packet } from "../../packet.ts";

const NS_PER_US = 1000n;
/** SO_TIMESTAMPING: the software's times of what is received. */
const RECEIVE_TIMES = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;

/** What a datagram socket tells with what it receives, by the options that were set. */
export function arrivalControl(
  inet: InetBinding,
  arrival: Arrival,
  packet: Packet,
  local: IpAddress,
): ControlMessage[] {
  const control = socketControl(inet.state, arrival.receivedUs);
  if (arrival.ip.version === 4) control.push(...ipv4Control(inet, arrival, packet, local));
  if (inet.isV6) control.push(...ipv6Control(inet, arrival));
  return control;
}

/** Nanoseconds since 1970 of a time on the stack's clock. */
function realTimeNs({ events }: SocketState, us: number): bigint {
  return BigInt(Math.floor(events.surroundings.epochMs * 1000 + us)) * NS_PER_US;
}

/** SOL_SOCKET: the time, and how many were dropped before. */
export function socketControl(state: SocketState, receivedUs: number): ControlMessage[] {
  const control: ControlMessage[] = [];
  if (state.timestamps !== "none") {
    const type = state.timestamps === "us" ? SO_TIMESTAMP : SO_TIMESTAMPNS;
    control.push({ level: SOL_SOCKET, type, value: realTimeNs(state, receivedUs) });
  }
  if ((state.timestamping & RECEIVE_TIMES) === RECEIVE_TIMES) {
    const value = { softwareNs: realTimeNs(state, receivedUs), hardwareNs: 0n };
    control.push({ level: SOL_SOCKET, type: SO_TIMESTAMPING, value });
  }
  if (state.tellDrops && state.drops > 0) control.push({ level: SOL_SOCKET, type: SO_RXQ_OVFL, value: state.drops });
  return control;
}

/** SOL_IP: ip_cmsg_recv() of Linux, in its order. */
function ipv4Control(inet: InetBinding, arrival: Arrival, packet: Packet, local: IpAddress) {
  const control: ControlMessage[] = [];
  const { ip, isV6 } = inet;
  const { ip: header } = arrival;
  const destination = IpAddress.destinationOf(header);
  if (ip.tellPacketInfo && !isV6) {
    const value = {
      interfaceIndex: arrival.iface,
      localAddress: (destination.isMulticast || local.version !== 4 ? local : destination).toString(),
      address: destination.toString(),
    };
    control.push({ level: IPPROTO_IP, type: IP_PKTINFO, value });
  }
  if (ip.tellHopLimit) control.push({ level: IPPROTO_IP, type: IP_TTL, value: header.hopLimit });
  if (ip.tellTrafficClass) control.push({ level: IPPROTO_IP, type: IP_TOS, value: header.trafficClass });
  if (ip.tellOptions && header.payloadStart > header.optionsStart) {
    const value = packet.bytes.slice(header.optionsStart, header.payloadStart);
    control.push({ level: IPPROTO_IP, type: IP_RECVOPTS, value });
  }
  if (ip.tellOriginalDestination && !isV6) {
    const value = inet.sockaddr(destination, arrival.destinationPort);
    control.push({ level: IPPROTO_IP, type: IP_ORIGDSTADDR, value });
  }
  return control;
}

/** SOL_IPV6: the flow information, the address, the hops and the class of what came. */
function ipv6Control(inet: InetBinding, arrival: Arrival): ControlMessage[] {
  const control: ControlMessage[] = [];
  const { ip } = inet;
  const { ip: header } = arrival;
  const destination = IpAddress.destinationOf(header);
  if (ip.tellPacketInfo6) {
    const address = destination.version === 4 ? `::ffff:${destination.toString()}` : destination.toString();
    control.push({ level: IPPROTO_IPV6, type: IPV6_PKTINFO, value: { address, interfaceIndex: arrival.iface } });
  }
  if (header.version === 4) return control;
  if (ip.tellHopLimit6) control.push({ level: IPPROTO_IPV6, type: IPV6_HOPLIMIT, value: header.hopLimit });
  if (ip.tellTrafficClass6) control.push({ level: IPPROTO_IPV6, type: IPV6_TCLASS, value: header.trafficClass });
  const flow = (header.trafficClass << 20) | header.flowLabel;
  if (ip.tellFlowInfo && flow !== 0) {
    const value = new Uint8Array(4);
    new DataView(value.buffer).setInt32(0, flow);
    control.push({ level: IPPROTO_IPV6, type: IPV6_FLOWINFO, value });
  }
  if (ip.tellOriginalDestination) {
    const value = inet.sockaddr(destination, arrival.destinationPort, arrival.iface);
    control.push({ level: IPPROTO_IPV6, type: IPV6_ORIGDSTADDR, value });
  }
  return control;
}

/** The control message of an error that was queued: IP_RECVERR or IPV6_RECVERR. */
export function errorControl(inet: InetBinding, error: QueuedError): ControlMessage {
  const { offender } = error;
  const value = {
    errno: error.errno,
    code: errnoName(error.errno),
    origin: error.origin,
    type: error.type,
    icmpCode: error.code,
    info: error.info,
    data: 0,
    offender: offender && sockaddrDecode(inet.sockaddr(offender, 0, error.iface)),
  };
  const isV6 = inet.isV6 && error.destination.version === 6;
  return isV6 ? { level: IPPROTO_IPV6, type: IPV6_RECVERR, value } : { level: IPPROTO_IP, type: IP_RECVERR, value };
}
