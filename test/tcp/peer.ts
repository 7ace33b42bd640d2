import { parseIpv4, emitIpv4, IPV4_HEADER_BYTES } from "../../src/wire/ipv4.ts";
import { IpHeader } from "../../src/wire/ip-header.ts";
import { PROTOCOL_TCP } from "../../src/wire/ip-protocol.ts";
import { pseudoHeaderSum } from "../../src/wire/checksum.ts";
import {
  TCP_ACK,
  TCP_CWR,
  TCP_ECE,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
  TcpHeader,
} from "../../src/wire/tcp-header.ts";
import { emitTcp, parseTcp, sealTcp, tcpHeaderBytes } from "../../src/wire/tcp.ts";
import { IpAddress } from "../../src/stack/ip/address.ts";
import type { Packet } from "../../src/stack/packet.ts";
import { Host, Network } from "./network.ts";
import type { Connection } from "../../src/stack/tcp/connection.ts";
import type { Listener } from "../../src/stack/tcp/listener.ts";
import { TcpSettings } from "../../src/stack/tcp/settings.ts";
import { connectTo, listenOn, Witness } from "./program.ts";

/** A segment as a test writes it; numbers count from either side's initial sequence number. */
export interface Segment {
  readonly flags: string;
  readonly seq?: number;
  readonly ack?: number;
  readonly length?: number;
  readonly window?: number;
  readonly mss?: number;
  readonly scale?: number;
  readonly sackPermitted?: boolean;
  /** Edges of SACK blocks, in our numbers. */
  readonly sack?: readonly number[];
  readonly timestamp?: readonly [value: number, echo: number];
  readonly urgent?: number;
  readonly trafficClass?: number;
  readonly bytes?: Uint8Array;
}

const LETTERS: Readonly<Record<string, number>> = {
  F: TCP_FIN,
  S: TCP_SYN,
  R: TCP_RST,
  P: TCP_PSH,
  ".": TCP_ACK,
  U: TCP_URG,
  E: TCP_ECE,
  W: TCP_CWR,
};

/** The peer's initial sequence number: near the end, so that every test wraps. */
const PEER_ISS = 0xffff_fff0 | 0;
export const PEER_PORT = 5000;
const HOST_PORT = 80;

/** A host whose peer is the test itself: it sees each segment, and says what comes back. */
export class Peer {
  readonly network: Network;
  readonly host: Host;
  readonly address: IpAddress = IpAddress.parse("10.0.0.9");
  readonly sent: Segment[] = [];
  /** The host's initial sequence number, once it was seen. */
  iss: number | undefined;
  /** The ports of the peer and of the host. */
  peerPort: number = PEER_PORT;
  hostPort: number = HOST_PORT;
  peerIss: number = PEER_ISS;
  readonly #header = new TcpHeader();
  readonly #ip = new IpHeader();

  constructor(mtu: number = 1500) {
    this.network = new Network(3);
    this.host = new Host(this.network, "10.0.0.1", mtu);
    this.network.tap = (packet) => this.#see(packet);
    this.network.fault = () => [];
  }

  get nowUs(): number {
    return this.network.nowUs;
  }

  /** Lets microseconds pass. */
  pass(us: number): void {
    this.network.pass(us);
  }

  /** What the host has sent since the last time, one after the other: "S", "." with its numbers. */
  take(): Segment[] {
    this.host.tcp.batchEnded();
    return this.sent.splice(0);
  }

  /** The only segment since the last time. */
  one(): Segment {
    const segments = this.take();
    if (segments.length !== 1) throw new Error(`${segments.length} segments: ${segments.map(segmentText).join("; ")}`);
    return segments[0] as Segment;
  }

  /** Sends a segment to the host. */
  send(segment: Segment): void {
    const packet = this.#make(segment);
    this.host.receive(packet);
    this.host.tcp.batchEnded();
  }

  /** Opens a connection that the peer asks for. */
  open(settings: TcpSettings = new TcpSettings(), syn: Partial<Segment> = {}): { c: Connection; listener: Listener } {
    const listener = listenOn(this.host, settings);
    this.send({ flags: "S", seq: 0, window: 65535, mss: 1460, sackPermitted: true, scale: 7, ...syn });
    this.take();
    const timestamp =
      syn.timestamp === undefined ? {} : { timestamp: [syn.timestamp[0] + 1, this.lastTimestamp] as const };
    this.send({ flags: ".", seq: 1, ack: 1, window: 512, ...timestamp });
    const c = listener.accept() as Connection;
    c.owner = new Witness();
    this.take();
    return { c, listener };
  }

  /** The latest timestamp that the host has sent. */
  lastTimestamp = 0;

