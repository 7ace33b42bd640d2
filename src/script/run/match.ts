import type { IpInfo, PacketAction, PacketBody, TcpBody, TcpOption } from "../language/tree.ts";
import { icmpWords, readIcmp } from "../packet/icmp.ts";
import { PROTOCOL, readIp, type IpHeader, type ReadIp } from "../packet/ip.ts";
import { readTcp, type TcpSegment } from "../packet/tcp.ts";
import { packetFields, packetText } from "../packet/text.ts";
import { readUdp } from "../packet/udp.ts";
import { Conversation } from "./conversation.ts";
import type { Comparison } from "./difference.ts";
import { patternFault } from "./pattern.ts";
import type { Session } from "./session.ts";

const FIN = 1;
const SYN = 2;
const PSH = 8;
const ACK = 0x10;

/** What the first timestamp of the kernel is called where no script has named it. */
const FIRST_TIMESTAMP = 100;

/** What came of comparing a packet that went out with the one that is expected. */
export interface Match {
  readonly rows: readonly Comparison[];
  /** Payload that the expected packet has more than this one: others are to bring it. */
  readonly missing: number;
}

/** Noise that every machine makes: neighbour discovery, multicast memberships. */
export function isNoise(packet: Uint8Array): boolean {
  const ip = readIp(packet);
  if (ip === undefined) return true;
  const { protocol } = ip.header;
  if (ip.header.version === 4) return protocol === 2; // IGMP
  return protocol === 0 || (protocol === PROTOCOL.icmp6 && (ip.payload[0] ?? 0) >= 130); // MLD, neighbour discovery
}

/** Compares a packet that the kernel sent with the event that expects it; `done` bytes of its payload came before. */
export function matchPacket(session: Session, packet: Uint8Array, expected: PacketAction, done: number): Match {
  const ip = readIp(packet);
  if (ip === undefined) return refused("it is no packet of IP");
  const { header } = ip;
  if (ip.fault !== undefined) return refused(ip.fault);
  const { localAddress, remoteAddress } = session.settings;
  if (header.source !== localAddress || header.destination !== remoteAddress) {
    return refused(`it goes from ${header.source} to ${header.destination}`);
  }
  if (header.protocol === PROTOCOL.tcp) return matchTcp(session, ip, expected, done);
  const body = header.protocol === PROTOCOL.udp ? udpBody(session, ip, expected) : icmpBody(ip, expected);
  if (typeof body === "string") return refused(body);
  return { rows: compare(expected.ip, expected.body, ipInfo(expected.ip, header), body), missing: 0 };
}

/** A packet that the kernel sent, in the script's words and numbers. */
export function describePacket(session: Session, packet: Uint8Array): string {
  const ip = readIp(packet);
  if (ip === undefined || ip.fault !== undefined) return ip?.fault ?? "it is no packet of IP";
  const info = ipInfo({ ecn: "noecn" }, ip.header);
  const shown = info.ecn === "noecn" ? {} : info;
  if (ip.header.protocol === PROTOCOL.tcp) {
    const segment = readTcp(ip.header, ip.payload);
    if (typeof segment === "string") return segment;
    const { sourcePort, destinationPort } = segment;
    const known = session.find("tcp", sourcePort, destinationPort);
    const conversation = known ?? new Conversation("tcp", sourcePort, destinationPort);
    if ((segment.flags & SYN) !== 0) conversation.synchronize(segment.sequence, conversation.localIsn);
    if (known === undefined) session.conversations.push(conversation);
    return packetText(shown, scriptTerms(session, conversation, segment, undefined));
  }
  const any: PacketAction = {
    kind: "packet",
    direction: "out",
    ip: {},
    body: { kind: "udp", ports: undefined, length: 0 },
  };
  const body = ip.header.protocol === PROTOCOL.udp ? udpBody(session, ip, any) : icmpBody(ip, any);
  return typeof body === "string" ? body : packetText(shown, body);
}

function refused(what: string): Match {
  return { rows: [{ field: "packet", expected: "one that is whole", actual: what, differs: true }], missing: 0 };
}

