import { ScriptFault, type Place } from "../language/fault.ts";
import type { IcmpBody, IpInfo, PacketAction, TcpBody, UdpBody } from "../language/tree.ts";
import { buildIcmp, icmpNumbers } from "../packet/icmp.ts";
import { buildIp, PROTOCOL, type IpHeader } from "../packet/ip.ts";
import { buildTcp } from "../packet/tcp.ts";
import { buildUdp } from "../packet/udp.ts";
import type { Conversation } from "./conversation.ts";
import { patternBytes } from "./pattern.ts";
import type { Session } from "./session.ts";
import { wireVersion, type Settings } from "./settings.ts";

const SYN = 2;
const ACK = 0x10;
const URG = 0x20;
const DEFAULT_HOP_LIMIT = 255;

/** The bits of RFC 3168 §5. */
const ECN_BITS = { noecn: 0, ect0: 2, ect1: 1, ect01: 2, ce: 3 } as const;

function ipHeader(settings: Settings, info: IpInfo, protocol: number): IpHeader {
  return {
    version: wireVersion(settings),
    source: settings.remoteAddress,
    destination: settings.localAddress,
    protocol,
    trafficClass: info.trafficClass ?? ECN_BITS[info.ecn ?? "noecn"],
    hopLimit: info.hopLimit ?? DEFAULT_HOP_LIMIT,
    flowLabel: info.flowLabel ?? 0,
  };
}

/** The packet that comes to the kernel, in its numbers. */
export function packetToInject(session: Session, { ip, body }: PacketAction, place: Place): Uint8Array {
  if (body.kind === "tcp") return tcpPacket(session, ip, body);
  if (body.kind === "udp") return udpPacket(session, ip, body);
  return icmpPacket(session, ip, body, place);
}

function tcpPacket(session: Session, info: IpInfo, body: TcpBody): Uint8Array {
  const { flags, sequence, ports } = body;
  const conversation =
    ports === undefined ? session.incoming("tcp") : session.converse("tcp", ports.destination, ports.source);
  if ((flags & SYN) !== 0) conversation.remoteIsn = sequence.start;
  if ((flags & URG) !== 0) session.readsPattern = false;
  const ip = ipHeader(session.settings, info, PROTOCOL.tcp);
  const firstByte = sequence.start - conversation.remoteIsn - ((flags & SYN) === 0 ? 1 : 0);
  const segment = buildTcp(ip, {
    sourcePort: conversation.remotePort,
    destinationPort: conversation.localPort,
    sequence: sequence.start >>> 0,
    acknowledgement: (flags & ACK) === 0 ? 0 : conversation.toLive(body.acknowledgement ?? 0),
    flags,
    window: body.window ?? 0,
    urgentPointer: body.urgentPointer ?? 0,
    options: conversation.optionsToLive(body.options ?? []),
    payload: patternBytes(firstByte, sequence.length),
  });
  return buildIp(ip, segment);
}

function udpPacket(session: Session, info: IpInfo, { ports, length }: UdpBody): Uint8Array {
  const { localPort, remotePort } =
    ports === undefined ? session.incoming("udp") : session.converse("udp", ports.destination, ports.source);
  const ip = ipHeader(session.settings, info, PROTOCOL.udp);
  const payload = patternBytes(0, length);
  return buildIp(ip, buildUdp(ip, { sourcePort: remotePort, destinationPort: localPort, payload }));
}

/** Bytes of the packet that an error is about, behind its IP header: RFC 792. */
const QUOTED_BYTES = 8;

function icmpPacket(session: Session, info: IpInfo, body: IcmpBody, place: Place): Uint8Array {
  const version = wireVersion(session.settings);
  const numbers = icmpNumbers(version, body.type, body.code);
  if (numbers === undefined) {
    throw new ScriptFault(place, `"${body.type} ${body.code ?? ""}" is no type and code of ICMP for IPv${version}`);
  }
  const ip = ipHeader(session.settings, info, version === 4 ? PROTOCOL.icmp : PROTOCOL.icmp6);
  const [type, code] = numbers;
  if (body.type.startsWith("echo")) {
    const length = body.about !== undefined && "raw" in body.about ? body.about.raw : 0;
    const message = { type, code, word: (body.id ?? 0) << 16, payload: patternBytes(0, length) };
    return buildIp(ip, buildIcmp(ip, message));
  }
  const payload = quotedPacket(session, body.about, place);
  return buildIp(ip, buildIcmp(ip, { type, code, word: body.mtu ?? 0, payload }));
}

/** The beginning of the packet of the kernel's that an error is about. */
function quotedPacket(session: Session, about: IcmpBody["about"], place: Place): Uint8Array {
  const { settings } = session;
  const current = session.latest;
  if (current === undefined) throw new ScriptFault(place, "no conversation has begun that this could be about");
  const ip: IpHeader = {
    ...ipHeader(settings, {}, current.protocol === "tcp" ? PROTOCOL.tcp : PROTOCOL.udp),
    source: settings.localAddress,
    destination: settings.remoteAddress,
  };
  const transport = quotedTransport(ip, current, about);
  const header = buildIp(ip, transport);
  return header.subarray(0, header.length - transport.length + (ip.version === 4 ? QUOTED_BYTES : transport.length));
}

function quotedTransport(ip: IpHeader, conversation: Conversation, about: IcmpBody["about"]): Uint8Array {
  const ports = { sourcePort: conversation.localPort, destinationPort: conversation.remotePort };
  if (conversation.protocol === "udp") {
    const length = about !== undefined && "udp" in about ? about.udp : 0;
    return buildUdp(ip, { ...ports, payload: new Uint8Array(length) });
  }
  const range = about !== undefined && "start" in about ? about : { start: 0, length: 0 };
  return buildTcp(ip, {
    ...ports,
    sequence: conversation.toLive(range.start),
    acknowledgement: 0,
    flags: ACK,
    window: 0,
    urgentPointer: 0,
    options: [],
    payload: new Uint8Array(range.length),
  });
}
