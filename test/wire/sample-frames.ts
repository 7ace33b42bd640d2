import { ARP_REQUEST, ArpPacket, emitArp } from "../../src/wire/arp.ts";
import { DHCP_DISCOVER, DHCP_HOST_NAME, DHCP_MESSAGE_TYPE, makeNumberOption } from "../../src/wire/dhcp-option.ts";
import { BOOT_REQUEST, DHCP_CLIENT_PORT, DHCP_SERVER_PORT, DhcpMessage, emitDhcp } from "../../src/wire/dhcpv4.ts";
import { DNS_A, DNS_AAAA, DNS_CNAME, DNS_IN, DNS_MX, DNS_SOA, DNS_SRV, DNS_TXT } from "../../src/wire/dns-record.ts";
import { dnsQuery, ednsRecord, emitDns } from "../../src/wire/dns.ts";
import {
  emitEthernet,
  EthernetHeader,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
} from "../../src/wire/ethernet.ts";
import {
  CHANGE_TO_EXCLUDE,
  emitGroupRecord,
  GroupRecord,
  IPV4_ADDRESS_BYTES,
  IPV6_ADDRESS_BYTES,
} from "../../src/wire/group-record.ts";
import {
  emitIcmpv4,
  ICMPV4_ECHO,
  ICMPV4_PARAMETER_PROBLEM,
  ICMPV4_REDIRECT,
  ICMPV4_TIME_EXCEEDED,
  ICMPV4_TIMESTAMP,
  ICMPV4_UNREACHABLE,
  Icmpv4Message,
  sealIcmpv4,
} from "../../src/wire/icmpv4.ts";
import {
  emitIcmpv6,
  ICMPV6_ECHO,
  ICMPV6_PACKET_TOO_BIG,
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_TIME_EXCEEDED,
  ICMPV6_UNREACHABLE,
  Icmpv6Message,
  sealIcmpv6,
} from "../../src/wire/icmpv6.ts";
import { emitIgmp, IGMP_QUERY, IGMPV2_REPORT, IGMPV3_REPORT, IgmpMessage, sealIgmp } from "../../src/wire/igmp.ts";
import { IpHeader, MAPPED_WORD, pseudoHeaderSumOf } from "../../src/wire/ip-header.ts";
import {
  PROTOCOL_HOP_BY_HOP,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_IGMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from "../../src/wire/ip-protocol.ts";
import { routerAlertOption } from "../../src/wire/ipv4-option.ts";
import { emitIpv4, ipv4HeaderBytes } from "../../src/wire/ipv4.ts";
import { emitIpv6OptionsHeader, IPV6_HEADER_BYTES } from "../../src/wire/ipv6-extension.ts";
import { emitRouterAlert, ROUTER_ALERT_MLD } from "../../src/wire/ipv6-option.ts";
import { emitIpv6 } from "../../src/wire/ipv6.ts";
import { emitMld, MLD_QUERY, MLDV1_REPORT, MLDV2_REPORT, MldMessage } from "../../src/wire/mld.ts";
import {
  emitNeighbourDiscovery,
  NEIGHBOUR_ADVERTISEMENT,
  NEIGHBOUR_SOLICITATION,
  NeighbourMessage,
  REDIRECT,
  ROUTER_ADVERTISEMENT,
} from "../../src/wire/neighbour-discovery.ts";
import {
  emitNeighbourOption,
  emitRedirectedHeader,
  MTU,
  NeighbourOption,
  PREFIX_INFORMATION,
  RECURSIVE_DNS_SERVER,
  redirectedPacketStart,
  ROUTE_INFORMATION,
  SOURCE_LINK_LAYER_ADDRESS,
  TARGET_LINK_LAYER_ADDRESS,
} from "../../src/wire/neighbour-option.ts";
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_SYN, TcpHeader } from "../../src/wire/tcp-header.ts";
import { emitTcp, sealTcp } from "../../src/wire/tcp.ts";
import { emitUdp, sealUdp, UDP_HEADER_BYTES, UdpHeader } from "../../src/wire/udp.ts";