/** The rows of two packets, field by field; what the script leaves out is not compared. */
function compare(info: IpInfo, body: PacketBody, actualInfo: IpInfo, actual: PacketBody): Comparison[] {
  const wanted = packetFields(info, body);
  const got = packetFields(actualInfo, actual);
  return [...new Set([...wanted.keys(), ...got.keys()])].map((field) => {
    const expected = wanted.get(field) ?? "";
    const found = got.get(field) ?? "";
    return { field, expected, actual: found, differs: expected !== found && expected !== "<...>" };
  });
}

const ECN_WORDS = ["noecn", "ect1", "ect0", "ce"] as const;

/** Of a packet's header, what the script looks at. */
function ipInfo(expected: IpInfo, header: IpHeader): IpInfo {
  const ecn = ECN_WORDS[header.trafficClass & 3] ?? "noecn";
  const either = expected.ecn === "ect01" && (ecn === "ect0" || ecn === "ect1");
  return {
    ...(expected.ecn === undefined ? {} : { ecn: either ? "ect01" : ecn }),
    ...(expected.trafficClass === undefined ? {} : { trafficClass: header.trafficClass }),
    ...(expected.hopLimit === undefined ? {} : { hopLimit: header.hopLimit }),
    ...(expected.flowLabel === undefined ? {} : { flowLabel: header.flowLabel }),
  };
}

function udpBody(session: Session, { header, payload }: ReadIp, { body }: PacketAction): PacketBody | string {
  const udp = readUdp(header, payload);
  if (typeof udp === "string") return udp;
  const { sourcePort: source, destinationPort: destination } = udp;
  session.converse("udp", source, destination);
  const ports = body.kind === "udp" && body.ports !== undefined ? { source, destination } : undefined;
  return { kind: "udp", ports, length: udp.payload.length };
}

function icmpBody({ header, payload }: ReadIp, { body }: PacketAction): PacketBody | string {
  const icmp = readIcmp(header, payload);
  if (typeof icmp === "string") return icmp;
  const { type, code } = icmpWords(header.version, icmp.type, icmp.code);
  const isEcho = type.startsWith("echo");
  const wanted = body.kind === "icmp" ? body : undefined;
  return {
    kind: "icmp",
    type,
    code,
    mtu: wanted?.mtu === undefined ? undefined : icmp.word,
    id: isEcho && wanted?.id !== undefined ? icmp.word >>> 16 : undefined,
    about: wanted?.about === undefined ? undefined : quoted(header.version, icmp.payload, isEcho),
  };
}

/** What an error is about, as far as the script can say it. */
function quoted(version: 4 | 6, payload: Uint8Array, isEcho: boolean): { udp: number } | { raw: number } {
  if (isEcho) return { raw: payload.length };
  const headerBytes = version === 4 ? 20 : 40;
  const isUdp = payload[version === 4 ? 9 : 6] === PROTOCOL.udp && payload.length >= headerBytes + 8;
  if (!isUdp) return { raw: payload.length - headerBytes };
  return { udp: ((payload[headerBytes + 4] ?? 0) << 8) + (payload[headerBytes + 5] ?? 0) - 8 };
}

function matchTcp(session: Session, ip: ReadIp, action: PacketAction, done: number): Match {
  const segment = readTcp(ip.header, ip.payload);
  if (typeof segment === "string") return refused(segment);
  const { body } = action;
  const expected = body.kind === "tcp" ? body : undefined;
  const conversation = conversationOf(session, segment, expected);
  if (typeof conversation === "string") return refused(conversation);
  if ((segment.flags & SYN) !== 0) conversation.synchronize(segment.sequence, expected?.sequence.start ?? 0);
  const part = expected === undefined ? undefined : partOf(expected, conversation, segment, done, session);
  const actual = scriptTerms(session, conversation, segment, part?.body);
  const rows = compare(action.ip, part?.body ?? body, ipInfo(action.ip, ip.header), actual);
  const fault = payloadFault(session, conversation, segment);
  if (fault !== undefined) rows.push({ field: "payload", expected: "as it was written", actual: fault, differs: true });
  return { rows, missing: part?.missing ?? 0 };
}

