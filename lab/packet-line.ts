import { IpHeader } from "../src/wire/ip-header.ts";
import { PROTOCOL_TCP } from "../src/wire/ip-protocol.ts";
import { parseIpv4 } from "../src/wire/ipv4.ts";
import { OK } from "../src/wire/reason.ts";
import { parseTcp } from "../src/wire/tcp.ts";
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN, TcpHeader } from "../src/wire/tcp-header.ts";

const FLAGS: readonly (readonly [number, string])[] = [
  [TCP_SYN, "SYN"],
  [TCP_FIN, "FIN"],
  [TCP_RST, "RST"],
  [TCP_PSH, "PSH"],
  [TCP_ACK, "ACK"],
];

/** Sequence numbers as people like them: counted from where each side began. */
export class PacketLines {
  readonly #begins: Map<string, number> = new Map();

  /** A packet in one line, as tcpdump writes it. */
  line(bytes: Uint8Array): string {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const ip = new IpHeader();
    if (parseIpv4(view, 0, bytes.length, ip) !== OK) return `${bytes.length} bytes`;
    if (ip.protocol !== PROTOCOL_TCP) return `protocol ${ip.protocol}, ${bytes.length} bytes`;
    const tcp = new TcpHeader();
    if (parseTcp(view, ip.payloadStart, ip.payloadEnd, tcp) !== OK) return "TCP, cut off";
    const { sourcePort, destinationPort, flags } = tcp;
    const words = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word);
    const length = tcp.payloadEnd - tcp.payloadStart;
    const sequence = this.#since(sourcePort, destinationPort, tcp.sequence, (flags & TCP_SYN) !== 0);
    const parts = [`${sourcePort} → ${destinationPort} [${words.join(" ")}] seq ${sequence}`];
    if ((flags & TCP_ACK) !== 0)
      parts.push(`ack ${this.#since(destinationPort, sourcePort, tcp.acknowledgment, false)}`);
    parts.push(`win ${tcp.window}`);
    if (length > 0)
      parts.push(JSON.stringify(new TextDecoder().decode(bytes.subarray(tcp.payloadStart, tcp.payloadEnd))));
    return parts.join(", ");
  }

  #since(from: number, to: number, number: number, isFirst: boolean): number {
    const key = `${from} ${to}`;
    if (isFirst) this.#begins.set(key, number);
    return (number - (this.#begins.get(key) ?? 0)) >>> 0;
  }
}