/** Writes at an offset and returns the end. */
type Emit = (view: DataView, start: number) => number;

export interface SampleFrame {
  readonly name: string;
  /** As tshark names the protocols within. */
  readonly protocols: string;
  readonly bytes: Uint8Array;
}

const MEMORY_BYTES = 2048;

function frame(name: string, protocols: string, type: number, emit: Emit, vlan?: number): SampleFrame {
  const view = new DataView(new ArrayBuffer(MEMORY_BYTES));
  const header = Object.assign(new EthernetHeader(), {
    destinationHigh: 0x0200,
    destinationLow: 2,
    sourceHigh: 0x0200,
    sourceLow: 1,
    type,
    ...(vlan === undefined ? {} : { tagCount: 1, outerType: 0x8100, outerTag: vlan }),
  });
  const end = emit(view, emitEthernet(view, 0, header));
  return { name, protocols: `eth:ethertype:${protocols}`, bytes: new Uint8Array(view.buffer, 0, end) };
}

/** Writes the payload first, since the header says how long it is; `seal` may make its checksum. */
function ip4(
  protocol: number,
  emit: Emit,
  seal: (view: DataView, start: number, end: number, pseudo: number) => void,
  fields: Partial<IpHeader> = {},
  options: Uint8Array = new Uint8Array(0),
): Emit {
  return (view, start) => {
    const header = Object.assign(new IpHeader(), {
      protocol,
      hopLimit: 64,
      source2: MAPPED_WORD,
      source3: 0x0a000001,
      destination2: MAPPED_WORD,
      destination3: 0x0a000002,
      ...fields,
    });
    header.payloadStart = start + ipv4HeaderBytes(options.length);
    header.payloadEnd = emit(view, header.payloadStart);
    seal(view, header.payloadStart, header.payloadEnd, pseudoHeaderSumOf(header));
    emitIpv4(view, start, header, header.payloadEnd - header.payloadStart, options);
    return header.payloadEnd;
  };
}

function ip6(
  protocol: number,
  emit: Emit,
  seal: (view: DataView, start: number, end: number, pseudo: number) => void,
  fields: Partial<IpHeader> = {},
): Emit {
  return (view, start) => {
    const header = Object.assign(new IpHeader(), LINK_LOCAL, { version: 6, protocol, hopLimit: 255, ...fields });
    const extensions = start + IPV6_HEADER_BYTES;
    const alert = header.routerAlert === ROUTER_ALERT_MLD;
    header.payloadStart = alert
      ? emitIpv6OptionsHeader(view, extensions, protocol, emitRouterAlert(view, extensions + 2, ROUTER_ALERT_MLD))
      : extensions;
    header.payloadEnd = emit(view, header.payloadStart);
    seal(view, header.payloadStart, header.payloadEnd, pseudoHeaderSumOf(header));
    emitIpv6(view, start, header, header.payloadEnd - extensions, alert ? PROTOCOL_HOP_BY_HOP : protocol);
    return header.payloadEnd;
  };
}

/** fe80::1 and fe80::2. */
const LINK_LOCAL = { source0: 0xfe800000 | 0, source3: 1, destination0: 0xfe800000 | 0, destination3: 2 } as const;
/** To ff02::1:3, and IPv4's 224.0.0.22, as those of groups. */
const TO_GROUP6 = { destination0: 0xff020000 | 0, destination3: 0x16, hopLimit: 1, routerAlert: ROUTER_ALERT_MLD };
const TO_GROUP4 = { destination3: 0xe0000016 | 0, hopLimit: 1 } as const;