/** The conversation of a segment. A script without ports speaks of the current one, or of one that begins. */
function conversationOf(
  session: Session,
  { sourcePort, destinationPort, flags }: TcpSegment,
  expected: TcpBody | undefined,
): Conversation | string {
  const known = session.find("tcp", sourcePort, destinationPort);
  const begins = (flags & (SYN | ACK)) === SYN;
  if (expected?.ports !== undefined || session.current === undefined || known === session.current || begins) {
    return session.converse("tcp", sourcePort, destinationPort);
  }
  if (session.current.protocol === "udp") return session.converse("tcp", sourcePort, destinationPort);
  const { localPort, remotePort } = session.current;
  return `it goes from port ${sourcePort} to ${destinationPort}, not from ${localPort} to ${remotePort}`;
}

/** The part of an expected packet that this one is: a packet that is larger than the MSS matches several. */
function partOf(
  expected: TcpBody,
  conversation: Conversation,
  segment: TcpSegment,
  done: number,
  session: Session,
): { body: TcpBody; missing: number } {
  const { settings } = session;
  const start = expected.sequence.start + done;
  const left = expected.sequence.length - done;
  const { length } = segment.payload;
  const isPart =
    !settings.strictSegments && length > 0 && length < left && conversation.toScript(segment.sequence) === start;
  if (!isPart) {
    const sequence = { start, end: expected.sequence.end, length: left };
    // Where in a write a PSH stands is the sender's choice, but for its end (RFC 9293 §3.9.1.2).
    const isInside = length > 0 && start - conversation.localIsn - 1 + left < session.writtenBytes;
    const flags =
      isInside && !settings.strictSegments ? (expected.flags & ~PSH) | (segment.flags & PSH) : expected.flags;
    return { body: { ...expected, flags, sequence }, missing: 0 };
  }
  // PSH and FIN are the last one's; PSH may stand on any.
  const flags = (expected.flags & ~(PSH | FIN)) | (segment.flags & PSH);
  const body: TcpBody = { ...expected, flags, sequence: { start, end: start + length, length } };
  return { body, missing: left - length };
}

/** A segment in the script's numbers. */
function scriptTerms(
  session: Session,
  conversation: Conversation,
  segment: TcpSegment,
  expected: TcpBody | undefined,
): TcpBody {
  const { flags, payload } = segment;
  // A reset without ACK has the number that the other end acknowledged: the script's own, where no SYN was sent.
  const start = conversation.toScript(segment.sequence);
  return {
    kind: "tcp",
    ports:
      expected?.ports === undefined ? undefined : { source: segment.sourcePort, destination: segment.destinationPort },
    flags,
    sequence: { start, end: start + payload.length, length: payload.length },
    acknowledgement: (flags & ACK) === 0 ? undefined : segment.acknowledgement,
    window: expected !== undefined && expected.window === undefined ? undefined : segment.window,
    urgentPointer: expected?.urgentPointer === undefined ? undefined : segment.urgentPointer,
    options: segment.options.map((option, index) =>
      scriptOption(session, conversation, option, expected?.options?.[index]),
    ),
  };
}

/** A timestamp is remembered under the script's number, and compared only where the script gives its tick. */
function scriptOption(
  { settings }: Session,
  conversation: Conversation,
  option: TcpOption,
  expected: TcpOption | undefined,
): TcpOption {
  if (option.kind !== "TS") return option;
  const counted = conversation.timestampToScript(option.value);
  if (expected?.kind !== "TS") {
    if (counted === undefined) conversation.rememberTimestamp(FIRST_TIMESTAMP, option.value);
    return { ...option, value: counted ?? FIRST_TIMESTAMP };
  }
  if (settings.timestampTickUs === 0 || counted === undefined) {
    conversation.rememberTimestamp(expected.value, option.value);
    return { ...option, value: expected.value };
  }
  const slack = Math.ceil(settings.toleranceUs / settings.timestampTickUs);
  return Math.abs(counted - expected.value) <= slack
    ? { ...option, value: expected.value }
    : { ...option, value: counted };
}

/** Where the payload is not what the program wrote; undefined where it is, or nobody can say. */
function payloadFault(session: Session, conversation: Conversation, segment: TcpSegment): string | undefined {
  if (!session.writesPattern || segment.payload.length === 0) return undefined;
  const offset =
    conversation.toScript(segment.sequence) - conversation.localIsn - ((segment.flags & SYN) === 0 ? 1 : 0);
  const fault = patternFault(offset, segment.payload);
  return fault < 0 ? undefined : `byte ${offset + fault} of the stream is another`;
}
