/*
 * A packet capture: every frame of an interface, and its headers in words. Needs root, or CAP_NET_RAW.
 * Usage: packet-capture <interface> [packets]
 */
import {
  AF_INET,
  AF_PACKET,
  ETH_P_ALL,
  getprotobynumber,
  host,
  htons,
  inet_ntop,
  SOCK_RAW,
  type Kernel,
} from "dialtone";
import { runAsMain } from "./die-with-error.ts";

const ETHERTYPE_IPV4 = 0x0800;
const ETHERNET_HEADER_BYTES = 14;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;

/** The headers of one Ethernet frame in a line, as far as they are understood. */
export function describeFrame(frame: Uint8Array): string {
  if (frame.length < ETHERNET_HEADER_BYTES) return `${frame.length} bytes, too short for Ethernet`;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const etherType = view.getUint16(12);
  const ethernet = `${hardwareAddress(frame.subarray(6, 12))} > ${hardwareAddress(frame.subarray(0, 6))}`;
  if (etherType !== ETHERTYPE_IPV4) return `${ethernet} type 0x${etherType.toString(16).padStart(4, "0")}`;
  return `${ethernet} ${describeIpv4(frame.subarray(ETHERNET_HEADER_BYTES))}`;
}

function describeIpv4(packet: Uint8Array): string {
  if (packet.length < 20) return "IPv4, cut short";
  const headerBytes = ((packet[0] as number) & 0x0f) * 4;
  const protocol = packet[9] as number;
  const source = inet_ntop(AF_INET, packet.subarray(12, 16));
  const destination = inet_ntop(AF_INET, packet.subarray(16, 20));
  const name = getprotobynumber(protocol)?.name ?? String(protocol);
  const ttl = packet[8] as number;
  const payload = packet.subarray(headerBytes);
  if ((protocol === IPPROTO_TCP || protocol === IPPROTO_UDP) && payload.length >= 4) {
    const ports = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    return `IPv4 ${source}:${ports.getUint16(0)} > ${destination}:${ports.getUint16(2)} ${name} ttl ${ttl}`;
  }
  return `IPv4 ${source} > ${destination} ${name} ttl ${ttl}`;
}

function hardwareAddress(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** Yields the frames that pass through the interface, in and out. */
export async function* capture(kernel: Kernel, interfaceName: string, started: () => void): AsyncGenerator<Uint8Array> {
  // packet(7): the protocol is an EtherType in network order here, and in host order in the address.
  const fd = kernel.socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  try {
    const interfaceIndex = kernel.if_nametoindex(interfaceName);
    kernel.bind(fd, { family: AF_PACKET, protocol: ETH_P_ALL, interfaceIndex });
    started();
    const buffer = new Uint8Array(65536);
    for (;;) {
      const { bytes } = await kernel.recvfrom(fd, buffer);
      yield buffer.slice(0, bytes);
    }
  } finally {
    kernel.close(fd);
  }
}

runAsMain(import.meta.filename, async (interfaceName = "lo", packets = "Infinity") => {
  let seen = 0;
  for await (const frame of capture(host, interfaceName, () => console.log(`capturing on ${interfaceName}`))) {
    console.log(describeFrame(frame));
    seen += 1;
    if (seen >= Number(packets)) break;
  }
});
