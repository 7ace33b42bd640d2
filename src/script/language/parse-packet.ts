import { parseTcpOptions } from "./parse-tcp-options.ts";
import type { IcmpBody, IpInfo, PacketAction, Ports, SequenceRange, TcpBody, UdpBody } from "./tree.ts";
import type { TokenStream } from "./token-stream.ts";

/** The letters of TCP's flags: RFC 9293 §3.1; E and W are RFC 3168's, A the bit before them. */
const FLAGS: Readonly<Record<string, number>> = {
  F: 1,
  S: 2,
  R: 4,
  P: 8,
  ".": 0x10,
  U: 0x20,
  E: 0x40,
  W: 0x80,
  A: 0x100,
};
const ACK = 0x10;
const RST = 4;

/** A packet, from its `<` or `>` on. */
export function parsePacket(stream: TokenStream): PacketAction {
  const direction = stream.take("symbol", "<") === undefined ? "out" : "in";
  if (direction === "out") stream.need("symbol", ">", '"<" or ">"');
  const ip = parseIpInfo(stream);
  for (const word of ["gre", "mpls", "ipv4", "ipv6", "encap"]) {
    if (stream.sees("word", word)) throw stream.fault("packets in packets (gre, mpls, ipv4, ipv6, psp) are not there");
  }
  if (stream.take("word", "udp") !== undefined) return { kind: "packet", direction, ip, body: parseUdp(stream) };
  if (stream.take("word", "icmp") !== undefined) return { kind: "packet", direction, ip, body: parseIcmp(stream) };
  const body = parseTcp(stream);
  if (direction === "in" && body.window === undefined && (body.flags & RST) === 0) {
    throw stream.fault("a packet that comes in needs its window (win …)");
  }
  return { kind: "packet", direction, ip, body };
}

const ECN_WORDS = ["noecn", "ect0", "ect1", "ect01", "ce"] as const;

/** `[ect0]`, `(ttl 64)`, `[tos 0x10, flowlabel 0x1]`. */
function parseIpInfo(stream: TokenStream): IpInfo {
  const closing = stream.sees("symbol", "[") ? "]" : stream.sees("symbol", "(") ? ")" : undefined;
  if (closing === undefined) return {};
  stream.take("symbol");
  const info: { -readonly [K in keyof IpInfo]: IpInfo[K] } = {};
  do {
    const { text } = stream.need("word", undefined, "ect0, ect1, ect01, ce, noecn, tos, ttl or flowlabel");
    const ecn = ECN_WORDS.find((word) => word === text);
    if (ecn !== undefined) info.ecn = ecn;
    else if (text === "tos") info.trafficClass = stream.integer("the eight bits");
    else if (text === "ttl") info.hopLimit = stream.integer("the time to live");
    else if (text === "flowlabel") info.flowLabel = stream.integer("the flow label");
    else throw stream.fault(`"${text}" is nothing of an IP header's`);
  } while (stream.take("symbol", ",") !== undefined);
  stream.need("symbol", closing);
  return info;
}

/** `1234 > 8080`, before what else could begin with a number. */
function parsePorts(stream: TokenStream): Ports | undefined {
  if (!stream.sees("integer") || !stream.sees("symbol", ">", 1)) return undefined;
  const source = stream.integer("a port");
  stream.take("symbol", ">");
  const destination = stream.integer("a port");
  if ([source, destination].some((port) => port < 0 || port > 0xffff)) throw stream.fault("a port is below 65536");
  return { source, destination };
}

function parseUdp(stream: TokenStream): UdpBody {
  const ports = parsePorts(stream);
  stream.need("symbol", "(", 'the length, such as "(100)"');
  const length = stream.integer("a length");
  stream.need("symbol", ")");
  return { kind: "udp", ports, length };
}

function parseTcp(stream: TokenStream): TcpBody {
  const ports = parsePorts(stream);
  const flags = parseFlags(stream);
  const sequence = parseSequence(stream);
  // SYN and FIN are not counted: the range is of the payload.
  if (((sequence.end - sequence.start) | 0) !== sequence.length) {
    throw stream.fault(`${sequence.start}:${sequence.end} is not ${sequence.length} bytes long`);
  }
  const acknowledgement = stream.take("word", "ack") === undefined ? undefined : stream.integer("the number after ack");
  if (acknowledgement === undefined && (flags & ACK) !== 0) throw stream.fault('"." needs ack and its number');
  if (acknowledgement !== undefined && (flags & ACK) === 0) throw stream.fault('ack needs "." among the flags');
  const window = stream.take("word", "win") === undefined ? undefined : stream.integer("the window");
  const urgentPointer = stream.take("word", "urg") === undefined ? undefined : stream.integer("the urgent pointer");
  const options = parseTcpOptions(stream);
  return { kind: "tcp", ports, flags, sequence, acknowledgement, window, urgentPointer, options };
}

/** "S", "S.", "P.", ".", "SEW", "-" for none. */
function parseFlags(stream: TokenStream): number {
  if (stream.take("symbol", "-") !== undefined) return 0;
  let text = stream.take("word")?.text ?? "";
  if (stream.take("symbol", ".") !== undefined) text += ".";
  if (text === "") throw stream.fault('expected TCP\'s flags, such as "S" or "P."');
  let flags = 0;
  for (const letter of text) {
    const bit = FLAGS[letter];
    if (bit === undefined) throw stream.fault(`"${letter}" is no flag of TCP's (F S R P . U E W A)`);
    flags |= bit;
  }
  return flags;
}

/** `1:1001(1000)` */
function parseSequence(stream: TokenStream): SequenceRange {
  const start = stream.integer("the sequence, such as 1:1001(1000)");
  stream.need("symbol", ":");
  const end = stream.integer("where the sequence ends");
  stream.need("symbol", "(");
  const length = stream.integer("a length");
  stream.need("symbol", ")");
  return { start, end, length };
}

function parseIcmp(stream: TokenStream): IcmpBody {
  const { text: type } = stream.need("word", undefined, "a type of ICMP");
  let code: string | undefined;
  if (stream.sees("word") && !stream.sees("word", "mtu") && !stream.sees("word", "id"))
    code = stream.take("word")?.text;
  const mtu = stream.take("word", "mtu") === undefined ? undefined : stream.integer("the MTU");
  const id = stream.take("word", "id") === undefined ? undefined : stream.integer("the echo's id");
  let about: IcmpBody["about"];
  if (stream.take("symbol", "[") !== undefined) {
    about = parseAbout(stream);
    stream.need("symbol", "]");
  }
  return { kind: "icmp", type, code, mtu, id, about };
}

function parseAbout(stream: TokenStream): NonNullable<IcmpBody["about"]> {
  const word = stream.take("word", "udp") ?? stream.take("word", "raw");
  if (word === undefined) return parseSequence(stream);
  stream.need("symbol", "(");
  const length = stream.integer("a length");
  stream.need("symbol", ")");
  return word.text === "udp" ? { udp: length } : { raw: length };
}