function udp(sourcePort: number, destinationPort: number, emit: Emit): Emit {
  return (view, start) => {
    const end = emit(view, start + UDP_HEADER_BYTES);
    const header = Object.assign(new UdpHeader(), { sourcePort, destinationPort });
    emitUdp(view, start, header, end - start - UDP_HEADER_BYTES);
    return end;
  };
}

const text =
  (words: string): Emit =>
  (view, start) => {
    for (let i = 0; i < words.length; i++) view.setUint8(start + i, words.charCodeAt(i));
    return start + words.length;
  };

/** A packet as an error quotes it: UDP to a port where nobody is. */
const quoted4 = ip4(PROTOCOL_UDP, udp(4000, 9, text("quoted")), sealUdp);
const quoted6 = ip6(PROTOCOL_UDP, udp(4000, 9, text("quoted..")), sealUdp, { hopLimit: 64 });

function icmp4(fields: Partial<Icmpv4Message>, payload: Emit): Emit {
  const emit: Emit = (view, start) =>
    payload(view, emitIcmpv4(view, start, Object.assign(new Icmpv4Message(), fields)));
  return ip4(PROTOCOL_ICMP, emit, sealIcmpv4);
}

function icmp6(fields: Partial<Icmpv6Message>, payload: Emit): Emit {
  const emit: Emit = (view, start) =>
    payload(view, emitIcmpv6(view, start, Object.assign(new Icmpv6Message(), fields)));
  return ip6(PROTOCOL_ICMPV6, emit, sealIcmpv6, { hopLimit: 64 });
}

function neighbour(fields: Partial<NeighbourMessage>, options: readonly Partial<NeighbourOption>[], last?: Emit): Emit {
  const emit: Emit = (view, start) => {
    let at = emitNeighbourDiscovery(view, start, Object.assign(new NeighbourMessage(), fields));
    for (const option of options) at = emitNeighbourOption(view, at, Object.assign(new NeighbourOption(), option));
    return last === undefined ? at : last(view, at);
  };
  return ip6(PROTOCOL_ICMPV6, emit, sealIcmpv6);
}

function tcp(fields: Partial<TcpHeader>, payload: Emit, back = false): Emit {
  const emit: Emit = (view, start) => {
    const ports = back ? { sourcePort: 7, destinationPort: 50_000 } : { sourcePort: 50_000, destinationPort: 7 };
    return payload(view, emitTcp(view, start, Object.assign(new TcpHeader(), { window: 500, ...ports, ...fields })));
  };
  const addresses = back ? { source3: 0x0a000002, destination3: 0x0a000001 } : {};
  return ip4(PROTOCOL_TCP, emit, sealTcp, { dontFragment: true, ...addresses });
}

const nothing: Emit = (_view, start) => start;
const address = { group0: 0xff020000 | 0, group3: 0x1234 } as const;
const sources = Int32Array.of(0xfe800000 | 0, 0, 0, 9);

/** One frame of each format, as the emitters of this project make it. */
export function sampleFrames(): SampleFrame[] {
  return [...linkFrames(), ...icmpFrames(), ...neighbourFrames(), ...groupFrames(), ...namingFrames(), ...tcpFrames()];
}

function linkFrames(): SampleFrame[] {
  const arp = Object.assign(new ArpPacket(), {
    operation: ARP_REQUEST,
    senderHardwareHigh: 0x0200,
    senderHardwareLow: 1,
    senderAddress: 0x0a000001,
    targetAddress: 0x0a000002,
  });
  return [
    frame("ARP", "arp", ETHERTYPE_ARP, (view, start) => emitArp(view, start, arp)),
    frame("UDP", "ip:udp:data", ETHERTYPE_IPV4, ip4(PROTOCOL_UDP, udp(4001, 4002, text("hello")), sealUdp)),
    frame("UDP over IPv6", "ipv6:udp:data", ETHERTYPE_IPV6, ip6(PROTOCOL_UDP, udp(4001, 4002, text("odd")), sealUdp)),
    frame(
      "UDP in a tagged frame",
      "vlan:ethertype:ip:udp:data",
      ETHERTYPE_IPV4,
      ip4(PROTOCOL_UDP, udp(4001, 4002, text("tagged")), sealUdp),
      100,
    ),
  ];
}

