import { IpHeader } from "../../wire/ip-header.ts";
import { parseIpv4 } from "../../wire/ipv4.ts";
import { parseIpv6 } from "../../wire/ipv6.ts";
import { parseIpv6Extensions } from "../../wire/ipv6-extension.ts";
import type { Packet } from "../packet.ts";

/** How a datagram came: what `recvmsg` tells beside its bytes. One object is filled again and again. */
export class Arrival {
  /** Its IP header: both addresses, hop limit, traffic class, options. */
  readonly ip: IpHeader = new IpHeader();
  sourcePort = 0;
  destinationPort = 0;
  /** The interface that it came in by. */
  iface = 0;
  receivedUs = 0;
}

/** Reads the headers of a packet that waits in a receive queue; they were found right when it came. */
export function readArrival(packet: Packet, into: Arrival): Arrival {
  const { view, network, end } = packet;
  if (view.getUint8(network) >>> 4 === 4) parseIpv4(view, network, end, into.ip);
  else {
    parseIpv6(view, network, end, into.ip);
    parseIpv6Extensions(view, into.ip);
  }
  into.iface = packet.iface;
  into.receivedUs = packet.receivedUs;
  const hasPorts = packet.end - packet.transport >= 4;
  into.sourcePort = hasPorts ? view.getUint16(packet.transport) : 0;
  into.destinationPort = hasPorts ? view.getUint16(packet.transport + 2) : 0;
  return into;
}
