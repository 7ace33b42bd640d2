import { formatInet4 } from "../netdb/inet4-text.ts";
import { formatInet6 } from "../netdb/inet6-text.ts";
import { ARP_REQUEST, ArpPacket, parseArp } from "../wire/arp.ts";
import {
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  EthernetHeader,
  parseEthernet,
} from "../wire/ethernet.ts";
import { IpHeader, isFragment } from "../wire/ip-header.ts";
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_IGMP, PROTOCOL_TCP, PROTOCOL_UDP } from "../wire/ip-protocol.ts";
import { parseQuotedIpv4 } from "../wire/ipv4.ts";
import { parseIpv6Extensions } from "../wire/ipv6-extension.ts";
import { parseQuotedIpv6 } from "../wire/ipv6.ts";
import { BAD_OPTION, OK, reasonText } from "../wire/reason.ts";
import { parseTcp } from "../wire/tcp.ts";
import { TCP_ACK, TCP_SYN, TcpHeader } from "../wire/tcp-header.ts";
import { parseUdp, UdpHeader } from "../wire/udp.ts";
import { icmpv4Text, icmpv6Text } from "./icmp-text.ts";
import { SequenceBases } from "./sequence-base.ts";
import { tcpFlagsText, tcpOptionsText } from "./tcp-text.ts";

/**
 * Tells packets in one line each, in the words of packet scripts:
 * `10.0.0.2:50000 > 10.0.0.1:7 tcp S 0:0(0) win 64240 <mss 1460,sackOK>`. Sequence numbers count from each connection's
 * beginning, which it remembers.
 */
export class FrameText {
  readonly #bases: SequenceBases = new SequenceBases();
  readonly #ethernet: EthernetHeader = new EthernetHeader();
  readonly #ip: IpHeader = new IpHeader();
  readonly #tcp: TcpHeader = new TcpHeader();
  readonly #udp: UdpHeader = new UdpHeader();

  /** An Ethernet frame. */
  frame(view: DataView, start: number, end: number): string {
    const ethernet = this.#ethernet;
    if (parseEthernet(view, start, end, ethernet) !== OK) return `a frame of ${end - start} bytes, truncated`;
    const { type, payloadStart, payloadEnd } = ethernet;
    if (type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6) return this.packet(view, payloadStart, payloadEnd);
    if (type === ETHERTYPE_ARP) return arpText(view, payloadStart, payloadEnd);
    return `ethertype 0x${type.toString(16).padStart(4, "0")} (${end - start - ETHERNET_HEADER_BYTES})`;
  }

  /** An IP packet. */
  packet(view: DataView, start: number, end: number): string {
    const ip = this.#ip;
    const isV4 = end > start && view.getUint8(start) >>> 4 === 4;
    let reason = (isV4 ? parseQuotedIpv4 : parseQuotedIpv6)(view, start, end, ip);
    if (reason === OK && !isV4) reason = parseIpv6Extensions(view, ip);
    if (reason !== OK) return `${isV4 ? "ipv4" : "ipv6"}: ${reasonText(reason)}`;
    const source = addressText(ip, view, isV4 ? start + 12 : start + 8);
    const destination = addressText(ip, view, isV4 ? start + 16 : start + 24);
    const bytes = ip.payloadEnd - ip.payloadStart;
    if (isFragment(ip) && ip.fragmentOffset > 0) {
      const more = ip.moreFragments ? "+" : "";
      return `${source} > ${destination} fragment ${ip.identification >>> 0} ${bytes}@${ip.fragmentOffset}${more}`;
    }
    const text = this.#transport(view, source, destination);
    return isFragment(ip) ? `${text} fragment ${ip.identification >>> 0} ${bytes}@0+` : text;
  }

  #transport(view: DataView, source: string, destination: string): string {
    const { protocol, payloadStart, payloadEnd } = this.#ip;
    switch (protocol) {
      case PROTOCOL_TCP:
        return this.#tcpText(view, source, destination);
      case PROTOCOL_UDP:
        return this.#udpText(view, source, destination);
      case PROTOCOL_ICMP:
        return `${source} > ${destination} icmp ${icmpv4Text(view, payloadStart, payloadEnd)}`;
      case PROTOCOL_ICMPV6:
        return `${source} > ${destination} icmpv6 ${icmpv6Text(view, payloadStart, payloadEnd)}`;
      case PROTOCOL_IGMP:
        return `${source} > ${destination} igmp`;
      default:
        return `${source} > ${destination} protocol ${protocol} (${payloadEnd - payloadStart})`;
    }
  }

  #udpText(view: DataView, source: string, destination: string): string {
    const { payloadStart, payloadEnd } = this.#ip;
    const udp = this.#udp;
    // The first fragment of a datagram is shorter than it says.
    if (payloadEnd - payloadStart < 8) return `${source} > ${destination} udp, truncated`;
    const isWhole = parseUdp(view, payloadStart, payloadEnd, udp) === OK;
    const bytes = isWhole ? udp.payloadEnd - udp.payloadStart : view.getUint16(payloadStart + 4) - 8;
    return `${endpoint(source, udp.sourcePort)} > ${endpoint(destination, udp.destinationPort)} udp (${bytes})`;
  }

  #tcpText(view: DataView, source: string, destination: string): string {
    const { payloadStart, payloadEnd } = this.#ip;
    const tcp = this.#tcp;
    const reason = parseTcp(view, payloadStart, payloadEnd, tcp);
    if (reason !== OK && reason !== BAD_OPTION) return `${source} > ${destination} tcp: ${reasonText(reason)}`;
    const from = endpoint(source, tcp.sourcePort);
    const to = endpoint(destination, tcp.destinationPort);
    const bytes = tcp.payloadEnd - tcp.payloadStart;
    const base = this.#bases.baseOf(from, to, tcp.sequence, (tcp.flags & TCP_SYN) !== 0);
    const first = (tcp.sequence - base) >>> 0;
    const words = [`${from} > ${to} tcp ${tcpFlagsText(tcp.flags)} ${first}:${first + bytes}(${bytes})`];
    const other = this.#bases.acknowledged(from, to);
    if ((tcp.flags & TCP_ACK) !== 0) words.push(`ack ${(tcp.acknowledgment - other) >>> 0}`);
    words.push(`win ${tcp.window}`);
    const options = tcpOptionsText(tcp, other);
    if (options !== "") words.push(`<${options}>`);
    return words.join(" ");
  }
}

function addressText({ version }: IpHeader, view: DataView, at: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, version === 4 ? 4 : 16);
  return version === 4 ? formatInet4(bytes, 0) : formatInet6(bytes, 0);
}

function endpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function arpText(view: DataView, start: number, end: number): string {
  const arp = new ArpPacket();
  const reason = parseArp(view, start, end, arp);
  if (reason !== OK) return `arp: ${reasonText(reason)}`;
  const sender = wordText(arp.senderAddress);
  const target = wordText(arp.targetAddress);
  if (arp.operation === ARP_REQUEST) return `arp who has ${target}, tell ${sender}`;
  const hex = arp.senderHardwareHigh * 0x1_0000_0000 + (arp.senderHardwareLow >>> 0);
  const address = (hex.toString(16).padStart(12, "0").match(/../g) ?? []).join(":");
  return `arp ${sender} is at ${address}`;
}

function wordText(word: number): string {
  return [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff).join(".");
}