  /** Has the host call the peer; returns the connection in SYN-SENT. */
  called(settings: TcpSettings = new TcpSettings()): Connection {
    this.hostPort = 4000;
    this.peerPort = 80;
    const peer = { address: this.address } as Host;
    return connectTo(this.host, peer, settings, this.hostPort);
  }

  #make(segment: Segment): Packet {
    const packet = this.host.pool.allocate(segment.length ?? 0);
    if (packet === undefined) throw new Error("no packet");
    const header = this.#header;
    header.sourcePort = this.peerPort;
    header.destinationPort = this.hostPort;
    header.sequence = ((segment.seq ?? 0) + this.peerIss) | 0;
    header.acknowledgment = ((segment.ack ?? 0) + (this.iss ?? 0)) | 0;
    header.flags = 0;
    for (const letter of segment.flags) header.flags += LETTERS[letter] ?? 0;
    header.window = segment.window ?? 512;
    header.urgentPointer = segment.urgent ?? 0;
    header.mss = segment.mss ?? -1;
    header.windowScale = segment.scale ?? -1;
    header.sackPermitted = segment.sackPermitted ?? false;
    header.hasTimestamps = segment.timestamp !== undefined;
    [header.timestampValue, header.timestampEcho] = segment.timestamp ?? [0, 0];
    header.sackCount = (segment.sack?.length ?? 0) / 2;
    for (const [i, edge] of (segment.sack ?? []).entries()) header.sack[i] = (edge + (this.iss ?? 0)) | 0;
    const length = segment.length ?? 0;
    for (let i = 0; i < length; i++) packet.bytes[packet.start + i] = segment.bytes?.[i] ?? (segment.seq ?? 0) + i;
    packet.end = packet.start + length;
    const start = packet.prepend(tcpHeaderBytes(header));
    emitTcp(packet.view, start, header);
    const { address: a } = this;
    const { address: b } = this.host;
    const size = packet.end - start;
    const pseudo = pseudoHeaderSum(a.w0, a.w1, a.w2, a.w3, b.w0, b.w1, b.w2, b.w3, PROTOCOL_TCP, size);
    sealTcp(packet.view, start, packet.end, pseudo);
    const ip = this.#ip;
    ip.version = 4;
    ip.protocol = PROTOCOL_TCP;
    ip.hopLimit = 64;
    ip.trafficClass = segment.trafficClass ?? 0;
    ip.source3 = a.w3;
    ip.destination3 = b.w3;
    emitIpv4(packet.view, packet.prepend(IPV4_HEADER_BYTES), ip, size);
    return packet;
  }

  #see(packet: Packet): void {
    const ip = new IpHeader();
    const header = new TcpHeader();
    parseIpv4(packet.view, packet.start, packet.end, ip);
    parseTcp(packet.view, ip.payloadStart, ip.payloadEnd, header);
    if ((header.flags & TCP_SYN) !== 0) this.iss = header.sequence;
    if (header.hasTimestamps) this.lastTimestamp = header.timestampValue;
    const flags = Object.entries(LETTERS)
      .filter(([, bit]) => (header.flags & bit) !== 0)
      .map(([letter]) => letter)
      .join("");
    const ownEdges = Array.from(header.sack.subarray(0, 2 * header.sackCount), (edge) => (edge - this.peerIss) | 0);
    this.sent.push({
      flags,
      seq: (header.sequence - (this.iss ?? 0)) | 0,
      ack: (header.acknowledgment - this.peerIss) | 0,
      length: header.payloadEnd - header.payloadStart,
      window: header.window,
      ...(header.mss >= 0 ? { mss: header.mss } : {}),
      ...(header.windowScale >= 0 ? { scale: header.windowScale } : {}),
      ...(header.sackPermitted ? { sackPermitted: true } : {}),
      ...(header.sackCount > 0 ? { sack: ownEdges } : {}),
      ...(header.hasTimestamps ? { timestamp: [header.timestampValue, header.timestampEcho] as const } : {}),
      ...((header.flags & TCP_URG) !== 0 ? { urgent: header.urgentPointer } : {}),
      trafficClass: ip.trafficClass,
      bytes: packet.bytes.slice(header.payloadStart, header.payloadEnd),
    });
  }
}

/** A segment for people: ". 1:1461 ack 1". */
export function segmentText({ flags, seq = 0, length = 0, ack = 0 }: Segment): string {
  const acknowledged = flags.includes(".") ? ` ack ${ack}` : "";
  return `${flags} ${seq}:${seq + length}${acknowledged}`;
}

/** The texts of segments. */
export function texts(segments: readonly Segment[]): string[] {
  return segments.map(segmentText);
}
