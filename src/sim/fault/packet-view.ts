import { IpAddress } from "../../stack/ip/address.ts";
import type { Packet } from "../../stack/packet.ts";
import { FrameText } from "../../trace/frame-text.ts";
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, EthernetHeader, parseEthernet } from "../../wire/ethernet.ts";
import { IpHeader } from "../../wire/ip-header.ts";
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP } from "../../wire/ip-protocol.ts";
import { parseIpv6Extensions } from "../../wire/ipv6-extension.ts";
import { parseQuotedIpv4 } from "../../wire/ipv4.ts";
import { parseQuotedIpv6 } from "../../wire/ipv6.ts";
import { BAD_OPTION, OK } from "../../wire/reason.ts";
import { parseTcp } from "../../wire/tcp.ts";
import { TcpHeader } from "../../wire/tcp-header.ts";
import { parseUdp, UdpHeader } from "../../wire/udp.ts";
import type { Channel } from "../link/channel.ts";
import { bytesOnWire } from "../trace/bytes-on-wire.ts";

/** What a packet is, for a rule: "arp", "ip" for what has no name here. */
export type PacketProtocol = "tcp" | "udp" | "icmp" | "arp" | "ip" | "other";

const PROTOCOLS: Readonly<Record<number, PacketProtocol>> = {
  [PROTOCOL_TCP]: "tcp",
  [PROTOCOL_UDP]: "udp",
  [PROTOCOL_ICMP]: "icmp",
  [PROTOCOL_ICMPV6]: "icmp",
};

/** A packet that a rule looks at, valid during the call. What is asked for is read when it is asked for. */
export class PacketView {
  /** Which packet of this rule it is, from 1. */
  readonly number: number;
  /** The direction of the link that it goes by. */
  readonly channel: Channel;
  /** Virtual milliseconds. */
  readonly timeMs: number;
  readonly #packet: Packet;
  readonly #ethernet: EthernetHeader = new EthernetHeader();
  readonly #ip: IpHeader = new IpHeader();
  readonly #tcp: TcpHeader = new TcpHeader();
  readonly #udp: UdpHeader = new UdpHeader();
  #protocol: PacketProtocol | undefined;

  constructor(channel: Channel, packet: Packet, number: number, timeMs: number) {
    this.channel = channel;
    this.#packet = packet;
    this.number = number;
    this.timeMs = timeMs;
  }

  /** Bytes of the frame. */
  get length(): number {
    return this.#packet.end - this.#packet.start;
  }

  /** A copy of the frame, as it would be on a cable. */
  get bytes(): Uint8Array {
    return bytesOnWire(this.#packet);
  }

  get protocol(): PacketProtocol {
    return (this.#protocol ??= this.#read());
  }

  /** "10.0.0.1"; undefined of what is no IP packet. */
  get source(): string | undefined {
    return this.#isIp ? IpAddress.sourceOf(this.#ip).toString() : undefined;
  }

  get destination(): string | undefined {
    return this.#isIp ? IpAddress.destinationOf(this.#ip).toString() : undefined;
  }

  /** Of TCP and UDP; 0 of others. */
  get sourcePort(): number {
    return this.#port("sourcePort");
  }

  get destinationPort(): number {
    return this.#port("destinationPort");
  }

  /** Of TCP: the twelve bits of RFC 9293 §3.1, FIN the lowest; 0 of others. */
  get tcpFlags(): number {
    return this.protocol === "tcp" ? this.#tcp.flags : 0;
  }

  /** What TCP or UDP carries; empty of others. Rules do not write it: see the verdict "change". */
  get payload(): Uint8Array {
    const header = this.protocol === "tcp" ? this.#tcp : this.protocol === "udp" ? this.#udp : undefined;
    const { payloadStart = 0, payloadEnd = 0 } = header ?? {};
    return this.#packet.bytes.slice(payloadStart, payloadEnd);
  }

  /** The address of who put it on this link: six bytes as 48 bits. */
  get hardwareSource(): number {
    const { view, start } = this.#packet;
    return view.getUint16(start + 6) * 0x1_0000_0000 + view.getUint32(start + 8);
  }

  /** In one line, as traces show it; sequence numbers are as they are. */
  toString(): string {
    const { view, start, end } = this.#packet;
    return new FrameText().frame(view, start, end);
  }

  get #isIp(): boolean {
    const { protocol } = this;
    return protocol !== "arp" && protocol !== "other";
  }

  #port(name: "sourcePort" | "destinationPort"): number {
    if (this.protocol === "tcp") return this.#tcp[name];
    return this.#protocol === "udp" ? this.#udp[name] : 0;
  }

  #read(): PacketProtocol {
    const { view, start, end } = this.#packet;
    const ethernet = this.#ethernet;
    if (parseEthernet(view, start, end, ethernet) !== OK) return "other";
    if (ethernet.type === ETHERTYPE_ARP) return "arp";
    if (ethernet.type !== ETHERTYPE_IPV4 && ethernet.type !== ETHERTYPE_IPV6) return "other";
    const ip = this.#ip;
    const parse = ethernet.type === ETHERTYPE_IPV4 ? parseQuotedIpv4 : parseQuotedIpv6;
    if (parse(view, ethernet.payloadStart, end, ip) !== OK) return "other";
    if (ip.version === 6 && parseIpv6Extensions(view, ip) !== OK) return "ip";
    const protocol = ip.fragmentOffset > 0 ? "ip" : (PROTOCOLS[ip.protocol] ?? "ip");
    const { payloadStart, payloadEnd } = ip;
    if (protocol === "tcp") {
      const reason = parseTcp(view, payloadStart, payloadEnd, this.#tcp);
      return reason === OK || reason === BAD_OPTION ? "tcp" : "ip";
    }
    if (protocol === "udp") return parseUdp(view, payloadStart, payloadEnd, this.#udp) === OK ? "udp" : "ip";
    return protocol;
  }
}