function icmpFrames(): SampleFrame[] {
  const four = (name: string, fields: Partial<Icmpv4Message>, error: boolean): SampleFrame =>
    frame(
      name,
      error ? "ip:icmp:ip:udp:data" : "ip:icmp:data",
      ETHERTYPE_IPV4,
      icmp4(fields, error ? quoted4 : text("abcd")),
    );
  const six = (name: string, fields: Partial<Icmpv6Message>, error: boolean): SampleFrame =>
    frame(
      name,
      error ? "ipv6:icmpv6:ipv6:udp:data" : "ipv6:icmpv6:data",
      ETHERTYPE_IPV6,
      icmp6(fields, error ? quoted6 : text("abcd")),
    );
  return [
    four("ICMP echo", { type: ICMPV4_ECHO, identifier: 1, sequence: 2 }, false),
    four("ICMP fragmentation needed", { type: ICMPV4_UNREACHABLE, code: 4, nextHopMtu: 1400 }, true),
    four("ICMP time exceeded", { type: ICMPV4_TIME_EXCEEDED }, true),
    four("ICMP parameter problem", { type: ICMPV4_PARAMETER_PROBLEM, pointer: 20 }, true),
    four("ICMP redirect", { type: ICMPV4_REDIRECT, code: 1, gateway: 0x0a0000fe }, true),
    frame("ICMP timestamp", "ip:icmp", ETHERTYPE_IPV4, icmp4({ type: ICMPV4_TIMESTAMP, originate: 1000 }, nothing)),
    six("ICMPv6 echo", { type: ICMPV6_ECHO, identifier: 1, sequence: 2 }, false),
    six("ICMPv6 unreachable", { type: ICMPV6_UNREACHABLE, code: 4 }, true),
    six("ICMPv6 packet too big", { type: ICMPV6_PACKET_TOO_BIG, mtu: 1280 }, true),
    six("ICMPv6 time exceeded", { type: ICMPV6_TIME_EXCEEDED }, true),
    six("ICMPv6 parameter problem", { type: ICMPV6_PARAMETER_PROBLEM, code: 1, pointer: 6 }, true),
  ];
}

function neighbourFrames(): SampleFrame[] {
  const own = { addressHigh: 0x0200, addressLow: 1 } as const;
  const target = { target0: 0xfe800000 | 0, target3: 2 } as const;
  const servers = new Int32Array(4 * 127);
  servers.set([0xfe800000 | 0, 0, 0, 0x53]);
  const make = (name: string, emit: Emit, protocols = "ipv6:icmpv6"): SampleFrame =>
    frame(name, protocols, ETHERTYPE_IPV6, emit);
  const advertised: Partial<NeighbourOption>[] = [
    { type: SOURCE_LINK_LAYER_ADDRESS, ...own },
    { type: MTU, mtu: 1500 },
    {
      type: PREFIX_INFORMATION,
      prefixLength: 64,
      onLink: true,
      autonomous: true,
      lifetimeS: 86_400,
      preferredLifetimeS: 14_400,
      prefix0: 0xfd000000 | 0,
    },
    { type: ROUTE_INFORMATION, prefixLength: 48, lifetimeS: 600, prefix0: 0xfd010000 | 0 },
    { type: RECURSIVE_DNS_SERVER, lifetimeS: 600, serverCount: 1, servers },
  ];
  return [
    make(
      "neighbour solicitation",
      neighbour({ type: NEIGHBOUR_SOLICITATION, ...target }, [{ type: SOURCE_LINK_LAYER_ADDRESS, ...own }]),
    ),
    make(
      "neighbour advertisement",
      neighbour({ type: NEIGHBOUR_ADVERTISEMENT, solicited: true, override: true, ...target }, [
        { type: TARGET_LINK_LAYER_ADDRESS, ...own },
      ]),
    ),
    make(
      "router advertisement",
      neighbour({ type: ROUTER_ADVERTISEMENT, hopLimit: 64, routerLifetimeS: 1800, preference: 1 }, advertised),
    ),
    make(
      "redirect",
      neighbour({ type: REDIRECT, ...target, destination0: 0xfd000000 | 0, destination3: 7 }, [], (view, start) =>
        emitRedirectedHeader(view, start, quoted6(view, redirectedPacketStart(start))),
      ),
      "ipv6:icmpv6:ipv6:udp:data",
    ),
  ];
}

function groupFrames(): SampleFrame[] {
  const record = (view: DataView, start: number, addressBytes: number, group3: number): number => {
    const fields = { type: CHANGE_TO_EXCLUDE, ...address, group3, sourceCount: 1 };
    return emitGroupRecord(view, start, addressBytes, Object.assign(new GroupRecord(), fields), sources);
  };
  const igmp = (name: string, fields: Partial<IgmpMessage>, more: Emit = nothing): SampleFrame => {
    const emit: Emit = (view, start) =>
      more(view, emitIgmp(view, start, Object.assign(new IgmpMessage(), fields), sources));
    const seal = (view: DataView, start: number, end: number): void => sealIgmp(view, start, end);
    return frame(name, "ip:igmp", ETHERTYPE_IPV4, ip4(PROTOCOL_IGMP, emit, seal, TO_GROUP4, routerAlertOption()));
  };
  const mld = (name: string, fields: Partial<MldMessage>, more: Emit = nothing): SampleFrame => {
    const emit: Emit = (view, start) =>
      more(view, emitMld(view, start, Object.assign(new MldMessage(), fields), sources));
    return frame(name, "ipv6:ipv6.hopopts:icmpv6", ETHERTYPE_IPV6, ip6(PROTOCOL_ICMPV6, emit, sealIcmpv6, TO_GROUP6));
  };
  const group = 0xef010203 | 0;
  return [
    igmp("IGMPv2 report", { type: IGMPV2_REPORT, group }),
    igmp("IGMPv3 query", { type: IGMP_QUERY, version: 3, responseCode: 100, group, robustness: 2, sourceCount: 1 }),
    igmp("IGMPv3 report", { type: IGMPV3_REPORT, recordCount: 1 }, (view, start) =>
      record(view, start, IPV4_ADDRESS_BYTES, group),
    ),
    mld("MLD report", { type: MLDV1_REPORT, ...address }),
    mld("MLDv2 query", { type: MLD_QUERY, version: 2, responseCode: 1000, robustness: 2, sourceCount: 1, ...address }),
    mld("MLDv2 report", { type: MLDV2_REPORT, recordCount: 1 }, (view, start) =>
      record(view, start, IPV6_ADDRESS_BYTES, 0x1234),
    ),
  ];
}

function namingFrames(): SampleFrame[] {
  const query = dnsQuery(0x1234, "www.example.com", DNS_A);
  const answer = dnsQuery(0x1234, "www.example.com", DNS_A);
  answer.response = true;
  answer.recursionAvailable = true;
  const in_ = { class: DNS_IN, ttlS: 60 } as const;
  const target = "example.com";
  answer.answers = [
    { name: "www.example.com", type: DNS_CNAME, ...in_, data: { kind: "name", target } },
    { name: target, type: DNS_A, ...in_, data: { kind: "address", address: Uint8Array.of(192, 0, 2, 1) } },
    { name: target, type: DNS_AAAA, ...in_, data: { kind: "address", address: new Uint8Array(16) } },
    { name: target, type: DNS_MX, ...in_, data: { kind: "exchange", preference: 10, target: `mail.${target}` } },
    { name: target, type: DNS_TXT, ...in_, data: { kind: "text", texts: [Uint8Array.of(104, 105)] } },
    {
      name: `_echo._tcp.${target}`,
      type: DNS_SRV,
      ...in_,
      data: { kind: "service", priority: 0, weight: 1, port: 7, target },
    },
  ];
  answer.authorities = [
    {
      name: target,
      type: DNS_SOA,
      ...in_,
      data: {
        kind: "authority",
        primary: `ns.${target}`,
        mailbox: `root.${target}`,
        serial: 1,
        refreshS: 2,
        retryS: 3,
        expireS: 4,
        negativeTtlS: 5,
      },
    },
  ];
  answer.additionals = [ednsRecord({ udpBytes: 1232, responseCode: 0, version: 0, dnssecOk: false, options: [] })];
  const discover = Object.assign(new DhcpMessage(), {
    operation: BOOT_REQUEST,
    transactionId: 0x12345678,
    hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1),
    options: [
      makeNumberOption(DHCP_MESSAGE_TYPE, 1, DHCP_DISCOVER),
      { code: DHCP_HOST_NAME, data: Uint8Array.of(104, 105) },
    ],
  });
  const dns = (name: string, sourcePort: number, port: number, message: typeof query): SampleFrame => {
    const emit = udp(sourcePort, port, (view, start) => emitDns(view, start, view.byteLength, message));
    const addresses = port === 53 ? {} : { source3: 0x0a000002, destination3: 0x0a000001 };
    return frame(name, "ip:udp:dns", ETHERTYPE_IPV4, ip4(PROTOCOL_UDP, emit, sealUdp, addresses));
  };
  const dhcp = udp(DHCP_CLIENT_PORT, DHCP_SERVER_PORT, (view, start) =>
    emitDhcp(view, start, view.byteLength, discover),
  );
  return [
    dns("DNS query", 5353 + 1, 53, query),
    dns("DNS answer", 53, 5353 + 1, answer),
    frame(
      "DHCP discover",
      "ip:udp:dhcp",
      ETHERTYPE_IPV4,
      ip4(PROTOCOL_UDP, dhcp, sealUdp, { source3: 0, destination3: -1 }),
    ),
  ];
}

/** A connection from its first SYN to its last ACK, so that an analysis of its sequence numbers is content. */
function tcpFrames(): SampleFrame[] {
  const syn = { mss: 1460, windowScale: 7, sackPermitted: true, hasTimestamps: true } as const;
  const times = { hasTimestamps: true, timestampValue: 1, timestampEcho: 1 } as const;
  const make = (name: string, fields: Partial<TcpHeader>, payload: Emit, back: boolean, data = false): SampleFrame =>
    frame(name, data ? "ip:tcp:echo" : "ip:tcp", ETHERTYPE_IPV4, tcp(fields, payload, back));
  const [ack, push, fin] = [TCP_ACK, TCP_ACK | TCP_PSH, TCP_ACK | TCP_FIN];
  return [
    make("SYN", { flags: TCP_SYN, sequence: 100, ...syn }, nothing, false),
    make("SYN-ACK", { flags: TCP_SYN | TCP_ACK, sequence: -2, acknowledgment: 101, ...syn }, nothing, true),
    make("ACK", { flags: ack, sequence: 101, acknowledgment: -1, ...times }, nothing, false),
    make("data", { flags: push, sequence: 101, acknowledgment: -1, ...times }, text("hello"), false, true),
    make("data back", { flags: push, sequence: -1, acknowledgment: 106, ...times }, text("hello"), true, true),
    make("FIN", { flags: fin, sequence: 106, acknowledgment: 4, ...times }, nothing, false),
    make("FIN back", { flags: fin, sequence: 4, acknowledgment: 107, ...times }, nothing, true),
    make("last ACK", { flags: ack, sequence: 107, acknowledgment: 5, ...times }, nothing, false),
  ];
}
